"""What the ledger tells of claims beyond the events, and which policy was in force when.

Answers and rulings are kept as compact JSON; what is asked of them is found by the database in their text, where a
quote inside of what a person wrote is escaped and so can't be taken for a key.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from serving.insight.returns.days import Days
from serving.insight.returns.figures import PolicyChange
from serving.ledger import DECISION
from serving.ledger_rulings import RULING
from serving.policy import Policy
from serving.text.columns import DISAGREEMENT

SCHEMA: Final = pa.schema(
    [
        ("claim_id", pa.string()),
        ("decided_at_ms", pa.int64()),
        ("policy_version", pa.string()),
        ("charged_to", pa.string()),  # by the last ruling that releases money, else by the decision
        ("freight_payer", pa.string()),
        ("read_otherwise", pa.bool_()),
        ("ruled_refund_minor", pa.int64()),  # of the last ruling that releases money
    ]
)
_READ_ROWS: Final = 50_000


@dataclass(frozen=True, slots=True)
class Ledger:
    """A row per decision, or ruling on a claim without one (`SCHEMA`)."""

    rows: pa.Table

    def of(self, claim_ids: pa.ChunkedArray) -> pa.Table:
        """A row for each of these claims; all null where the ledger knows nothing of it."""
        place = pc.index_in(claim_ids.combine_chunks(), self.rows["claim_id"].combine_chunks())
        return pa.table({name: self.rows[name].combine_chunks().take(place) for name in SCHEMA.names}, schema=SCHEMA)


def no_ledger() -> Ledger:
    """What is told where there is no ledger: nothing."""
    return Ledger(SCHEMA.empty_table())


def read_ledger(connection: sa.Connection, from_ms: int, until_ms: int) -> Ledger:
    """What the ledger tells of decisions in [from_ms, until_ms) and of rulings before its end; nothing without one."""
    tables = set(sa.inspect(connection).get_table_names())
    found: dict[str, dict[str, Any]] = {}
    if DECISION.name in tables:
        rows = connection.execute(_decisions(from_ms, until_ms), execution_options={"yield_per": _READ_ROWS})
        found = {row["claim_id"]: _decided(row) for row in rows.mappings()}
    if RULING.name in tables:
        for row in connection.execute(_rulings(from_ms, until_ms)):
            told = found.setdefault(row.claim_id, {"claim_id": row.claim_id})
            told |= {"ruled_refund_minor": row.refund_minor, "charged_to": _party(row)}
    return Ledger(pa.Table.from_pylist(list(found.values()), schema=SCHEMA))


def _says(column: sa.ColumnElement[str], said: str) -> sa.ColumnElement[bool]:
    return column.contains(said, autoescape=True)


def _decisions(from_ms: int, until_ms: int) -> sa.Select[Any]:
    answer = DECISION.c.answer
    return (
        sa.select(
            DECISION.c.claim_id,
            DECISION.c.decided_at_ms,
            DECISION.c.policy_version,
            _says(answer, '"charged_to":"merchant"').label("to_merchant"),
            _says(answer, '"charged_to":"platform"').label("to_platform"),
            *(
                _says(answer, f'"freight_payer":"{party}"').label(f"freight_{party}")
                for party in ("buyer", "merchant", "platform")
            ),
            # few answers name it, and only those need be read
            sa.case((_says(answer, f'"feature":"{DISAGREEMENT}"'), answer)).label("names_text"),
        )
        .where(DECISION.c.decided_at_ms >= from_ms, DECISION.c.decided_at_ms < until_ms)
        .order_by(DECISION.c.decided_at_ms, DECISION.c.claim_id)
    )


def _rulings(from_ms: int, until_ms: int) -> sa.Select[Any]:
    told = RULING.c.told
    return (
        sa.select(
            RULING.c.claim_id,
            RULING.c.refund_minor,
            _says(told, '"charged_to":"merchant"').label("to_merchant"),
            _says(told, '"charged_to":"platform"').label("to_platform"),
        )
        .where(
            RULING.c.refund_minor.is_not(None), RULING.c.recorded_at_ms >= from_ms, RULING.c.recorded_at_ms < until_ms
        )
        .order_by(RULING.c.recorded_at_ms, RULING.c.case_number)
    )


def _decided(row: sa.RowMapping) -> dict[str, Any]:
    payers = [party for party in ("buyer", "merchant", "platform") if row[f"freight_{party}"]]
    return {
        "claim_id": row["claim_id"],
        "decided_at_ms": row["decided_at_ms"],
        "policy_version": row["policy_version"],
        "charged_to": "merchant" if row["to_merchant"] else "platform" if row["to_platform"] else None,
        "freight_payer": payers[0] if payers else None,
        "read_otherwise": row["names_text"] is not None and _reads_otherwise(row["names_text"]),
    }


def _party(row: sa.Row[Any]) -> str | None:
    return "merchant" if row.to_merchant else "platform" if row.to_platform else None


def _reads_otherwise(answer: str) -> bool:
    """Whether a decision names that the text tells of another reason than the stated one, more likely than not."""
    reasons = json.loads(answer)["reasons"]
    return any(each["feature"] == DISAGREEMENT and (each["value"] or 0) > 0.5 for each in reasons)


def changes_of(ledger: Ledger, policy: Policy) -> tuple[PolicyChange, ...]:
    """When another policy took over, oldest first.

    Each local day belongs to the version that decided most of its claims: while several services are restarted one
    after another, two versions decide in turn, and that is one change.
    """
    decided = ledger.rows.filter(pc.is_valid(ledger.rows["policy_version"])).sort_by("decided_at_ms")
    if not len(decided):
        return ()
    at_ms = decided["decided_at_ms"].to_numpy()
    days = Days.of(int(at_ms[0]), int(at_ms[-1]) + 1, policy.zone)
    in_force: list[tuple[int, str]] = []
    rows = zip(days.number(at_ms).tolist(), at_ms.tolist(), decided["policy_version"].to_pylist(), strict=True)
    for _, of_day in groupby(rows, key=lambda row: row[0]):
        in_force.append(_most(list(of_day)))
    return tuple(
        PolicyChange(at_ms=now[0], before=then[1], after=now[1])
        for then, now in pairwise(in_force)
        if then[1] != now[1]
    )


def _most(rows: list[tuple[int, int, str]]) -> tuple[int, str]:
    """The version that decided most of a day's claims, the later one of equals, and its first moment."""
    versions = [version for _, _, version in rows]
    leading = max(dict.fromkeys(reversed(versions)), key=versions.count)
    return next(at_ms for _, at_ms, version in rows if version == leading), leading
