"""How long verdicts take, told from claims that are mostly too young to show it."""

import numpy as np
import pytest

from features.events import EventKind
from tests.unit.training.labels.worlds import DAY_MS, START_MS, table_of
from training.labels.adjudications import adjudications
from training.labels.ledger import draw_ledger
from training.labels.maturity import FALLBACK_DAYS, LONGEST_DAYS, SHORTEST_DAYS, estimate_maturity, maturity_curve


def seen(random, claims=20_000, history_days=60.0, mean_days=10.0):
    """Delays of claims filed evenly over a history, where they are shorter than the claims are old; and the ages."""
    age = random.random(claims) * history_days * DAY_MS
    delay = random.exponential(mean_days * DAY_MS, claims)
    known = delay < age
    return delay[known].astype(np.int64), age[known].astype(np.int64) + 1


def test_curve_of_three_delays_is_the_one_worked_out_by_hand():
    """Delays 1, 2 and 3 of ages 5, 2.5 and 5: of those who could show 3 or less, one of two did; and so on."""
    delay = np.array([1, 2, 3]) * DAY_MS
    age = np.array([5, 2.5, 5]) * DAY_MS
    old = np.full(100, 5 * DAY_MS)
    curve = maturity_curve(
        np.concatenate([delay, np.full(100, 3 * DAY_MS)]), np.concatenate([age.astype(np.int64), old])
    )
    # at 3 days: 101 of the 102 who are older and within; at 2: 1 of the 2 left; at 1: the last
    assert curve.days.tolist() == [1, 2, 3]
    assert curve.share == pytest.approx([(1 / 102) * (1 / 2), 1 / 102, 1])
    assert curve.verdicts == 103


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [0.5, 0.9, 0.95])
def test_days_to_maturity_are_right_where_counting_is_not(seed, share):
    """Claims filed shortly before the end show short delays only: counting them falls short, the estimate doesn't."""
    random = np.random.default_rng(seed)
    delay, age = seen(random)
    curve = maturity_curve(delay, age)
    cut = 1 - np.exp(-curve.horizon_days / 10)  # what comes within the horizon at all
    true = -10 * np.log1p(-share * cut)
    counted = np.quantile(delay, share) / DAY_MS
    assert curve.mature_after_days(share) == pytest.approx(true, rel=0.06)
    assert counted < 0.93 * true


def test_curve_of_delays_that_all_could_show_is_the_plain_share():
    """Where nothing is cut off, the estimate is what anybody would count."""
    random = np.random.default_rng(3)
    delay = random.integers(1, 30, 500) * DAY_MS
    curve = maturity_curve(delay, np.full(500, 400 * DAY_MS))
    plain = np.searchsorted(np.sort(delay), curve.days * DAY_MS, side="right") / 500
    assert curve.share == pytest.approx(plain)


def test_curve_rises_to_one_and_never_falls():
    """It is a distribution."""
    random = np.random.default_rng(4)
    curve = maturity_curve(*seen(random, claims=2_000))
    assert (np.diff(curve.days) > 0).all()
    assert (np.diff(curve.share) >= 0).all()
    assert curve.share[-1] == 1
    assert curve.days.max() <= curve.horizon_days


def test_curve_counts_the_verdicts_beyond_its_horizon_too():
    """How many there are is one thing, how many tell of delays another."""
    delay, age = np.array([1, 80]).repeat(50) * DAY_MS, np.array([60, 90]).repeat(50) * DAY_MS
    curve = maturity_curve(np.append(delay, 95 * DAY_MS), np.append(age, 99 * DAY_MS))
    assert curve.verdicts == 101
    assert curve.days.tolist() == [1, 80]


@pytest.mark.parametrize("claims", [0, 1, 24, 49])
def test_days_to_maturity_of_few_verdicts_are_not_told(claims):
    """A handful of delays says nothing of the slow ones."""
    curve = maturity_curve(np.full(claims, DAY_MS), np.full(claims, 100 * DAY_MS))
    assert np.isnan(curve.mature_after_days())


# claims of several types


