"""Which step may follow how a case stands: the whole life of a case as one table.

What isn't in the table can't happen: `after` refuses it, and nothing else writes a state.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from serving.cases.words import CASE_STATES, LANES, CaseState, Lane, Step


class Standing(NamedTuple):
    """How a case stands: its state, and who may take it."""

    state: CaseState
    lane: Lane


OPENED: Final = Standing("waiting", "anyone")


class IllegalStepError(ValueError):
    """A step that can't follow from how the case stands."""

    def __init__(self, standing: Standing, step: Step) -> None:
        super().__init__(f"the case is {standing.state} for {standing.lane}, and {step!r} can't follow; read it again")
        self.standing, self.step = standing, step


def _table() -> dict[tuple[Standing, Step], Standing]:
    table: dict[tuple[Standing, Step], Standing] = {}
    for lane in LANES:
        waiting, assigned = Standing("waiting", lane), Standing("assigned", lane)
        awaiting, pending = Standing("awaiting_evidence", lane), Standing("pending", lane)
        table |= {
            (waiting, "taken"): assigned,
            (assigned, "given_back"): waiting,
            (assigned, "lease_ended"): waiting,
            (assigned, "looked"): assigned,
            (assigned, "evidence_asked"): awaiting,
            (awaiting, "evidence_given"): waiting,
            (awaiting, "evidence_overdue"): waiting,
            (pending, "undone"): assigned,
            (pending, "released"): Standing("closed", lane),
        }
        for state in CASE_STATES:
            if state != "closed":
                table[Standing(state, lane), "withdrawn"] = Standing("closed", lane)
    anyone, second, senior = (Standing("assigned", lane) for lane in LANES)
    return table | {
        (anyone, "ruled"): Standing("pending", "anyone"),
        (anyone, "proposed"): Standing("waiting", "second"),
        (anyone, "escalated"): Standing("waiting", "senior"),
        (second, "seconded"): Standing("pending", "second"),
        (second, "contested"): Standing("waiting", "senior"),
        (second, "escalated"): Standing("waiting", "senior"),
        (senior, "ruled"): Standing("pending", "senior"),
        (senior, "proposed"): Standing("waiting", "second"),  # what nobody has proposed yet needs two, whoever rules
        # who proposed can take it back as long as no second person has it
        (Standing("waiting", "second"), "undone"): Standing("assigned", "anyone"),
    }


TRANSITIONS: Final[Mapping[tuple[Standing, Step], Standing]] = MappingProxyType(_table())


def after(standing: Standing, step: Step) -> Standing:
    """How a step leaves a case.

    >>> after(Standing("waiting", "anyone"), "taken")
    Standing(state='assigned', lane='anyone')

    Raises:
        IllegalStepError: if it can't follow.
    """
    try:
        return TRANSITIONS[standing, step]
    except KeyError:
        raise IllegalStepError(standing, step) from None
