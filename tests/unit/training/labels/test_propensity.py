"""Labels that stand for the claims that had none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.event_table import EventTable
from features.events import ACTIONS, EventKind
from tests.unit.training.labels.worlds import DAY_MS, START_MS, platform
from training.labels.ledger import draw_ledger
from training.labels.propensity import CLIP, effective_size, inverse_weights

END_MS = START_MS + 130 * DAY_MS


def ledger_of(events, known_by_ms=END_MS, mature_days=20.0):
    return draw_ledger(events, events.rows_of(EventKind.CLAIM_FILED), known_by_ms, mature_days)


def without(events, name, rows):
    """The events with nothing in a field of some rows."""
    column = events[name].copy()
    column[rows] = np.iinfo(np.int64).min
    return EventTable({**events.columns, name: column}, events.ids, events.pictures)


def share_by_weight(ledger):
    chosen = ledger.weighable
    return float(np.average(ledger.labels.abusive[chosen], weights=ledger.weights(chosen).values))


@pytest.mark.parametrize("seed", range(3))
def test_weighted_labels_tell_the_share_of_all_claims_where_labels_alone_do_not(seed):
    """Cheap claims are abusive five times as often and get a label one time in thirty: the weights make it good."""
    events, truth = platform(np.random.default_rng(seed), claims=60_000)
    ledger = ledger_of(events)
    labelled = ledger.labels.abusive[ledger.weighable]
    assert labelled.mean() < 0.07
    assert truth.mean() == pytest.approx(0.15, abs=0.005)
    assert share_by_weight(ledger) == pytest.approx(truth.mean(), abs=0.02)


def test_weights_without_logged_chances_are_estimated_and_tell_the_share_as_well():
    """Audits that nobody logged the chance of count by how often they came."""
    events, truth = platform(np.random.default_rng(1), claims=60_000)
    unlogged = without(events, "audit_propensity_ppm", events.rows_of(EventKind.CLAIM_DECIDED))
    # what is no audit is a way of its own, so these come as reviews
    source = unlogged["verdict_source"].copy()
    source[source >= 0] = 0
    unlogged = EventTable({**unlogged.columns, "verdict_source": source}, events.ids, events.pictures)
    ledger = ledger_of(unlogged)
    assert not ledger.propensities.logged.any()
    assert share_by_weight(ledger) == pytest.approx(truth.mean(), abs=0.02)


def test_chance_of_an_audited_decision_is_the_logged_one_times_its_findings():
    """One in 33 is drawn and nearly every audit finds something; what a person decides has the share of those found."""
    ledger = ledger_of(platform(np.random.default_rng(2), claims=30_000)[0])
    chances = ledger.propensities
    automatic = chances.action == ACTIONS.index("auto_approve")
    assert chances.logged.tolist() == automatic.tolist()
    assert 0.02 < np.median(chances.chance[automatic]) < 0.04
    assert np.median(chances.chance[~automatic]) == pytest.approx(0.9, abs=0.02)


def test_chance_of_a_claim_when_findings_stay_open_is_smaller():
    """An audit that couldn't tell gives no label, so those that could stand for it."""
    events, _ = platform(np.random.default_rng(3), claims=30_000)
    rulings = events.rows_of(EventKind.CLAIM_ADJUDICATED)
    verdict = events["verdict"].copy()
    verdict[rulings[::2]] = 2
    opened = EventTable({**events.columns, "verdict": verdict}, events.ids, events.pictures)
    some, all_ = ledger_of(opened).propensities, ledger_of(events).propensities
    assert some.found == pytest.approx(0.5, abs=0.1)
    assert (some.chance / all_.chance) == pytest.approx(np.full(len(some.chance), 0.5), abs=0.12)


def test_chance_of_a_claim_audited_and_reviewed_is_that_of_either():
    """Two ways to a label are more than one."""
    events, _ = platform(np.random.default_rng(4), claims=20_000)
    decided = events.rows_of(EventKind.CLAIM_DECIDED)
    audit = events["audit_propensity_ppm"].copy()
    audit[decided] = 500_000
    both = EventTable({**events.columns, "audit_propensity_ppm": audit}, events.ids, events.pictures)
    chances = ledger_of(both).propensities
    reviewed = chances.action == ACTIONS.index("manual_review")
    expected = 1 - (1 - 0.5 * chances.found) * (1 - 0.9)
    assert np.median(chances.chance[reviewed]) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("ppm", [0, 1, 1_000_000, 10**12])
