"""The only way in which a case changes: a step that may follow, on the version that was read, with its row of record.

Two people who act on the same version race for it: the second one's step is refused, and changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from features.store import Store
from features.store.rows import write_rows
from serving.cases.case import ReviewCase, find_case
from serving.cases.tables import CASE_STEP, CASES_METADATA, REVIEW_CASE
from serving.cases.tally import Heap, heap_of, note_changes
from serving.cases.transitions import OPENED, after
from serving.cases.words import Step

# what a step may set beside the state; all else of a case is for good
_CHANGEABLE: Final = frozenset(
    {"assigned_to", "lease_until_ms", "not_for", "party", "ruling", "ruled_by", "ruled_at_ms", "closed_at_ms"}
)


class CaseConflictError(RuntimeError):
    """Somebody else has acted on the case since it was read."""

    def __init__(self, number: int) -> None:
        super().__init__(f"case {number}: somebody else has acted on it meanwhile; read it again")
        self.number = number


def open_cases(store: Store) -> None:
    """Make the tables where they are not there yet."""
    store.create(CASES_METADATA)


def open_case(
    connection: sa.Connection,
    values: Mapping[str, Any],
    *,
    by: str,
    at_ms: int,
    detail: Mapping[str, Any] | None = None,
) -> ReviewCase:
    """A new case, which waits for anyone, or for a senior if `values` name that lane.

    Args:
        connection: of a transaction that writes.
        values: the columns of `review_case` but number, state and version.
        by: who opens it.
        at_ms: when.
        detail: what belongs on record beside it.
    """
    row = _stored({"lane": OPENED.lane, "not_for": frozenset(), **values, "state": OPENED.state, "version": 1})
    number = connection.execute(sa.insert(REVIEW_CASE).values(row)).inserted_primary_key
    case = None if number is None else find_case(connection, number[0])
    if case is None:
        raise RuntimeError("the database names no number of the case")
    note_changes(connection, come=[_heap(case)])
    _record(connection, case, "opened", by=by, at_ms=at_ms, detail=detail or {})
    return case


def open_many(connection: sa.Connection, cases: Sequence[Mapping[str, Any]], *, by: str, at_ms: int) -> None:
    """The same for many cases at once, as quickly as the database can: one case of each claim.

    Args:
        connection: of a transaction that writes.
        cases: for each the same columns of `review_case`, all but number, state, lane, version and `not_for`.
        by: who opens them.
        at_ms: when.

    Raises:
        sqlalchemy.exc.IntegrityError: if one of the claims has such a case already.
    """
    if not cases:
        return
    newest = connection.scalar(sa.select(sa.func.max(REVIEW_CASE.c.number))) or 0
    given = tuple(cases[0])
    begin = (OPENED.state, OPENED.lane, 1, " ")
    rows = [(*(case[name] for name in given), *begin) for case in cases]
    write_rows(connection, REVIEW_CASE, rows, (*given, "state", "lane", "version", "not_for"))
    # numbers are the database's; others may open cases of other kinds meanwhile, so the claims say which are meant
    is_fresh = (REVIEW_CASE.c.number > newest) & REVIEW_CASE.c.kind.in_({case["kind"] for case in cases})
    number_of = sa.select(REVIEW_CASE.c.claim_id, REVIEW_CASE.c.number).where(is_fresh)
    numbers = {row.claim_id: row.number for row in connection.execute(number_of)}
    record = [
        (numbers[case["claim_id"]], case["claim_id"], at_ms, by, "opened", OPENED.state, OPENED.lane, "{}")
        for case in cases
    ]
    names = ("case_number", "claim_id", "at_ms", "by", "step", "state", "lane", "detail")
    write_rows(connection, CASE_STEP, record, names)
    note_changes(connection, come=[heap_of(OPENED.state, case["kind"], case["target_ms"]) for case in cases])


def take_step(
    connection: sa.Connection,
    case: ReviewCase,
    step: Step,
    *,
    by: str,
    at_ms: int,
    detail: Mapping[str, Any] | None = None,
    **changes: Any,  # noqa: ANN401 - values of columns
) -> ReviewCase:
    """Take a step, and return the case as it stands then.

    Args:
        connection: of a transaction that writes.
        case: as it was read.
        step: what happens.
        by: who does it.
        at_ms: when.
        detail: what belongs on record beside it.
        **changes: columns to set: assigned_to, lease_until_ms, not_for, party, ruling, ruled_by, ruled_at_ms,
            closed_at_ms.

    Raises:
        IllegalStepError: if the step can't follow.
        CaseConflictError: if the case was changed since it was read.
    """
    unknown = changes.keys() - _CHANGEABLE
    if unknown:
        raise TypeError(f"{sorted(unknown)[0]}: no step changes that")
    state, lane = after(case.standing, step)
    values = {**_stored(changes), "state": state, "lane": lane, "version": case.version + 1}
    is_same = (REVIEW_CASE.c.number == case.number) & (REVIEW_CASE.c.version == case.version)
    if connection.execute(sa.update(REVIEW_CASE).where(is_same).values(values)).rowcount != 1:
        raise CaseConflictError(case.number)
    stands = find_case(connection, case.number)
    if stands is None:
        raise CaseConflictError(case.number)
    if stands.state != case.state:
        note_changes(connection, come=[_heap(stands)], gone=[_heap(case)])
    _record(connection, stands, step, by=by, at_ms=at_ms, detail=detail or {})
    return stands


def _heap(case: ReviewCase) -> Heap:
    return heap_of(case.state, case.kind, case.target_ms)


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    stored = dict(values)
    if "not_for" in stored:
        stored["not_for"] = "".join(f" {name}" for name in sorted(stored["not_for"])) + " "
    if stored.get("ruling") is not None:
        stored["ruling"] = json.dumps(stored["ruling"], ensure_ascii=False, sort_keys=True)
    return stored


def _record(
    connection: sa.Connection, case: ReviewCase, step: Step, *, by: str, at_ms: int, detail: Mapping[str, Any]
) -> None:
    connection.execute(
        sa.insert(CASE_STEP).values(
            case_number=case.number,
            claim_id=case.claim_id,
            at_ms=at_ms,
            by=by,
            step=step,
            state=case.state,
            lane=case.lane,
            detail=json.dumps(detail, ensure_ascii=False, sort_keys=True),
        )
    )
