"""What feedback tells of a small history in which it is known what costs stars."""

import json
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features.event_file import from_events
from serving.insight.feedback.answered import Answered, answered_claims
from serving.insight.feedback.drivers import why
from serving.insight.feedback.groups import by_group, by_month, falling
from serving.insight.feedback.merchants import prior_strength, rated_merchants
from serving.insight.feedback.regression import least_squares, telling_rows
from serving.insight.feedback.report import FeedbackReport, feedback_report
from serving.insight.feedback.weighting import who_answers
from serving.insight.record import record_of
from tests.spec.drawing import draw
from tests.unit.serving.insight.feedback.rated import BASE_MS, DAY_MS, DENIED_COST, SLOW_COST, rated_events

UTC = ZoneInfo("UTC")
WAITING = """
    known_at | kind              | claim | action        | type          | verdict    | amount
    0d       | claim_filed       | c1    | -             | refund_only   | -          | 100
    0d       | claim_decided     | c1    | manual_review | -             | -          | 0
    3d       | claim_adjudicated | c1    | -             | -             | legitimate | -
    0d       | claim_filed       | c2    | -             | refund_only   | -          | 100
    0d       | claim_decided     | c2    | manual_review | -             | -          | 0
    0d       | claim_filed       | c3    | -             | return_refund | -          | 100
    1h       | claim_decided     | c3    | manual_review | -             | -          | 0
    2d       | claim_filed       | c4    | -             | refund_only   | -          | 100
"""


@pytest.fixture(scope="module")
def record():
    """A year of claims; denials and slow answers cost stars."""
    return record_of(from_events(rated_events(300)), BASE_MS, BASE_MS + 400 * DAY_MS)


@pytest.fixture(scope="module")
def answered(record) -> Answered:
    """The claims of the record that got an answer."""
    return answered_claims(record, UTC)


def test_question_to_a_person_is_no_answer_yet() -> None:
    """A claim that waits for a person isn't told of; one that was ruled on was answered then, and not denied."""
    drawn = WAITING.replace("| type          |", "| claim_type    |")
    record = record_of(from_events(list(draw(drawn).events)), BASE_MS, BASE_MS + 9 * DAY_MS)
    found = answered_claims(record, UTC)
    assert (found.hours.tolist(), found.denied.tolist()) == ([72.0, 1.0], [False, True])
    assert found.words["outcome"].tolist() == ["manual_review", "denied"]
    assert found.refund_days[0] == 3.0
    assert np.isnan(found.refund_days[1])


def test_known_costs_are_found_and_nothing_else_is_claimed(answered) -> None:
    """Denial and waiting cost what they cost; pictures and the type, which cost nothing, aren't sure to."""
    found = why(answered, answered.rating, "whole")
    sure = {driver.name: driver for driver in found.drivers if driver.sure}
    assert sure.keys() == {"denied", "wait_72h"}
    assert sure["denied"].low <= DENIED_COST <= sure["denied"].high
    assert sure["wait_72h"].low <= SLOW_COST <= sure["wait_72h"].high
    assert {"pictures", "returned"} <= {driver.name for driver in found.drivers}
    assert "by_person" in found.left_out  # all of them are: nothing to compare with


def test_ratings_that_never_differ_have_no_driver(answered) -> None:
    """All gave three stars to the return."""
    assert [driver.name for driver in why(answered, answered.steps["return"], "return").drivers if driver.sure] == []


def test_errors_grow_where_a_buyer_rates_many_times() -> None:
    """The same ratings of a tenth as many buyers tell less: their errors move together."""
    rng = np.random.default_rng(3)
    buyers = np.repeat(np.arange(40), 10)
    column = rng.integers(0, 2, 40)[buyers].astype(float)[:, np.newaxis]
    outcome = column[:, 0] + rng.normal(size=40)[buyers]
    [of_many], [of_few] = (least_squares(column, outcome, who) for who in (np.arange(400), buyers))
    assert of_many is not None
    assert of_few is not None
    having = column[:, 0] == 1
    assert of_few.value == of_many.value == pytest.approx(outcome[having].mean() - outcome[~having].mean())
    assert of_few.error > 2 * of_many.error


def test_effect_of_columns_that_differ_in_three_rows_is_told_by_three() -> None:
    """However many rows there are."""
    one = np.repeat([0.0, 1.0], 100)
    other = one.copy()
    other[:3] = 1.0
    assert telling_rows(np.column_stack([one, other])).max() < 5
    assert telling_rows(one[:, np.newaxis])[0] == pytest.approx(200)


def test_falling_groups_are_those_that_are_surely_lower(answered) -> None:
    """The denied and the slow, with intervals for all comparisons at once; no group that differs by chance."""
    groups = by_group(answered)
    assert {(name, group.key) for name, group in falling(groups)} == {("outcome", "denied"), ("wait", "within_72h")}
    [denied] = [group for group in groups["outcome"] if group.key == "denied"]
    assert (denied.claims, denied.count, denied.satisfied) == (75, 60, 0)
    assert denied.drop is not None
    assert denied.drop_low is not None
    assert denied.drop_low < denied.drop < 1
    assert sum(group.claims for group in by_month(answered)) == 300


def test_share_is_weighed_where_the_angry_answer_more(answered) -> None:
    """Where three of four who weren't denied say nothing, the plain share falls and the weighed one stays."""
    before = who_answers(answered)
    silent = ~answered.denied & (np.arange(len(answered)) % 8 < 6)
    after = who_answers(replace(answered, rating=np.where(silent, 0, answered.rating)))
    plain = (answered.rating[~silent] >= 4).sum() / (answered.rating[~silent] > 0).sum()
    assert before.share is not None
    assert after.share is not None
    assert plain < before.share - 0.1
    assert after.share == pytest.approx(before.share, abs=0.06)


def test_merchants_who_differ_by_chance_are_drawn_together(answered) -> None:
    """Seven merchants whose buyers live through the same; none is in both lists."""
    found = rated_merchants(answered)
    shares = [each.satisfied / each.count for each in (*found.lowest, *found.highest)]
    believed = [each.share for each in (*found.lowest, *found.highest)]
    assert max(believed) - min(believed) < (max(shares) - min(shares)) / 2
    assert not {each.merchant_id for each in found.lowest} & {each.merchant_id for each in found.highest}
    assert prior_strength(np.array([50, 50]), np.array([40, 40])) == 100


def test_report_comes_back_from_json_as_it_was(record) -> None:
    """What is kept is what was worked out; an empty record has a report, too."""
    for each in (record, record_of(from_events([]), 0, BASE_MS)):
        report = feedback_report(each, UTC)
        assert FeedbackReport.of_body(json.loads(json.dumps(report.to_body()))) == report