def test_chance_of_any_logged_number_lies_between_none_and_one(ppm):
    """A chance that was logged as none, or beyond certain, breaks nothing."""
    events, _ = platform(np.random.default_rng(5), claims=2_000, audited_ppm=ppm)
    chance = ledger_of(events).propensities.chance
    assert ((chance > 0) & (chance <= 1)).all()


def test_labels_of_young_claims_are_not_weighed():
    """What came early isn't like the rest."""
    events, _ = platform(np.random.default_rng(6), claims=5_000)
    ledger = ledger_of(events, START_MS + 60 * DAY_MS)
    young = ledger.filed_at_ms > ledger.known_by_ms - 20 * DAY_MS
    assert (ledger.labels.is_known & young).any()
    assert not (ledger.weighable & young).any()


# weights


def test_weights_beyond_the_clip_are_cut_and_the_loss_is_told():
    """One label in a thousand with a chance of one in ten thousand would count for as much as all others together."""
    chance = np.full(1_000, 0.5)
    chance[0] = 1e-4
    weights = inverse_weights(chance)
    raw = 1 / chance
    assert weights.values.max() / weights.values[1] == pytest.approx(CLIP / 2)
    assert weights.clipped_share == 0.001
    assert weights.weight_lost == pytest.approx((1e4 - CLIP) / raw.sum())
    assert weights.values.mean() == pytest.approx(1)


def test_weights_of_audits_at_a_few_percent_are_not_cut():
    """What audits are drawn for stays whole: half the claims, known by one in a hundred of them."""
    reviewed, audited = np.full(4_500, 0.9), np.full(50, 0.01)
    weights = inverse_weights(np.concatenate([reviewed, audited]))
    assert weights.clipped_share == 0
    assert weights.values[-1] / weights.values[0] == pytest.approx(90)


def test_weights_for_fitting_are_cut_until_labels_keep_their_worth():
    """Thirty audits among a thousand reviews count for more than one claim, but not for more than all reviews."""
    chance = np.concatenate([np.full(1_000, 0.9), np.full(30, 0.03)])
    whole, cut = inverse_weights(chance), inverse_weights(chance, least_worth=0.5)
    assert whole.effective < 0.3 * len(chance)
    assert cut.effective == pytest.approx(0.5 * len(chance), rel=1e-3)
    assert 1 / 0.9 < cut.clip < whole.clip
    assert 1 < cut.values[-1] / cut.values[0] < whole.values[-1] / whole.values[0]


def test_weights_that_keep_their_worth_are_left_alone():
    """Where chances hardly differ nothing is cut for fitting; and labels can't be asked for more than their number."""
    chance = np.linspace(0.5, 1, 100)
    assert inverse_weights(chance, least_worth=0.5).values.tolist() == inverse_weights(chance).values.tolist()
    equal = inverse_weights(np.array([0.01, 1.0]), least_worth=1.0)
    assert equal.values.tolist() == pytest.approx([1, 1], abs=1e-3)


@given(chance=st.lists(st.floats(1e-3, 1), min_size=1, max_size=50))
def test_weights_of_any_chances_have_mean_one_and_no_more_effect_than_there_are_labels(chance):
    """However unequal, n labels tell at most as much as n, and at least as much as one."""
    weights = inverse_weights(np.array(chance))
    assert weights.values.mean() == pytest.approx(1)
    assert 1 - 1e-9 <= weights.effective <= len(chance) + 1e-9
    assert 0 <= weights.weight_lost < 1


def test_effective_size_of_equal_weights_is_their_number():
    """Kish: equal weights lose nothing; one weight alone is one case."""
    assert effective_size(np.full(7, 3.0)) == pytest.approx(7)
    assert effective_size(np.array([1.0, 0, 0])) == 1
    assert effective_size(np.array([2.0, 1, 1])) == pytest.approx(16 / 6)
    assert effective_size(np.zeros(0)) == 0
