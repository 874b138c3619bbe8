"""Later claims are counted into the reference's bins and labelled as the training labelled its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.drift.comparing import compare
from training.drift.outcomes import outcome_curve
from training.drift.pace import ANSWERS, DELAY_DAYS, delays_of, weeks_of
from training.labels.maturity import maturity_curve

DAY_MS = 86_400_000


def relabelled(bundle, compared, plan, kind):
    """The comparison, had the training used another label."""
    base = compared("unchanged")
    training = {**bundle.contents.training, "label": kind}
    other = replace(bundle, contents=replace(bundle.contents, training=training))
    return compare(other, base.reference, base.later, plan).labelled


def test_columns_come_with_those_that_moved_first_by_index_times_gain(compared):
    """Worst first, whatever their order in the model."""
    columns = compared("refund only").columns
    seen = [column.shift.is_seen for column in columns]
    assert seen == sorted(seen, reverse=True)
    pulls = [column.shift.index * column.gain_share for column in columns[: sum(seen)]]
    assert pulls == sorted(pulls, reverse=True)
    assert sum(column.gain_share for column in columns) == pytest.approx(1)
    assert all(column.meaning for column in columns)


def test_columns_of_now_are_counted_into_the_bins_of_then(compared, bundle):
    """Brute force over all columns."""
    comparison = compared("unchanged")
    names = [column.name for column in bundle.contents.columns]
    for column in comparison.columns:
        values = comparison.later.vectors[:, names.index(column.name)]
        assert column.now.counts.tolist() == column.then.bins.counts(values).tolist()


@pytest.mark.parametrize(
    ("kind", "days"),
    [("verdict", 45), ("verdict_unweighted", 45), ("verdict_or_silence", 45), ("high_refund_proxy", 45)],
)
def test_labels_are_those_of_the_training(compared, bundle, plan, kind, days):
    """Each kind of label has its own claims; only mature ones make figures."""
    labelled = relabelled(bundle, compared, plan, kind)
    later = compared("unchanged").later
    assert (labelled.kind, labelled.mature_days) == (kind, days)
    mature = later.as_of_ms + days * DAY_MS <= later.known_by_ms
    assert labelled.mature == mature.sum()
    assert 0 < labelled.figures.claims <= labelled.mature
    assert labelled.known >= labelled.figures.claims
    if kind.startswith("verdict"):
        assert labelled.known > labelled.figures.claims  # verdicts on young claims are known, and don't count
        assert labelled.delays is not None


def test_silence_counts_only_where_the_training_took_it_for_clean(compared, bundle, plan):
    """Three quarters of the claims have their verdict by then; the others stay unknown, or count as clean."""
    verdicts = relabelled(bundle, compared, plan, "verdict_unweighted").figures
    silence = relabelled(bundle, compared, plan, "verdict_or_silence").figures
    assert silence.claims > verdicts.claims
    assert silence.abusive == verdicts.abusive


def test_weeks_count_each_claim_once_by_its_first_decision(compared):
    """Brute force: weeks begin on Mondays; what was not decided by then is undecided."""
    later = compared("unchanged").later
    weeks = weeks_of(later.events, later.rows, later.known_by_ms)
    assert int(weeks.counts.sum()) == len(later)
    assert ((weeks.start_ms // DAY_MS + 3) % 7 == 0).all()  # 1970-01-01 was a Thursday
    for start, counts in zip(weeks.start_ms, weeks.counts, strict=True):
        assert counts.sum() == ((later.as_of_ms >= start) & (later.as_of_ms < start + 7 * DAY_MS)).sum()
    blind = weeks_of(later.events, later.rows, int(later.as_of_ms.min()))
    assert blind.counts[:, ANSWERS.index("undecided")].sum() == len(later)
    assert blind.shares == {}


def test_delays_beyond_what_claims_are_old_enough_to_show_are_unknown():
    """A month of claims tells nothing of sixty days."""
    rng = np.random.default_rng(1)
    age = rng.integers(1, 40, 2_000) * DAY_MS
    delay = (rng.exponential(5, 2_000) * DAY_MS).astype(np.int64)
    seen = delay < age
    delays = delays_of(maturity_curve(delay[seen], age[seen]))
    known = np.array(DELAY_DAYS) <= delays.horizon_days
    assert np.isfinite(delays.within).tolist() == known.tolist()
    assert not known.all()
    assert delays.within[DELAY_DAYS.index(5)] == pytest.approx(1 - np.exp(-1), abs=0.06)


def test_curve_of_outcomes_without_any_found_has_the_error_of_what_was_given():
    """None of forty at five in a hundred proves nothing."""
    given = np.full(200, 0.05)
    curve = outcome_curve(np.zeros(200, dtype=np.int8), given, np.ones(200))
    assert curve.error == pytest.approx(np.sqrt(0.05 * 0.95 / 40))
