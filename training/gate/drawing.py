"""The claims of a duel: filed after both models stopped to learn, with labels weighed as in training.

|- both learned -|--------- compared on ---------|~~~ gap ~~~|
                                                              ^ labels are drawn here
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

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
from serving.decision import Case, ClaimFacts, RecordedAuthority
from serving.decision.outcomes import cost_parts, weighed
from serving.policy import Policy
from serving.scorer import Scorer
from training.dataset.config import LABELS, PROXY
from training.dataset.gathering import Spine, find_spine
from training.gate.duel import Duel, Flags, GateError, Side, Slicing
from training.labels import high_refund_labels
from training.labels.drawing import Drawn, draw_labels, find_gap
from training.labels.propensity import inverse_weights
from training.tuning.claims import TuningClaims, as_claims
from training.tuning.many import Capacity, decide_many

AMOUNT_BANDS: Final = 5
NEW_UP_TO_ORDERS: Final = 1  # ever, the claimed one among them


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
class Wanted:
    """How to compare: by which policy, on which claims (from, until; milliseconds UTC), by which labels.

    `consents` are ids of merchants that agreed to be charged, which events don't say.
    """

    policy: Policy
    from_ms: int | None = None
    to_ms: int | None = None
    consents: frozenset[str] = frozenset()
    capacity: Capacity = "price"


def draw_duel(
    events: pa.Table, plan: Plan, challenger: Model, champion: Model, wanted: Wanted, progress: Progress | None = None
) -> Duel:
    """Score the claims of the period with both models, decide by the policy, and price that by labels.

    Args:
        events: checked events in the order in which they became known.
        plan: the features.
        challenger: the model that would be put in force.
        champion: the one in force.
        wanted: how to compare.
        progress: called with (done, total, what).

    Raises:
        GateError: the models can't be compared, or there is no period after what they learned from.
        DatasetError: no claim could be scored.
    """
    models = (challenger, champion)
    table = from_arrow(events)
    spine = find_spine(table)
    start_ms = _start(models, wanted)
    label, gap_days = _label(models), _gap_days(models, table, spine, start_ms)
    end_ms = int(table["known_at_ms"].max()) + 1
    stop_ms = min(end_ms - round(gap_days * MS_PER_DAY), end_ms if wanted.to_ms is None else wanted.to_ms)
    chosen = np.flatnonzero((spine.as_of_ms >= start_ms) & (spine.as_of_ms < stop_ms))
    if len(chosen) == 0:
        raise GateError(
            f"no claim was filed from {_day(start_ms)} on, after both models stopped to learn, and {gap_days:g} days "
            "before the events end, which labels take to be known: give later events, or another period"
        )
    drawn = _labels(table, spine, end_ms, gap_days, label)
    abusive = np.where(drawn.labels.is_known, drawn.labels.abusive, np.nan)[chosen]
    chance = _chances(drawn, label, chosen)
    filed = to_events(events.take(pa.array(spine.rows[chosen])))
    vectors = feature_vectors(plan, table, spine.rows[chosen], progress)
    claims = [_claims(each, filed, vectors, wanted, spine.buyers[chosen], abusive, chance) for each in models]
    weight, claim_weight = _weights(spine.buyers[chosen], spine.as_of_ms[chosen], abusive, chance)
    return Duel(
        challenger=_side(challenger, claims[0], claims[1], wanted),
        champion=_side(champion, claims[1], claims[0], wanted),
        abusive=abusive,
        weight=weight,
        claim_weight=claim_weight,
        buyer=claims[0].buyer,
        as_of_ms=spine.as_of_ms[chosen],
        slicings=_slicings(filed, vectors[:, plan.names.index("buyer_orders_ever")]),
        label=label,
        policy_version=wanted.policy.version,
        currency=wanted.policy.currency,
    )


def _start(models: Sequence[Model], wanted: Wanted) -> int:
    """The first moment that is asked for, or else the one after both models stopped to learn."""
    learned = {each.name: each.fact("periods", "calibration", "to_ms") for each in models}
    for name, until_ms in learned.items():
        if until_ms is None and wanted.from_ms is None:
            raise GateError(f"the {name}'s bundle doesn't say until when it learned; give --from")
        if wanted.from_ms is not None and until_ms is not None and wanted.from_ms <= until_ms:
            raise GateError(
                f"--from {_day(wanted.from_ms)}: the {name} learned from claims until {_day(until_ms)}; give a later "
                "day"
            )
    if wanted.from_ms is not None:
        return wanted.from_ms
    return max(int(cast(int, until_ms)) for until_ms in learned.values()) + 1


def _label(models: Sequence[Model]) -> str:
    kinds = {each.name: each.fact("label") or "verdict" for each in models}
    if len(set(kinds.values())) > 1:
        said = " and ".join(f"the {name} from {kind}" for name, kind in kinds.items())
        raise GateError(f"the models learned from different labels, {said}; train them from the same")
    (kind,) = set(kinds.values())
    if kind not in LABELS:
        raise GateError(f"the models learned from the label {kind!r}, which isn't known here; train them again")
    return str(kind)


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


def _claims(
    model: Model, filed: list[Event], vectors: Floats, wanted: Wanted, buyers: Ints, abusive: Floats, chance: Floats
) -> TuningClaims:
    scorer = model.scorer
    whole = np.stack(
        [
            scorer.complete(vector, event.claim_text, event.claim_reason or "")
            for vector, event in zip(vectors, filed, strict=True)
        ]
    )
    back = scorer.recovery_probabilities(whole)
    cases = [
        Case(
            facts=_facts(event, wanted.consents),
            vector=vector,
            abuse_probability=probability,
            recovery_probability=recovery,
        )
        for event, vector, probability, recovery in zip(
            filed,
            vectors,
            scorer.score_many(whole).tolist(),
            [None] * len(filed) if back is None else back.tolist(),
            strict=True,
        )
    ]
    return as_claims(cases, wanted.policy, buyers, abusive, chance)


def _facts(filed: Event, consents: frozenset[str]) -> ClaimFacts:
    agreed = filed.merchant_id in consents
    authority = RecordedAuthority("consent", f"agreement of {filed.merchant_id}") if agreed else None
    return ClaimFacts.of_event(filed, authority=authority)


def _side(model: Model, own: TuningClaims, others: TuningClaims, wanted: Wanted) -> Side:
    """What the policy does with a model, priced alike for both: by what the two together expect to come back."""
    policy = wanted.policy
    done = decide_many(own, policy, wanted.capacity)
    labelled = own.labelled
    parts = cost_parts(
        policy,
        goods=own.goods,
        action=done.action,
        charged=done.charged,
        amount_minor=own.amount_minor,
        abusive=np.where(labelled, own.abusive, 0.0),
        back=(_back(own, policy) + _back(others, policy)) / 2,
    )
    costs = np.where(labelled, weighed(parts, policy, own.goods), 0.0)
    return Side(model.name, model.bundle.model_version, own.probability, done.action, costs)


def _back(claims: TuningClaims, policy: Policy) -> Floats:
    return np.where(np.isnan(claims.back), policy.recovery.default_probability, claims.back)


def _slicings(filed: list[Event], orders_ever: Floats) -> tuple[Slicing, ...]:
    categories = [each.category_id or "unknown" for each in filed]
    names, category = np.unique(categories, return_inverse=True)
    amounts = np.array([each.amount_minor or 0 for each in filed], dtype=np.int64)
    edges = np.unique(np.quantile(amounts, np.arange(1, AMOUNT_BANDS) / AMOUNT_BANDS, method="higher")).astype(np.int64)
    words = [f"{edge / 100:,.2f}" for edge in edges.tolist()]
    bands = [f"under {words[0]}", *(f"from {word}" for word in words)]
    known: Flags = orders_ever > NEW_UP_TO_ORDERS
    return (
        Slicing("category", tuple(names.tolist()), category.astype(np.int64)),
        Slicing("amount", tuple(bands), np.searchsorted(edges, amounts, side="right").astype(np.int64)),
        Slicing("buyer", ("new", "known"), known.astype(np.int64)),
    )


def _day(moment_ms: int) -> str:
    return datetime.fromtimestamp(moment_ms / 1000, UTC).date().isoformat()
