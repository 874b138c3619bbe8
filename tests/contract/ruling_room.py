"""A console without pages: claims that were decided, cases of them, a clock, and people who rule."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from features.store import Store
from serving.cases.case import ReviewCase, find_case, steps_of_case
from serving.cases.given_ruling import GivenRuling
from serving.cases.releasing import Releaser
from serving.cases.ruling import UNDO_MS, RulingDesk
from serving.cases.stepping import open_case, take_step
from serving.claim_desk import ClaimDesk
from serving.intake.adjudicating import AdjudicationDesk
from serving.outbox.tables import OUTBOX
from serving.policy import Policy, default_policy_path, read_policy
from tests.unit.serving.claims import NOW_MS, make_claim

DENY = GivenRuling(
    ruling="deny", denial_reason="goods_differ", text_for_buyer="Another article came back than was sent."
)
APPROVE = GivenRuling(ruling="approve", merchant_at_fault=True, note="The picture shows it.")
LARGE_MINOR = 900_000


def policy_with(**review: Any) -> Policy:
    """The policy that is shipped, with another part on reviews."""
    policy = read_policy(default_policy_path())
    return policy.model_copy(update={"review": policy.review.model_copy(update=review)})


@dataclass
class Room:
    """One store's desks, and the time."""

    store: Store
    policy: Policy = field(default_factory=policy_with)
    now_ms: int = NOW_MS + UNDO_MS

    def __post_init__(self) -> None:
        self.adjudications = AdjudicationDesk(self.store, now_ms=self.now)
        self.desk = RulingDesk(self.store, lambda: self.policy, self.now)
        self.releaser = self.new_releaser()

    def now(self) -> int:
        """The time."""
        return self.now_ms

    def new_releaser(self) -> Releaser:
        """What another process would have."""
        return Releaser(self.store, self.adjudications, lambda: self.policy, self.now)

    def file(self, claim_id: str = "C1", amount_minor: int = 5_900, text: str | None = None, **order: Any) -> None:
        """Let a claim be decided."""
        facts = {"amount_minor": amount_minor, **order}
        filed = make_claim(claim_id, amount_minor=amount_minor, text=text, order=facts)
        ClaimDesk(self.store, self.policy, None, lambda _: NOW_MS).score(filed)

    def open(self, claim_id: str = "C1", person: str | None = "ann", **values: Any) -> ReviewCase:
        """Open a case of a claim, and let somebody take it."""
        given = {
            "claim_id": claim_id, "kind": "review", "opened_at_ms": NOW_MS, "target_ms": NOW_MS + 1,
            "limit_ms": NOW_MS + 2, "due_ms": NOW_MS + 1, "waiting_cost_minor": 200.0, "reasons_arm": "first",
            "amount_minor": 5_900, "claim_type": "refund_only", "claim_reason": "damaged",
        }  # fmt: skip
        with self.store.writing() as connection:
            case = open_case(connection, {**given, **values}, by="clearclaim", at_ms=NOW_MS)
        return case if person is None else self.take(case.number, person)

    def take(self, number: int, person: str) -> ReviewCase:
        """Let somebody take a case that waits."""
        with self.store.writing() as connection:
            case = find_case(connection, number)
            assert case is not None
            lease = {"assigned_to": person, "lease_until_ms": self.now_ms + 1_000}
            return take_step(connection, case, "taken", by=person, at_ms=self.now_ms, **lease)

    def case(self, number: int) -> ReviewCase:
        """A case as it stands."""
        with self.store.reading() as connection:
            case = find_case(connection, number)
        assert case is not None
        return case

    def steps(self, number: int) -> list[str]:
        """What happened to a case."""
        with self.store.reading() as connection:
            return [step.step for step in steps_of_case(connection, number)]

    def told(self, kind: str = "claim.ruled") -> list[dict[str, Any]]:
        """What the platform was told of a kind."""
        query = sa.select(OUTBOX.c.payload).where(OUTBOX.c.kind == kind).order_by(OUTBOX.c.sequence)
        with self.store.reading() as connection:
            return [json.loads(payload) for payload in connection.scalars(query)]

    def release(self) -> int:
        """Let the minute pass, and release what is due."""
        self.now_ms += UNDO_MS
        return self.releaser.release_due()
