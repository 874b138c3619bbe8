"""How far each source of verdicts is relied on before anything is known of it.

The order is an argument, not a measurement: an appeal is ruled on with both sides heard and the first finding on the
table; the platform's own ruling comes last in a dispute, mostly on paper; an audit has time and no queue behind it; a
reviewer has neither; an inspection sees the goods and seldom accuses wrongly, but a used or swapped thing often
passes, and whose fault it is can't be seen in the parcel. Estimated rates take over where claims are ruled on twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.event_table import code_of
from features.events import VERDICT_SOURCES


@dataclass(frozen=True, slots=True)
class Rates:
    """How often a source finds abuse where there is abuse, and none where there is none."""

    sensitivity: float
    specificity: float


RANKING: Final[Mapping[str, Rates]] = {  # the most reliable first
    "appeal": Rates(0.93, 0.990),
    "platform": Rates(0.92, 0.985),
    "audit": Rates(0.90, 0.980),
    "reviewer": Rates(0.88, 0.975),
    "inspection": Rates(0.80, 0.975),
}
# Those that rule with the earlier findings before them: what they find otherwise is void.
SECOND_INSTANCE: Final = ("appeal", "platform")


def default_rates() -> Floats:
    """Sensitivity and specificity of each source by its code, shape (sources, 2)."""
    return np.array([[RANKING[word].sensitivity, RANKING[word].specificity] for word in VERDICT_SOURCES])


def second_instance_codes() -> Ints:
    """The codes of the sources that hear what others found."""
    return np.array([code_of("verdict_source", word) for word in SECOND_INSTANCE])
