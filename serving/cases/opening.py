"""Opening cases out of the ledger: one for each decision that asks for a person, whatever happens meanwhile.

Decisions are read on from where the last reader came to (`serving.cases.reading_on`). Who reads on holds the row that
says so until the cases are committed with it; others find it taken, and leave it to that one. A verdict that came by
API answers what it answers: the same reading withdraws those cases.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa

from features.store import Store
from serving.cases.asked import AskedForPerson, asked_for_person
from serving.cases.priority import draw_reasons_arm, find_clocks
from serving.cases.reading_on import Part, find_cursor, move_cursor, next_part
from serving.cases.stepping import open_cases, open_many
from serving.cases.withdrawing import withdraw_answered, withdraw_ruled
from serving.cases.words import SYSTEM
from serving.outbox.rows import give_places
from serving.policy import Policy
from serving.policy_watch import PolicySource

PART_ROWS: Final = 200  # decisions in one transaction: claims wait for no more than that, some 10 ms
PARTS_AT_ONCE: Final = 50  # then other work of the same thread has its turn


class CaseOpener:
    """Opens and withdraws the cases of one store.

    Args:
        store: which has a ledger and an outbox.
        policy: the policy in force.
        now_ms: the time of the console.
        recorded: whether recorded history is played: then a case's clocks run from when it is opened, as people sit
            there now; else from the decision, as buyers wait since then.
        part_rows: how much is read in one transaction.
    """

    def __init__(
        self,
        store: Store,
        policy: PolicySource,
        now_ms: Callable[[], int],
        *,
        recorded: bool = False,
        part_rows: int = PART_ROWS,
    ) -> None:
        self._store, self._policy, self._now_ms = store, policy, now_ms
        self._recorded, self._part_rows = recorded, part_rows
        open_cases(store)

    def open_some(self) -> None:
        """Open what is new; of very much the first parts, and more the next time."""
        for _ in range(PARTS_AT_ONCE):
            if self.open_part() is None:
                return

    def open_all(self) -> int:
        """Open all there is to open, as far as nobody else is at it; return how many cases were opened."""
        opened = 0
        while (more := self.open_part()) is not None:
            opened += more
        return opened

    def open_part(self) -> int | None:
        """Read one part; return how many cases it opened, or None if there was nothing to read, or not for us.

        Where nothing is new, nothing is written, nor anybody's turn to write taken.
        """
        give_places(self._store)
        with self._store.reading() as connection:
            cursor = find_cursor(connection)
            part = next_part(connection, cursor, self._part_rows)
        if part is None:
            return None
        with self._store.writing() as connection:
            if not move_cursor(connection, cursor, part.after):
                return None
            ends_sweep = cursor is not None and cursor.is_sweep and not part.after.is_sweep
            return self._take_in(connection, part, ends_sweep=ends_sweep)

    def _take_in(self, connection: sa.Connection, part: Part, *, ends_sweep: bool) -> int:
        policy, now_ms = self._policy(), self._now_ms()
        # asked now that nobody else can open them; a ruling that isn't committed yet will have a later place
        cases = [self._case(each, policy, now_ms) for each in asked_for_person(connection, part.claims)]
        open_many(connection, cases, by=SYSTEM, at_ms=now_ms)
        withdraw_answered(connection, part.verdicts, now_ms)
        if ends_sweep:  # what was pruned may have told of verdicts
            withdraw_ruled(connection, now_ms)
        return len(cases)

    def _case(self, asked: AskedForPerson, policy: Policy, now_ms: int) -> dict[str, Any]:
        facts, opened_at_ms = asked.facts, now_ms if self._recorded else asked.decided_at_ms
        category_id = facts.category_id or None
        clocks = find_clocks(policy, asked.kind, category_id, asked.abuse_probability, opened_at_ms)
        return {
            "claim_id": asked.claim_id,
            "kind": asked.kind,
            "opened_at_ms": opened_at_ms,
            "target_ms": clocks.target_ms,
            "limit_ms": clocks.limit_ms,
            "due_ms": clocks.due_ms,
            "waiting_cost_minor": clocks.waiting_cost_minor,
            "reasons_arm": draw_reasons_arm(policy, asked.claim_id, asked.kind),
            "amount_minor": facts.amount_minor,
            "claim_type": facts.claim_type,
            "claim_reason": facts.reason,
            "category_id": category_id,
            "cause": asked.cause,
        }