def filed_and_ruled(delays, history_days=300):
    """Claims of each type, one after another over a history, ruled on after their type's delays in turn."""
    filed, ruled = [], []
    for number, (kind, source, days) in enumerate(delays):
        count = 400
        claim = np.arange(number * count, (number + 1) * count)
        filed_ms = START_MS + np.arange(count) * (history_days * DAY_MS // count)
        ruled_ms = filed_ms + (np.resize(days, count) * DAY_MS).astype(np.int64)
        filed.append({"kind": "claim_filed", "claim": claim, "known_at_ms": filed_ms, "claim_type": kind})
        ruled.append(
            {
                "kind": "claim_adjudicated",
                "claim": claim,
                "known_at_ms": ruled_ms,
                "verdict": "legitimate",
                "verdict_source": source,
            }
        )
    return table_of(*filed, *ruled)


def maturity_of(events, known_by_ms=START_MS + 300 * DAY_MS):
    rows = events.rows_of(EventKind.CLAIM_FILED)
    return estimate_maturity(events, rows, adjudications(events, rows, known_by_ms), known_by_ms)


def test_gap_is_that_of_the_slowest_claim_type():
    """Returns wait for the parcel; whoever waits for the average of all tests on the quick ones."""
    maturity = maturity_of(
        filed_and_ruled([("refund_only", "reviewer", [2, 4]), ("return_refund", "inspection", [10, 20])])
    )
    assert maturity.gap_days() == pytest.approx(20)
    assert maturity.silence_days("refund_only") == SHORTEST_DAYS
    assert maturity.silence_days("return_refund") == pytest.approx(20)
    assert set(maturity.curves) == {("refund_only", "reviewer"), ("return_refund", "inspection")}


def test_silence_waits_for_no_source_that_seldom_rules_first():
    """Of a type that reviewers open, a slow appeal in fifty isn't waited for; one in three is."""
    rare = [("refund_only", "reviewer", [8])] * 25 + [("refund_only", "platform", [50])]
    often = [("refund_only", "reviewer", [8]), ("refund_only", "platform", [50])]
    assert maturity_of(filed_and_ruled(rare)).silence_days("refund_only") == pytest.approx(8)
    assert maturity_of(filed_and_ruled(often)).silence_days("refund_only") == pytest.approx(50)


@pytest.mark.parametrize(("days", "gap"), [([0.5], SHORTEST_DAYS), ([100], LONGEST_DAYS), ([30], 30)])
def test_gap_stays_within_its_bounds(days, gap):
    """A gap of hours would trust the clock too much, one of a year would leave nothing to learn from."""
    assert maturity_of(filed_and_ruled([("repair", "reviewer", days)])).gap_days() == pytest.approx(gap)


def test_gap_without_verdicts_is_the_fixed_one():
    """Nothing tells, so nothing is made up."""
    maturity = maturity_of(filed_and_ruled([("repair", "reviewer", [5])]), START_MS + 3 * DAY_MS)
    assert maturity.gap_days() == FALLBACK_DAYS
    assert maturity.silence_days("repair") == FALLBACK_DAYS


def test_gap_of_a_history_too_short_for_its_delays_is_not_shorter_than_the_fixed_one():
    """Where the slow verdicts may lie beyond what could be seen, the estimate alone would be too hopeful."""
    events = filed_and_ruled([("repair", "reviewer", [2, 30, 60, 80])], history_days=60)
    maturity = maturity_of(events, START_MS + 60 * DAY_MS)
    assert maturity.overall["repair"].mature_after_days() < FALLBACK_DAYS
    assert maturity.gap_days() == FALLBACK_DAYS


def test_second_rulings_on_a_claim_do_not_delay_it():
    """A claim comes to light once."""
    events = filed_and_ruled([("repair", "reviewer", [5])])
    again = filed_and_ruled([("repair", "reviewer", [5]), ("repair", "appeal", [60])])
    rows = again.rows_of(EventKind.CLAIM_FILED)[:400]
    claims = again["claim_id"].copy()
    claims[again.rows_of(EventKind.CLAIM_ADJUDICATED)[400:]] = claims[rows]
    twice = type(again)({**again.columns, "claim_id": claims}, again.ids, again.pictures)
    moment_ms = START_MS + 300 * DAY_MS
    found = estimate_maturity(twice, rows, adjudications(twice, rows, moment_ms), moment_ms)
    assert found.everything.share.tolist() == maturity_of(events).everything.share.tolist()


# silence


def test_silence_counts_from_the_age_that_the_type_needs():
    """At the same age, a refund-only claim's silence says something and a return's nothing yet."""
    events = filed_and_ruled(
        [("refund_only", "reviewer", [8]), ("return_refund", "inspection", [30]), ("exchange", "reviewer", [290])]
    )
    kinds = events["claim_type"][events.rows_of(EventKind.CLAIM_FILED)]
    rulings = events.rows_of(EventKind.CLAIM_ADJUDICATED)
    kept = np.setdiff1d(np.arange(len(events)), rulings[::4])  # nobody ever rules on each fourth
    events = type(events)({name: column[kept] for name, column in events.columns.items()}, events.ids, events.pictures)
    rows = events.rows_of(EventKind.CLAIM_FILED)
    ledger = draw_ledger(events, rows, START_MS + 300 * DAY_MS)
    labels = ledger.with_silence()
    age = (ledger.known_by_ms - ledger.filed_at_ms) / DAY_MS
    silent = ledger.silent()
    for code, days in ((0, 8), (1, 30)):
        of_type = silent[kinds == code]
        assert (age[kinds == code][of_type] >= days).all()
        assert of_type.sum() == (np.arange(400)[::4] < np.searchsorted(-age[kinds == code], -days, side="right")).sum()
    assert (labels.abusive[silent] == 0).all()
    assert (ledger.labels.abusive[silent] == -1).all()
    assert np.isnan(labels.probability[silent]).all()


def test_maturity_of_events_out_of_order_is_the_same():
    """Nothing hangs on the order of rows."""
    events = filed_and_ruled([("repair", "reviewer", [5, 9, 30])])
    order = np.random.default_rng(0).permutation(len(events))
    turned = type(events)({name: column[order] for name, column in events.columns.items()}, events.ids, events.pictures)
    assert maturity_of(turned).everything.share.tolist() == maturity_of(events).everything.share.tolist()
