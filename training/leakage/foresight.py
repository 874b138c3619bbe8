"""Vectors that know what came after their claims.

Of a sample of claims the vector is made again from what was known before its moment and nothing else; and once more
from all events, with every later verdict, decision and inspection turned round. Both must be the dataset's, bit for
bit. Half of the sample are claims whose own verdict or decision came soon: theirs would show first if anything looked
ahead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.assemble import Assembler
from features.event_table import EventTable
from features.events import EventKind
from features.plan import Plan
from training.dataset import Dataset
from training.leakage.past import Cut, Histories, known_before, later_turned_round
from training.leakage.sound import claim_name, rows_of

NAMED: Final = 3  # columns that a line names
SOON_SHARE: Final = 0.1  # of the claims, those whose verdicts came soonest

LEAST: Final = 4  # claims, however long their histories are
MOST_EVENTS: Final = 4_000_000  # in the histories of all claims together
CUTS: Final[Mapping[str, Cut]] = {"past": known_before, "turned": later_turned_round}
OTHERWISE: Final = {
    "past": "from what was known before their claims alone, {count} of {sample} vectors are others",
    "turned": "with later verdicts, decisions and inspections turned round, {count} of {sample} vectors are others",
}


@dataclass(slots=True)
class _Difference:
    """How many claims differ, by column, and the first that does."""

    claims: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    example: str = ""

    def add(self, column_names: tuple[str, ...], claim: str, held: Floats, made: Floats) -> None:
        """Compare one claim's vector with the one that was made again."""
        differs = np.flatnonzero(~((held == made) | (np.isnan(held) & np.isnan(made))))
        if len(differs) == 0:
            return
        self.claims += 1
        for number in differs.tolist():
            self.columns[column_names[number]] = self.columns.get(column_names[number], 0) + 1
        if not self.example:
            number = int(differs[0])
            self.example = f"claim {claim} has {held[number]:g} in {column_names[number]} and should have"
            self.example += f" {made[number]:g}"


@dataclass(frozen=True, slots=True)
class Foresight:
    """What was found, a line for either way to ask, and how many claims were asked about."""

    lines: list[str]
    claims: int


def find_foresight(dataset: Dataset, events: EventTable, plan: Plan, sample: int, seed: int) -> Foresight:
    """Whether vectors change with what became known later.

    A claim costs a few hundredths of a second, what is known of the merchant and the others that it touches, and a look
    at all events for each of its ids. Where these histories are long, as in a file of one merchant, fewer claims than
    asked for are looked at, but `LEAST` in any case: so it takes about a second, and grows with the events from there.

    Args:
        dataset: sound periods, with the plan's columns before any others.
        events: the events that it was cut from.
        plan: the features.
        sample: of how many claims.
        seed: of their choice.
    """
    if dataset.columns[: len(plan.names)] != plan.names:
        return Foresight(["the dataset's columns aren't those of the feature catalogue; make its vectors again"], 0)
    differences = {name: _Difference() for name in OTHERWISE}
    assembler, claims, looked_at = Assembler(plan), 0, 0
    for row, held in _choose(dataset, events, sample, np.random.default_rng(seed)).items():
        histories = Histories.of(assembler, events, row)
        for name, cut in CUTS.items():
            own = held[: len(plan.names)]
            differences[name].add(plan.names, claim_name(events, row), own, histories.vector(cut))
        claims, looked_at = claims + 1, looked_at + len(histories)
        if claims >= LEAST and looked_at > MOST_EVENTS:
            break
    lines = [
        _line(OTHERWISE[name].format(count=difference.claims, sample=claims), difference)
        for name, difference in differences.items()
        if difference.claims
    ]
    return Foresight(lines, claims)


def _line(what: str, difference: _Difference) -> str:
    columns = sorted(difference.columns, key=lambda name: -difference.columns[name])
    named = ", ".join(columns[:NAMED]) + (f" and {len(columns) - NAMED} more" if len(columns) > NAMED else "")
    return (
        f"columns {named}: {what}: {difference.example}; make the vectors again from the events, each as of its claim"
    )


def _choose(dataset: Dataset, events: EventTable, sample: int, random: np.random.Generator) -> Mapping[int, Floats]:
    """The vectors of some claims by their rows: half of those that hear soon, half of all."""
    rows = np.concatenate([rows_of(period) for period in dataset.periods])
    begins = np.cumsum([0, *(len(period) for period in dataset.periods)])
    soon = np.argsort(_heard_after(events, rows), kind="stable")[: max(sample, round(SOON_SHARE * len(rows)))]
    first = random.choice(soon, min(sample // 2, len(soon)), replace=False)
    others = np.setdiff1d(np.arange(len(rows)), first)
    chosen = np.append(first, random.choice(others, min(sample - len(first), len(others)), replace=False))
    where = np.searchsorted(begins, chosen, side="right") - 1
    return {
        int(rows[index]): np.asarray(dataset.periods[period].vectors[index - begins[period]], dtype=np.float64)
        for index, period in zip(chosen.tolist(), where.tolist(), strict=True)
    }


def _heard_after(events: EventTable, rows: Ints) -> Ints:
    """How long after each claim the first verdict on it became known, or the first decision where none ever did."""
    longest = np.iinfo(np.int64).max
    span = int(events["claim_id"].max(initial=0)) + 1
    filed_ms = events["known_at_ms"][rows]
    after = np.full(len(rows), longest)
    for kind in (EventKind.CLAIM_DECIDED, EventKind.CLAIM_ADJUDICATED):
        own = events.rows_of(kind)
        first = np.full(span, longest)
        np.minimum.at(first, events["claim_id"][own], events["known_at_ms"][own])
        heard = first[events["claim_id"][rows]]
        after = np.where(heard < longest, heard - filed_ms, after)
    return after
