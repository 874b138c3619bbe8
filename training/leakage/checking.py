"""All checks of one dataset."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from features.event_table import EventTable
from features.plan import Plan
from features.progress import Progress
from training.dataset import Dataset
from training.dataset.checked import Checked
from training.leakage.apart import keep_apart
from training.leakage.config import APART, LeakageConfig, LeakageError
from training.leakage.foresight import find_foresight
from training.leakage.sharing import find_sharing, find_sides
from training.leakage.sound import find_unsound
from training.leakage.too_good import find_too_good

CHECKING: Final = "looking for leakage"


def check_dataset(
    dataset: Dataset, events: EventTable, plan: Plan, config: LeakageConfig, progress: Progress | None = None
) -> Dataset:
    """The dataset with what the checks saw; without the claims of shared buyers, where these were to be left out.

    Args:
        dataset: as `cut_dataset` makes it, from whatever vectors.
        events: the events that it was cut from (`Gathered.table`).
        plan: the features.
        config: how strict to be.
        progress: called with (done, total, what).

    Raises:
        LeakageError: a line for each thing found; nothing else is looked for in a dataset that is not sound.
    """
    if progress is not None:
        progress(0, 1, CHECKING)
    if unsound := find_unsound(dataset, events):
        raise LeakageError(unsound)
    sides = find_sides(dataset, events, plan)
    kept, dropped, found = dataset, 0, []
    if config.buyers == APART and config.drop is not None:
        kept, dropped = keep_apart(dataset, sides, config.drop)
        found += find_sharing(find_sides(kept, events, plan))
    elif config.buyers == APART:
        found += find_sharing(sides)
    too_good, strongest = find_too_good(kept, config.excused)
    found += too_good
    foresight = find_foresight(kept, events, plan, config.sample, config.seed)
    found += foresight.lines
    if found:
        raise LeakageError(found)
    if progress is not None:
        progress(1, 1, CHECKING)
    checked = Checked(
        columns=len(kept.columns),
        strongest=strongest.column,
        strongest_auc=strongest.auc,
        strongest_period=strongest.period,
        excused=dict(config.excused),
        recomputed=foresight.claims,
        buyers=config.buyers,
        shared=sides.shared,
        dropped_from=config.drop,
        dropped=dropped,
    )
    return replace(kept, checked=checked)
