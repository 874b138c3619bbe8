"""A feature too good to be true: a column that alone tells the labels almost perfectly, or some of them.

What honest columns do was measured on eight simulated worlds (60,000 orders, among them a festival, an attack by rings,
a bad batch, a change of policy and a drift) and on a real file with its proxy label: see docs/training.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from training.dataset import Dataset, Period
from training.leakage.alone import Alone, Halves, auc_to_exceed, told_alone

AUC_LIMIT: Final = 0.9  # honest columns reached 0.78
PRECISION_LIMIT: Final = 0.9  # honest columns were sure of no abuse at all
LEAST_SURE_SHARE: Final = 0.15  # a few claims may be plain to see, such as those with pictures of others
MOST_CLAIMS: Final = 50_000  # of a period, evenly over it: more would tell the same


@dataclass(frozen=True, slots=True)
class Strongest:
    """The column that alone ranks a period's labels best, and how well."""

    column: str
    period: str
    auc: float


def find_too_good(dataset: Dataset, excused: Mapping[str, str]) -> tuple[list[str], Strongest]:
    """Columns that alone tell too much in any period, a line each, and the strongest of the others.

    Takes about a second for 20,000 claims and 250 columns at most, and grows with claims times columns up to 50,000
    claims a period.

    Args:
        dataset: sound periods.
        excused: the reasons of columns that aren't looked at, by name.
    """
    unknown = [column for column in excused if column not in dataset.columns]
    found = [f"column {column} is excused but isn't in the dataset; correct its name" for column in unknown]
    strongest = Strongest("", "", 0.5)
    for period in dataset.periods:
        thinned = _thinned(period)
        halves = Halves.of(thinned)
        if not halves.tells:
            continue
        limit = auc_to_exceed(AUC_LIMIT, halves.abusive, halves.others)
        for number, column in enumerate(dataset.columns):
            if column in excused:
                continue
            alone = told_alone(np.asarray(thinned.vectors[:, number], dtype=np.float64), halves)
            line = _complaint(alone, limit)
            if line is not None:
                found.append(
                    f"column {column}, period {period.name}: {line}; look for the label in what it is made from, or "
                    f"excuse it with a reason (--excuse '{column}=WHY')"
                )
            elif alone.auc > strongest.auc:
                strongest = Strongest(column, period.name, alone.auc)
    return found, strongest


def _complaint(alone: Alone, limit: float) -> str | None:
    if alone.auc > limit:
        return f"alone ranks the labels with an AUC of {alone.auc:.3f}, and no honest column is above {AUC_LIMIT:g}"
    if alone.sure_share >= LEAST_SURE_SHARE and alone.precision_low > PRECISION_LIMIT:
        return (
            f"alone finds {alone.sure_share:.0%} of abusive filings, and of 100 that it points at "
            f"{100 * alone.precision:.0f} are abusive"
        )
    return None


def _thinned(period: Period) -> Period:
    """Evenly spread claims of a large period."""
    if len(period) <= MOST_CLAIMS:
        return period
    chosen = np.linspace(0, len(period) - 1, MOST_CLAIMS).astype(np.int64)
    return period.take(chosen)
