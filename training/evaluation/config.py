"""How to evaluate: how often buyers are drawn anew, and which slices are told apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EvaluationConfig:
    """Settings of an evaluation.

    Attributes:
        replicates: how often buyers are drawn anew for the intervals.
        seed: the same seed gives the same intervals.
        categories: how many of the largest categories are slices of their own; the rest are one together.
        least_filings: of a slice, for figures about it to mean anything.
        least_of_each: the same for its abusive and its honest filings.
    """

    replicates: int = 200
    seed: int = 7
    categories: int = 8
    least_filings: int = 50
    least_of_each: int = 10

    def __post_init__(self) -> None:
        """Refuse settings under which no interval can be told.

        Raises:
            ValueError: saying which one.
        """
        if self.replicates < 1:
            raise ValueError(f"replicates is {self.replicates}; draw buyers anew at least once, better 200 times")
        if self.categories < 1:
            raise ValueError(f"categories is {self.categories}; tell at least one category apart")
