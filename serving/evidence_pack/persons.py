"""Who worked on the claim: each person under the reference that the platform is told, and what they acted as.

It is the one of `ruled_by` in `claim.ruled`, so that a record of the platform and a pack can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from serving.cases.case import CaseStep
from serving.cases.words import SYSTEM, CaseKind
from serving.evidence_pack.record import ClaimRecord
from serving.evidence_pack.view import View

_SENIOR_STEPS: Final = frozenset({"taken", "looked", "ruled"})
_BROUGHT_IN: Final = frozenset({"opened", "evidence_given"})  # by a key of the platform, for a party


@dataclass(frozen=True, slots=True)
class Persons:
    """Those who worked on a claim, in the order of the record.

    Attributes:
        references: of everybody by name, so that no text of the record names them.
        acted_as: of those whose work the audience sees.
    """

    references: dict[str, str]
    acted_as: dict[str, tuple[str, ...]]

    def told(self, *, named: bool) -> list[dict[str, Any]]:
        """All of them as JSON, with their names or without."""
        return [
            {"reference": self.references[name], **({"name": name} if named else {}), "acted_as": list(roles)}
            for name, roles in self.acted_as.items()
        ]


def find_persons(record: ClaimRecord, view: View, reference: Callable[[str], str]) -> Persons:
    """Everybody who took a step, has a case or signed a verdict.

    A role isn't on record with a step: who worked in the lane of seniors acted as one.

    Args:
        record: of the claim.
        view: of what its audience sees.
        reference: gives the reference of a name.
    """
    every = _roles(record, lambda _: True, with_kept_off=True)
    # from whom a case is kept may have ruled on one that the audience isn't to know of
    seen = every if view.names_people else _roles(record, view.sees_case, with_kept_off=False)
    references = {name: reference(name) for name in every}
    return Persons(references, {name: tuple(sorted(roles)) for name, roles in seen.items()})


def _roles(record: ClaimRecord, sees: Callable[[CaseKind], bool], *, with_kept_off: bool) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for case in record.cases:
        if not sees(case.kind):
            continue
        for step in record.steps[case.number]:
            found.setdefault(step.by, set()).add(_acts_as(step))
        for name in (case.assigned_to, case.ruled_by, *(sorted(case.not_for) if with_kept_off else ())):
            if name is not None:
                found.setdefault(name, set()).add("reviewer")
    for event in record.adjudications:
        if event.reviewer_id is not None:
            found.setdefault(event.reviewer_id, set()).add(event.verdict_source or "reviewer")
    found.pop(SYSTEM, None)
    return found


def _acts_as(step: CaseStep) -> str:
    if step.step in _BROUGHT_IN:
        return "messenger"
    return "senior" if step.lane == "senior" and step.step in _SENIOR_STEPS else "reviewer"
