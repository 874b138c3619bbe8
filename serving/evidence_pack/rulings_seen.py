"""What an audience sees of the ledger's rulings: from rows to JSON.

The platform was told of each by `claim.ruled`; a court can hold `told` against what the platform has. Verdicts that
came by API are events only: the platform has decided on the money itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final, TypeAlias

from serving.cases.withdrawing import OWN_VERDICT
from serving.evidence_pack.claim_seen import Seeing
from serving.intake.adjudicating import adjudication_id_of
from serving.ledger_rulings import RulingEntry

Seen: TypeAlias = dict[str, Any]

_OF_PARTIES: Final = ("ruling_id", "case_number", "kind", "recorded_at_ms", "ruling", "refund_minor", "ruled_by")
_TOLD_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "buyer": ("two_people", "text_for_buyer", "party", "overturns"),
    "merchant": ("two_people", "merchant_at_fault", "charged_to", "authority", "party", "overturns"),
}


def rulings_seen(seeing: Seeing) -> list[Seen]:
    """The rulings that this audience may know of, the oldest first."""
    sees = seeing.view.sees_case
    return [_ruling(seeing, entry) for entry in seeing.record.rulings if sees(entry.kind)]  # type: ignore[arg-type]


def not_by_console(seeing: Seeing) -> list[str]:
    """The ids of verdicts that no ruling of the console stands behind, as far as this audience sees their events."""
    ids = [adjudication_id_of(event) for event in seeing.record.adjudications if seeing.event(event) is not None]
    return [seeing.hiding.text(each) for each in ids if not each.startswith(OWN_VERDICT)]


def _ruling(seeing: Seeing, entry: RulingEntry) -> Seen:
    row, told = asdict(entry), json.loads(entry.told)
    for name in ("ruled_by", "proposed_by"):
        row[name] = None if row[name] is None else seeing.hiding.id(row[name])
    told_seen: Seen = seeing.hiding.walk_free(told)
    if seeing.view.is_court:
        return {**row, "told": told_seen, "as_stored": _as_stored(seeing, entry)}
    own = {name: row[name] for name in _OF_PARTIES}
    return own | {name: told_seen[name] for name in _TOLD_OF[seeing.view.audience] if name in told_seen}


def _as_stored(seeing: Seeing, entry: RulingEntry) -> Seen | None:
    """The exact rows that a seal's digests run over; None where anything in them is hidden from this audience."""
    if seeing.view.digests != "all":
        return None
    row, steps = asdict(entry), seeing.record.stored_steps[entry.case_number]
    written = [json.loads(entry.told), *(json.loads(step["detail"]) for step in steps)]
    return {"ruling": row, "steps": steps} if seeing.hiding.walk_free(written) == written else None
