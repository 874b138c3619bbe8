"""A claim with everything on record that a claim can have, and packs of it."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from itertools import count
from typing import Any

from features.events import Event, EventKind, of_the_claim
from features.store import Store
from features.store.log import insert_events, stored_claim
from serving.cases.stepping import open_case, open_cases, take_step
from serving.cases.words import CaseKind
from serving.claim_desk import ClaimDesk
from serving.evidence_pack.asking import PackRequest
from serving.evidence_pack.making import PackMaker
from serving.evidence_pack.tables import Making
from serving.explaining.explain import Explainer
from serving.intake.adjudicating import AdjudicationDesk
from serving.intake.verdict import Adjudication
from serving.ledger_seal.running import Order, run_seal
from serving.model import Model
from serving.policy import Policy, default_policy_path, read_policy
from serving.policy_versions import POLICIES_METADATA, remember_policy
from tests.unit.serving.claims import DAY_MS, HOUR_MS, NOW_MS, make_claim
from tests.unit.serving.explained import Models
from tests.unit.serving.small_champion import RISKY_QUANTITY

BUYER, DEVICE, ADDRESS, PAYMENT = "buyer-7781", "device-4410", "address-0012", "payment-9920"
IDS = (BUYER, DEVICE, ADDRESS, PAYMENT)
TEXT = f"杯子碎了, <b>broken</b>; I am {BUYER}"
NOTE = f"the pictures show it; {BUYER} was polite"
PEOPLE = ("ann-li", "bob-wu")
BROUGHT = "Here is the label."
RULING = {
    "ruling": "partly_approve",
    "refund_minor": 4_000,
    "text_for_buyer": "We refund 40.",
    "merchant_at_fault": True,
    "note": "one cup was whole",
}


@dataclass(frozen=True)
class Pack:
    """A pack that was made, by the names of its files."""

    making: Making
    files: dict[str, bytes]
    zip: bytes

    def json(self, name: str) -> Any:
        """A file of JSON."""
        return json.loads(self.files[name])

    @property
    def page(self) -> str:
        """index.html."""
        return self.files["index.html"].decode()


def put_on_record(
    store: Store, model: Model | None, claim_id: str = "C1", *, with_case: bool = True, **claim: Any
) -> None:
    """A claim that a person ruled on, with its policy, case, messages and seal."""
    path = default_policy_path()
    policy = read_policy(path)
    store.create(POLICIES_METADATA)
    with store.writing() as connection:
        remember_policy(connection, policy, path.read_text(), now_ms=NOW_MS - DAY_MS)
    order = {"buyer_id": BUYER, "address_id": ADDRESS, "payment_id": PAYMENT}
    content = {
        "quantity": RISKY_QUANTITY,
        "text": TEXT,
        "device_id": DEVICE,
        "evidence_count": 2,
        "order": order,
        **claim,
    }
    ClaimDesk(store, policy, model, lambda _: NOW_MS).score(make_claim(claim_id, **content))
    given = {"adjudication_id": f"ruled {claim_id}", "claim_id": claim_id, "verdict": "abusive", "source": "reviewer"}
    desk = AdjudicationDesk(store, now_ms=lambda: NOW_MS + HOUR_MS)
    desk.record(Adjudication.model_validate({**given, "note": NOTE, "merchant_at_fault": True}), PEOPLE[0])
    open_cases(store)
    if with_case:
        rule_on(store, claim_id, "review")
    run_seal(store, Order(until_ms=NOW_MS + DAY_MS, late=True, anchor=None, now_ms=NOW_MS + DAY_MS), lambda *_: None)


def case_values(claim_id: str, kind: CaseKind) -> dict[str, Any]:
    """The columns of a new case."""
    clocks = dict.fromkeys(("opened_at_ms", "target_ms", "limit_ms", "due_ms"), NOW_MS)
    facts = {"amount_minor": 5_000, "claim_type": "refund_only", "claim_reason": "damaged", "cause": "least_cost"}
    return {
        "claim_id": claim_id, "kind": kind, "waiting_cost_minor": 1.0, "reasons_arm": "first", **clocks, **facts
    }  # fmt: skip


def rule_on(store: Store, claim_id: str, kind: CaseKind, *, until: str = "released") -> int:
    """A case that two people ruled on, after they had asked the buyer; `until` is its last step."""
    ann, bob = PEOPLE
    asked = {"party": "buyer", "text": "Please send a picture of the label."}
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("taken", ann, {"assigned_to": ann}),
        ("evidence_asked", ann, {"detail": asked, "party": "buyer", "assigned_to": None}),
        ("evidence_given", "shop-key", {"detail": {"text": BROUGHT}}),
        ("taken", ann, {"assigned_to": ann}),
        ("proposed", ann, {"ruling": RULING, "assigned_to": None, "not_for": frozenset({ann})}),
        ("taken", bob, {"assigned_to": bob}),
        ("seconded", bob, {"ruled_by": bob, "ruled_at_ms": NOW_MS + HOUR_MS, "assigned_to": None}),
        ("released", "clearclaim", {"closed_at_ms": NOW_MS + HOUR_MS}),
    ]
    moments = count(NOW_MS, 60_000)
    with store.writing() as connection:
        case = open_case(connection, case_values(claim_id, kind), by="clearclaim", at_ms=next(moments))
        for step, by, changes in steps:
            if case.state == "closed" or until == "opened":
                break
            case = take_step(connection, case, step, by=by, at_ms=next(moments), **changes)  # type: ignore[arg-type]
            if step == until and not (step == "taken" and case.lane == "anyone" and until != "taken"):
                break
    return case.number


def add_events(store: Store, claim_id: str, number: int) -> None:
    """So many more events of a claim, as the platform sends them."""
    with store.writing() as connection:
        filed = stored_claim(connection, claim_id)
        assert filed is not None
        said = of_the_claim(filed)
        insert_events(
            connection,
            [
                Event(
                    event_id=f"more {claim_id} {each}",
                    kind=EventKind.RETURN_SHIPPED,
                    occurred_at_ms=NOW_MS + each,
                    known_at_ms=NOW_MS + 2 * HOUR_MS + each // 2,
                    claim_id=claim_id,
                    **said,
                )
                for each in range(number)
            ],
        )


def make_pack(store: Store, model: Model | None, policy: Policy, **asked: Any) -> Pack:
    """A pack of the claim C1 for a court, by a senior, unless it is asked for another one."""
    usual = {"claim_id": "C1", "audience": "court", "language": "en", "made_by": "carla", "role": "senior"}
    models = Models() if model is None else Models(model)
    request = PackRequest(**{**usual, "made_at_ms": NOW_MS + DAY_MS, **asked})  # type: ignore[arg-type]
    out = io.BytesIO()
    making = PackMaker(store, Explainer(store, models), models).make(request, policy, out)
    with zipfile.ZipFile(out) as packed:
        return Pack(making, {name: packed.read(name) for name in packed.namelist()}, out.getvalue())
