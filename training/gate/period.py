"""The claims that two models are compared on: filed after both stopped to learn, with labels weighed as in training.

|- both learned -|--------- compared on ---------|~~~ gap ~~~|
^ labels are drawn here
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
import pyarrow as pa

from features.arrays import Floats, Ints
from features.definition.window import MS_PER_DAY
from features.engines.batch import feature_vectors
from features.event_file import to_events
from features.event_table import EventTable, from_arrow
from features.events import Event
from features.plan import Plan
from features.progress import Progress
from serving.bundle import Bundle
from serving.scorer import Scorer
from training.dataset.config import LABELS, PROXY
from training.dataset.gathering import Spine, find_spine
from training.gate.duel import GateError
from training.labels import high_refund_labels
from training.labels.drawing import Drawn, draw_labels, find_gap
from training.labels.propensity import inverse_weights


@dataclass(frozen=True, slots=True)
class Model:
    """A bundle, its scorer, and what the model is called here."""

    name: str
    bundle: Bundle
    scorer: Scorer

    def fact(self, *path: str) -> Any:  # noqa: ANN401 - whatever JSON holds
        """What the bundle says of its training, None where it doesn't."""
        found: Any = self.bundle.contents.training
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterPeriod:
    """n claims in the order in which they were filed, labelled or not; each column of shape (n,), vectors (n, columns).

    Attributes:
        filed: the claims' events.
        vectors: the catalogue's columns.
        names: of the columns.
        buyer: a number for each claim's buyer.
        as_of_ms: when each was filed.
        abusive: 1 and 0 by labels, NaN without one.
        chance: with which a label came, as far as labels are weighed by it.
        weight: of labels, as of `training.gate.duel.Duel`; so is claim_weight.
        claim_weight: the same where each claim counts for itself.
        label: a key of `training.dataset.LABELS`.
    """

    filed: list[Event]
    vectors: Floats
    names: tuple[str, ...]
    buyer: Ints
    as_of_ms: Ints
    abusive: Floats
    chance: Floats
    weight: Floats
    claim_weight: Floats
    label: str


def draw_period(
    events: pa.Table,
    plan: Plan,
    models: Sequence[Model],
    from_ms: int | None = None,
    to_ms: int | None = None,
    progress: Progress | None = None,
) -> LaterPeriod:
    """The claims that were filed after all models stopped to learn, and early enough for their labels to be known.

    Args:
        events: checked events in the order in which they became known.
        plan: the features.
        models: which are to be compared.
        from_ms: claims from this moment on, not before the models stopped to learn; milliseconds UTC.
        to_ms: claims before this moment.
        progress: called with (done, total, what).

    Raises:
        GateError: the models can't be compared, or there is no such claim.
        DatasetError: no claim can be scored.
    """
    table = from_arrow(events)
    spine = find_spine(table)
    start_ms = _start(models, from_ms)
    label, gap_days = _label(models), _gap_days(models, table, spine, start_ms)
    end_ms = int(table["known_at_ms"].max()) + 1
    stop_ms = min(end_ms - round(gap_days * MS_PER_DAY), end_ms if to_ms is None else to_ms)
    chosen = np.flatnonzero((spine.as_of_ms >= start_ms) & (spine.as_of_ms < stop_ms))
    if len(chosen) == 0:
        raise GateError(
            f"no claim was filed from {_day(start_ms)} on, after both models stopped to learn, and {gap_days:g} days "
            "before the events end, which labels take to be known: give later events, or another period"
        )
    drawn = _labels(table, spine, end_ms, gap_days, label)
    abusive = np.where(drawn.labels.is_known, drawn.labels.abusive, np.nan)[chosen]
    chance = _chances(drawn, label, chosen)
    weight, claim_weight = _weights(spine.buyers[chosen], spine.as_of_ms[chosen], abusive, chance)
    return LaterPeriod(
        filed=to_events(events.take(pa.array(spine.rows[chosen]))),
        vectors=feature_vectors(plan, table, spine.rows[chosen], progress),
        names=plan.names,
        buyer=spine.buyers[chosen],
        as_of_ms=spine.as_of_ms[chosen],
        abusive=abusive,
        chance=chance,
        weight=weight,
        claim_weight=claim_weight,
        label=label,
    )


def _start(models: Sequence[Model], from_ms: int | None) -> int:
    """The first moment that is asked for, or else the one after both models stopped to learn."""
    learned = [(each.name, each.fact("periods", "calibration", "to_ms")) for each in models]
    for name, until_ms in learned:
        if until_ms is None and from_ms is None:
            raise GateError(f"the {name}'s bundle doesn't say until when it learned; give --from")
        if from_ms is not None and until_ms is not None and from_ms <= until_ms:
            raise GateError(
                f"--from {_day(from_ms)}: the {name} learned from claims until {_day(until_ms)}; give a later day"
            )
    if from_ms is not None:
        return from_ms
    return max(int(cast(int, until_ms)) for _, until_ms in learned) + 1


def _label(models: Sequence[Model]) -> str:
    kinds = [(each.name, str(each.fact("label") or "verdict")) for each in models]
    kind = kinds[0][1]
    if any(other != kind for _, other in kinds):
        said = " and ".join(f"the {name} from {other}" for name, other in kinds)
        raise GateError(f"the models learned from different labels, {said}; train them from the same")
    if kind not in LABELS:
        raise GateError(f"the models learned from the label {kind!r}, which isn't known here; train them again")
    return kind


def _gap_days(models: Sequence[Model], table: EventTable, spine: Spine, start_ms: int) -> float:
    """How long labels take to be known: as the models' trainings found, or as delays before the period tell."""
    found = [float(days) for each in models if (days := each.fact("labelling", "gap_days")) is not None]
    return max(found) if found else find_gap(table, spine.rows, start_ms, None).days


def _labels(table: EventTable, spine: Spine, end_ms: int, gap_days: float, label: str) -> Drawn:
    if label == PROXY:
        return Drawn(high_refund_labels(table, spine.rows, end_ms, LABELS[PROXY].days))
    return draw_labels(table, spine.rows, end_ms, gap_days, silence=LABELS[label].silence)


def _chances(drawn: Drawn, label: str, chosen: Ints) -> Floats:
    """With which chance each chosen claim got a label, as far as labels are weighed by it; shape (chosen,)."""
    if drawn.ledger is None or not LABELS[label].weighted:
        return np.ones(len(chosen))
    return drawn.ledger.propensities.chance[chosen]


def _weights(buyers: Ints, as_of_ms: Ints, abusive: Floats, chance: Floats) -> tuple[Floats, Floats]:
    """What labels count for, where a filing's claims share 1 and where each counts for itself; 0 without a label."""
    rows = np.flatnonzero(np.isfinite(abusive))
    weight, claim_weight = np.zeros(len(abusive)), np.zeros(len(abusive))
    if len(rows):
        keys = np.stack([buyers[rows], as_of_ms[rows]], axis=1)
        _, filing, sizes = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
        share = 1 / sizes[filing.reshape(-1)]
        claim_weight[rows] = inverse_weights(chance[rows]).values
        shared = share * claim_weight[rows]
        weight[rows] = shared * (share.sum() / shared.sum())
    return weight, claim_weight


def _day(moment_ms: int) -> str:
    return datetime.fromtimestamp(moment_ms / 1000, UTC).date().isoformat()
