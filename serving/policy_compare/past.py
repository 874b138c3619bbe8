"""A past claim: what it was judged by, what was decided, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from serving.decision import Action, Case


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCase:
    """A claim that was decided once.

    Attributes:
        case: what it was judged by then, the price of a place in the queue as of then included.
        action: what was decided.
        audit_chance: with what chance an automatic decision was to be drawn for an audit; None where none was logged.
        audited: whether it was drawn.
        abusive: what people found in the end; None while they didn't.
        found_by: who found it, a word of `features.events.VERDICT_SOURCES`.
        advanced_minor: what was paid in advance, and settled; 0 where nothing was.
        recovered_minor: what came back of it.
    """

    case: Case
    action: Action
    audit_chance: float | None = None
    audited: bool = False
    abusive: bool | None = None
    found_by: str | None = None
    advanced_minor: int = 0
    recovered_minor: int = 0


@dataclass(slots=True, kw_only=True)
class Counts:
    """What was met while past claims were read.

    Attributes:
        decisions: those of the period.
        without_facts: of them, those that were recorded before facts were kept, which can't be judged again.
        without_vector: those whose feature vector was logged under another catalogue, or not at all.
    """

    decisions: int = 0
    without_facts: int = 0
    without_vector: int = 0

    def lines(self, seen: str) -> list[str]:
        """What a reader must know of the claims that the figures are about."""
        told = [f"{self.decisions - self.without_facts:,} past decisions {seen}"]
        if self.without_facts:
            told.append(
                f"  {self.without_facts:,} more were recorded before facts were kept; they can't be judged again"
            )
        if self.without_vector:
            told.append(
                f"  {self.without_vector:,} of them have no feature vector of this catalogue; rules that need one fail"
            )
        return told
