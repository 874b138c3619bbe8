"""What an evaluation says: figures of a model and its baselines with intervals, gains, and figures by slice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure, and between what it lies with 95 % confidence. All NaN where it can't be told."""

    value: float
    low: float
    high: float

    def as_json(self) -> JsonValue:
        """As a list: value, low, high."""
        return [self.value, self.low, self.high]


@dataclass(frozen=True, slots=True)
class SliceFigures:
    """Figures of the model on the claims of one slice, by name.

    `slicing` is what claims are told apart by (`category`, `amount`, `buyer`, `language`, `region`), `value` which of
    them these are, `filings` how many they count for.
    """

    slicing: str
    value: str
    filings: float
    figures: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class FairnessGap:
    """How far a figure lies apart between two slices: the highest less the lowest, each with enough claims to tell."""

    slicing: str
    figure: str
    highest: str
    lowest: str
    gap: Interval


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A model on one test period, beside its baselines.

    Attributes:
        figures: by model's name ("model" and the baselines'), then by figure's name.
        gains: by baseline's name, then by figure: the model's less the baseline's, from the same draws of buyers.
        slices: of the model.
        gaps: of the model, at the thresholds that the policy decides by.
        from_ms, to_ms: the first and the last claim of the test.
        claims, filings: in the test.
        policy_version: of the policy by which money was counted, None where no money could be counted.
    """

    figures: Mapping[str, Mapping[str, Interval]]
    gains: Mapping[str, Mapping[str, Interval]]
    slices: tuple[SliceFigures, ...]
    gaps: tuple[FairnessGap, ...]
    from_ms: int
    to_ms: int
    claims: int
    filings: int
    policy_version: str | None
