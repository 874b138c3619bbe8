"""What a dataset is asked for: which labels, and how time is cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from training.labels.maturity import FALLBACK_DAYS

PROXY: Final = "high_refund_proxy"


@dataclass(frozen=True, slots=True)
class LabelKind:
    """A way to label claims: what it takes a label to mean, and how long one takes to be known if data don't tell.

    `weighted` says whether labels stand for claims that had none, `silence` whether lasting silence counts as clean.
    """

    meaning: str
    days: float
    weighted: bool = False
    silence: bool = False


LABELS: Final[Mapping[str, LabelKind]] = {
    "verdict": LabelKind(
        "verdicts on claims; where they disagree, the more probable one. Each counts by the inverse of the chance that "
        "its claim got one, so that figures speak of all claims",
        FALLBACK_DAYS,
        weighted=True,
    ),
    "verdict_unweighted": LabelKind(
        "verdicts on claims; a claim that nobody ruled on teaches nothing, so figures speak of those ruled on",
        FALLBACK_DAYS,
    ),
    "verdict_or_silence": LabelKind(
        "verdicts on claims; a claim without one counts as clean once verdicts on its kind have come, so abuse seems "
        "rarer than it is",
        FALLBACK_DAYS,
        silence=True,
    ),
    PROXY: LabelKind(
        "a PROXY, not abuse: within 90 days after the claim the buyer's refunded share of spend exceeds three times "
        "the average. It says nothing about intent",
        90,
    ),
}


class DatasetError(ValueError):
    """Events from which no model can be trained: the message says what is lacking and what to do."""


@dataclass(frozen=True, slots=True)
class SplitConfig:
    """How to cut time. Shares are of the claims that can be scored.

    `label` names what to learn from, a key of `LABELS`. `gap_days` is how long labels take to be known; None tells it
    from the delays of verdicts known before the test.
    """

    label: str = "verdict"
    test_share: float = 0.25
    calibration_share: float = 0.25
    gap_days: float | None = None

    def __post_init__(self) -> None:
        """Refuse a label that nobody makes, and shares that leave a period empty."""
        if self.label not in LABELS:
            raise DatasetError(f"label {self.label!r}: use one of {', '.join(LABELS)}")
        if not (0 < self.test_share < 1 and 0 < self.calibration_share < 1):
            raise DatasetError("test_share and calibration_share must lie between 0 and 1")
        if self.gap_days is not None and not self.gap_days > 0:
            raise DatasetError("gap_days must be more than 0, or None to tell it from the delays of verdicts")
