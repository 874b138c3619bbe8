"""What an evaluation says: figures of a model and its baselines with intervals, gains, and figures by slice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

MODEL: Final = "model"
RANKS: Final = frozenset({"past_refund_rate"})  # order claims and are no probabilities: only figures of order apply
BASE_RATE: Final = "base_rate"  # no model: the same probability for every claim


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
class CalibrationBand:
    """The model's calibration curve: by part of the filings, the mean probability given and the share abusive found."""

    predicted: tuple[float, ...]
    observed: tuple[Interval, ...]
    filings: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CostCurve:
    """What 1,000 claims cost by the share of them that is reviewed, those first whose review is expected to save most.

    Attributes:
        reviewed_share: rising, from the claims that only a person may decide to all that may be reviewed.
        cost_minor: at each share, by labels.
        policy_share: what the policy sends to a person by itself.
        policy_cost_minor: what that costs.
    """

    reviewed_share: tuple[float, ...]
    cost_minor: tuple[float, ...]
    policy_share: float
    policy_cost_minor: float


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
        currency: in whose minor units money is.
        base_rate: the abusive share of the training period, which is all that deciding without a model knows.
        abusive_share: of the test's filings.
        capacity_share: of the claims filed in the test, those that the policy's reviewers have time for; NaN where it
            sets no capacity.
        replicates: how often buyers were drawn anew for the intervals.
        calibration: of the model.
        cost_curves: by the names of those that give probabilities, and `BASE_RATE`.
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
    currency: str | None = None
    base_rate: float = float("nan")
    abusive_share: float = float("nan")
    capacity_share: float = float("nan")
    replicates: int = 0
    calibration: CalibrationBand | None = None
    cost_curves: Mapping[str, CostCurve] = field(default_factory=dict)
