"""Two periods of claims: nothing of the later one is known in the one that is tuned on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.events import Event, EventKind
from features.plan import Plan
from serving.bundle import Bundle, write_bundle
from serving.scorer import Scorer
from tests.unit.training.tuning.drawn_claims import policy_with
from training.train import Trained
from training.tuning.knobs import TuningError
from training.tuning.periods import Cuts, Periods, draw_periods, find_cuts

OTHER = {"abusive": "legitimate", "legitimate": "abusive"}


@pytest.fixture(scope="module")
def bundle(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return write_bundle(tmp_path_factory.mktemp("periods") / "bundle", trained.bundle)


def cuts_of(bundle: Bundle, shop: tuple[Event, ...]) -> Cuts:
    return find_cuts(bundle, max(event.known_at_ms for event in shop) + 1, None, None)


def drawn_from(
    events: list[Event], table_of: Callable[..., pa.Table], plan: Plan, bundle: Bundle, cuts: Cuts
) -> Periods:
    with Scorer(bundle) as scorer:
        return draw_periods(table_of(events), plan, scorer, policy_with(), cuts)


def test_cuts_are_where_the_model_stopped_to_learn_and_where_its_test_began(
    bundle: Bundle, shop: tuple[Event, ...], trained: Trained
) -> None:
    """Unless somebody says otherwise; and a bundle that doesn't tell makes somebody say it."""
    cuts = cuts_of(bundle, shop)
    assert cuts.start_ms == trained.latest.dataset.calibration.as_of_ms[0]
    assert cuts.later_ms == trained.latest.dataset.test.as_of_ms[0]
    mute = replace(bundle, contents=replace(bundle.contents, training={}))
    with pytest.raises(TuningError, match="give --tune-from and --report-from"):
        find_cuts(mute, cuts.end_ms, None, None)
    assert find_cuts(mute, 9, 3, 5) == Cuts(3, 5, 9)


def test_verdicts_that_came_later_change_nothing_of_what_is_tuned_on(
    shop: tuple[Event, ...], table_of: Callable[..., pa.Table], plan: Plan, bundle: Bundle
) -> None:
    """Were all rulings after the cut the other way round, the labels to tune on would be the same."""
    cuts = cuts_of(bundle, shop)
    turned = [
        replace(event, verdict=OTHER[event.verdict or ""])
        if event.kind is EventKind.CLAIM_ADJUDICATED and event.known_at_ms >= cuts.later_ms
        else event
        for event in shop
    ]
    one, other = (drawn_from(list(events), table_of, plan, bundle, cuts) for events in (shop, turned))
    for column in ("abusive", "chance", "probability", "amount_minor"):
        first, second = getattr(one.tuned_on, column), getattr(other.tuned_on, column)
        assert np.array_equal(first, second, equal_nan=True), column
    assert not np.array_equal(one.reported_on.abusive, other.reported_on.abusive, equal_nan=True)
    assert len(one.tuned_on) + len(one.reported_on) == sum(
        event.kind is EventKind.CLAIM_FILED and event.known_at_ms >= cuts.start_ms for event in shop
    )
