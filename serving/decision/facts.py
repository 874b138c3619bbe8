"""What a decision needs to know of a claim beside its probabilities."""

from __future__ import annotations

from dataclasses import dataclass

from serving.policy import AuthorityKind


@dataclass(frozen=True, slots=True)
class RecordedAuthority:
    """What the platform says entitles it to charge the merchant: a kind, and where that is on record."""

    kind: AuthorityKind
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFacts:
    """What a decision needs to know of a claim beside its probabilities. Times are milliseconds UTC.

    Raises:
        ValueError: the amount is negative.
    """

    amount_minor: int
    claim_type: str
    as_of_ms: int
    order_delivered_at_ms: int | None = None
    authority: RecordedAuthority | None = None
    human_requested: bool = False

    def __post_init__(self) -> None:
        if self.amount_minor < 0:
            raise ValueError(f"amount_minor is {self.amount_minor}; a claim asks for zero or more")
