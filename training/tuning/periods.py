"""Claims of two periods, one to tune on and a later one to report on, from events and a model.

    |- the model learned -|------- tuned on -------|------- reported on -------|
                                                   ^ labels of the first       ^ labels of the second
                                                     are drawn here              are drawn here

A model's probabilities on the very claims that it learned from are too sure, so tuning begins after them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pyarrow as pa

from features.arrays import Floats, Ints
from features.engines.batch import feature_vectors
from features.event_file import to_events
from features.event_table import MISSING, EventTable, from_arrow
from features.events import Event, EventKind
from features.plan import Plan
from features.progress import Progress
from serving.bundle import Bundle
from serving.decision import Case, ClaimFacts, RecordedAuthority
from serving.policy import Policy
from serving.scorer import Scorer
from training.labels.ledger import LabelLedger, draw_ledger
from training.labels.propensity import CLIP
from training.tuning.claims import TuningClaims, as_claims
from training.tuning.knobs import TuningError

LEAST_OF_EACH = 20  # labels of either kind in the period that is tuned on


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where tuning begins, where the later period does, and where the events end; milliseconds UTC."""

    start_ms: int
    later_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Periods:
    """The claims to tune on and those to report on."""

    cuts: Cuts
    tuned_on: TuningClaims
    reported_on: TuningClaims


def find_cuts(bundle: Bundle, end_ms: int, start_ms: int | None, later_ms: int | None) -> Cuts:
    """The cuts that were asked for; else where the model stopped to learn, and where its test began.

    Raises:
        TuningError: the bundle doesn't say, or they are out of order.
    """
    periods = cast(dict[str, dict[str, Any]], bundle.contents.training.get("periods") or {})
    try:
        start = int(periods["calibration"]["from_ms"]) if start_ms is None else start_ms
        later = int(periods["test"]["from_ms"]) if later_ms is None else later_ms
    except KeyError as error:
        raise TuningError(
            f"{bundle.path}: doesn't say from when its data are; give --tune-from and --report-from"
        ) from error
    if not start < later < end_ms:
        raise TuningError(
            "the later period must begin after the one that is tuned on, and before the events end; give other days by "
            "--tune-from and --report-from, or events that go on after the model was trained"
        )
    return Cuts(start, later, end_ms)


def draw_periods(
    events: pa.Table,
    plan: Plan,
    scorer: Scorer,
    policy: Policy,
    cuts: Cuts,
    consents: frozenset[str] = frozenset(),
    progress: Progress | None = None,
) -> Periods:
    """Features, probabilities and labels of the claims of both periods.

    Args:
        events: checked events in the order in which they became known.
        plan: the features.
        scorer: of the model.
        policy: the given policy.
        cuts: where the periods begin and end.
        consents: ids of merchants that agreed to be charged; events don't say it.
        progress: called with (done, total, what is being done).

    Raises:
        TuningError: a period has too few claims or labels.
    """
    table = from_arrow(events)
    rows = _scorable(table, cuts)
    if len(rows) == 0:
        raise TuningError("no claim with a buyer and its order's facts in these periods; give other days")
    filed = to_events(events.take(pa.array(rows)))
    vectors = feature_vectors(plan, table, rows, progress)
    probability, back = _score(scorer, vectors, filed)
    known_at = table["known_at_ms"][rows]

    def period(name: str, chosen: Ints, known_by_ms: int) -> TuningClaims:
        abusive, chance = _labels(draw_ledger(table, rows, known_by_ms), chosen)
        cases = [
            case_of(filed[row], vectors[row], float(probability[row]), back[row], consents) for row in chosen.tolist()
        ]
        return _enough(name, as_claims(cases, policy, table["buyer_id"][rows[chosen]], abusive, chance))

    return Periods(
        cuts,
        period("to tune on", np.flatnonzero(known_at < cuts.later_ms), cuts.later_ms),
        period("to report on", np.flatnonzero(known_at >= cuts.later_ms), cuts.end_ms),
    )


def _scorable(table: EventTable, cuts: Cuts) -> Ints:
    """Claims that a service would be asked to score, in the order in which they were filed."""
    filed = table.rows_of(EventKind.CLAIM_FILED)
    known_at = table["known_at_ms"][filed]
    asked = (table["order_amount_minor"][filed] != MISSING) & (table["buyer_id"][filed] >= 0)
    rows = filed[asked & (known_at >= cuts.start_ms) & (known_at < cuts.end_ms)]
    return np.asarray(rows[np.argsort(table["known_at_ms"][rows], kind="stable")], dtype=np.int64)


def _score(scorer: Scorer, vectors: Floats, filed: list[Event]) -> tuple[Floats, list[float] | list[None]]:
    """The probabilities of abuse, and of an advance that comes back if the model tells it."""
    whole = [
        scorer.complete(vector, event.claim_text, event.claim_reason or "")
        for vector, event in zip(vectors, filed, strict=True)
    ]
    stacked = np.stack(whole)
    back = scorer.recovery_probabilities(stacked)
    return scorer.score_many(stacked), [None] * len(filed) if back is None else back.tolist()


def _labels(ledger: LabelLedger, chosen: Ints) -> tuple[Floats, Floats]:
    weighable = ledger.weighable[chosen]
    abusive = np.where(weighable, ledger.labels.abusive[chosen].astype(np.float64), np.nan)
    return abusive, np.maximum(ledger.propensities.chance[chosen], 1 / CLIP)


def case_of(
    filed: Event, vector: Floats, probability: float, back: float | None, consents: frozenset[str] = frozenset()
) -> Case:
    """What a policy judges a claim by, from its event; merchants among `consents` agreed to be charged."""
    agreed = filed.merchant_id in consents
    authority = RecordedAuthority("consent", f"agreement of {filed.merchant_id}") if agreed else None
    return Case(
        facts=ClaimFacts.of_event(filed, authority=authority),
        vector=vector,
        abuse_probability=probability,
        recovery_probability=back,
    )


def _enough(name: str, claims: TuningClaims) -> TuningClaims:
    abusive = int(np.nansum(claims.abusive))
    honest = int(claims.labelled.sum()) - abusive
    if min(abusive, honest) < LEAST_OF_EACH:
        raise TuningError(
            f"the period {name} has {abusive} abusive and {honest} honest claims that a label tells of; it needs "
            f"{LEAST_OF_EACH} of each: give more history, or other days"
        )
    return claims
