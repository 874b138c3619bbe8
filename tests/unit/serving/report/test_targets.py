"""Each target's figure, on histories small enough to count by hand."""

import sqlalchemy as sa

from features.plan import default_plan
from features.store import Store
from serving.cases.quality.tables import DRILL_ANSWER
from serving.report.checklist import checklist, transparency, verify
from serving.report.quarter import Quarter
from serving.report.targets import TARGETS
from serving.report.targets.complaints import complaints
from serving.report.targets.consistency import consistency
from serving.report.targets.delivery import on_time
from serving.report.targets.feedback import feedback
from serving.report.targets.response import within_day, within_hour
from serving.report.targets.satisfaction import satisfaction
from serving.report.targets.training import training
from tests.spec.drawing import BASE_MS
from tests.unit.serving.cases.quality.worlds import write_cases
from tests.unit.serving.report.drawn import AFTER_MS, DAY_MS, HOUR_MS, fill, ground_of

CLAIMS = """
    known_at | kind              | claim | order | action        | claim_reason | verdict    | rating | feedback_step
    10d      | claim_filed       | auto  | -     | -             | damaged      | -          | -      | -
    10d      | claim_decided     | auto  | -     | auto_approve  | -            | -          | -      | -
    11d      | claim_filed       | quick | -     | -             | other        | -          | -      | -
    11d      | claim_decided     | quick | -     | manual_review | -            | -          | -      | -
    11d+1h   | claim_adjudicated | quick | -     | -             | -            | legitimate | -      | -
    12d      | claim_adjudicated | quick | -     | -             | -            | abusive    | -      | -
    13d      | claim_filed       | slow  | -     | -             | defective    | -          | -      | -
    13d      | claim_decided     | slow  | -     | manual_review | -            | -          | -      | -
    14d+1ms  | claim_adjudicated | slow  | -     | -             | -            | abusive    | -      | -
    20d      | claim_filed       | open  | -     | -             | other        | -          | -      | -
    20d      | claim_decided     | open  | -     | manual_review | -            | -          | -      | -
    21d      | claim_filed       | other | -     | -             | other        | -          | -      | -
    22d      | feedback_given    | auto  | -     | -             | -            | -          | 1      | -
    23d      | feedback_given    | auto  | -     | -             | -            | -          | 5      | -
    24d      | feedback_given    | quick | -     | -             | -            | -          | 3      | -
    25d      | feedback_given    | quick | -     | -             | -            | -          | 5      | refund
"""
ORDERS = """
    known_at | kind            | order | order_promised_at
    1d       | order_paid      | early | 5d
    5d       | order_delivered | early | -
    1d       | order_paid      | late  | 5d
    5d+1ms   | order_delivered | late  | -
    1d       | order_paid      | never | 6d
    1d       | order_paid      | free  | -
    7d       | order_delivered | free  | -
"""


def test_response_is_the_first_answer_and_silence_is_late(store: Store) -> None:
    """A decision and an early verdict are in time, a second verdict changes nothing, an open claim is late."""
    fill(store, CLAIMS)
    with ground_of(store) as ground:
        hour, day = within_hour(ground), within_day(ground)
    assert (hour.value.hits, hour.value.count) == (2, 4)
    assert (day.value.hits, day.value.count) == (2, 4)  # `slow` took a day and a millisecond
    parts = {each.key: (each.value.hits, each.value.count) for each in hour.beside}
    assert parts["response_automatic"] == (1, 1)
    assert parts["response_reviewed"] == (1, 3)
    assert [said.values for said in hour.missing] == [{"count": "1"}]  # `other` was answered elsewhere, if at all


def test_claim_of_a_running_quarter_is_not_late_before_its_time(store: Store) -> None:
    """Half an hour after it was filed, an open claim may still be answered within the hour."""
    fill(store, CLAIMS)
    with ground_of(store, BASE_MS + 20 * DAY_MS + HOUR_MS // 2) as ground:
        assert within_hour(ground).value.count == 3
    with ground_of(store, BASE_MS + 20 * DAY_MS + HOUR_MS) as ground:
        assert within_hour(ground).value.count == 4
        assert within_day(ground).value.count == 3


def test_satisfaction_takes_the_last_rating_of_a_claim(store: Store) -> None:
    """Who thought better of it counts once, and a step isn't the whole; every rating counts as feedback."""
    fill(store, CLAIMS)
    with ground_of(store) as ground:
        satisfied, given = satisfaction(ground), feedback(ground)
    assert (satisfied.value.hits, satisfied.value.count) == (1, 2)
    assert satisfied.value.low < 0.5 < satisfied.value.high
    assert (given.value.value, given.standing) == (4, "missed")


def test_on_time_is_the_promised_millisecond_at_the_latest(store: Store) -> None:
    """What never came is late, and what was never promised plays no part."""
    fill(store, ORDERS)
    with ground_of(store) as ground:
        target = on_time(ground)
    assert (target.value.hits, target.value.count) == (1, 3)
    assert (target.beside[0].value.hits, target.beside[0].value.count) == (1, 3)


def test_complaints_without_a_delivery_are_missing(store: Store) -> None:
    """Nothing is divided by nothing."""
    fill(store, CLAIMS)
    with ground_of(store) as ground:
        assert complaints(ground).standing == "missing"


def test_complaint_rate_divides_by_deliveries(store: Store) -> None:
    """One quality claim on two lines delivered in the quarter; a third came before it, and a change of mind is none."""
    fill(
        store,
        """
        known_at | kind            | order | claim | claim_reason
        -2d      | order_paid      | a     | -     | -
        -1d      | order_delivered | a     | -     | -
        0d       | order_paid      | b     | -     | -
        1d       | order_delivered | b     | -     | -
        2d       | order_paid      | c     | -     | -
        3d       | order_delivered | c     | -     | -
        4d       | claim_filed     | a     | one   | counterfeit
        5d       | claim_filed     | b     | two   | changed_mind
        """,
    )
    with ground_of(store) as ground:
        target = complaints(ground)
    assert (target.value.hits, target.value.count, target.standing) == (1, 2, "missed")


def test_consistency_counts_doubles_alike_and_gold_cases_right(store: Store) -> None:
    """Two people differ on one of three; one of two gold cases is found."""
    at_ms = BASE_MS + 10 * DAY_MS
    deny = {"ruling": "deny", "denial_reason": "false_statement"}
    reviews = [{"opened_at_ms": at_ms} for _ in range(4)]
    doubles = [
        {"kind": "double", "doubles": number, "opened_at_ms": at_ms + DAY_MS, "ruled_by": "ben", "ruling": ruling}
        for number, ruling in ((1, {"ruling": "approve"}), (2, {"ruling": "approve"}), (3, deny))
    ]
    golds = [
        {"kind": "gold", "known": known, "opened_at_ms": at_ms, "ruling": deny} for known in ("abusive", "legitimate")
    ]
    later = {"kind": "double", "doubles": 4, "opened_at_ms": BASE_MS + 100 * DAY_MS, "ruled_by": "ben"}
    write_cases(store, [*reviews, *doubles, *golds, later])
    with ground_of(store) as ground:
        target = consistency(ground)
    assert (target.value.hits, target.value.count, target.standing) == (2, 3, "unsure")
    assert (target.beside[0].value.hits, target.beside[0].value.count) == (1, 2)


def test_quarter_without_a_rating_after_one_with_some_misses_its_number(store: Store) -> None:
    """Ratings are sent, so none is a figure; where none is on record at all, nobody knows."""
    fill(store, CLAIMS)
    with ground_of(store, AFTER_MS + 91 * DAY_MS, Quarter(2024, 2)) as ground:
        target = feedback(ground)
    assert (target.value.value, target.standing) == (0, "missed")


def test_staff_is_trained_who_answered_a_drill_in_the_quarter(store: Store) -> None:
    """A drill that was only begun trains nobody, nor does one of the quarter before."""
    at_ms = BASE_MS + 10 * DAY_MS
    write_cases(store, [{"opened_at_ms": at_ms, "ruled_by": who} for who in ("ann", "ben", "chen", "ann")])
    drill = {"run": 1, "claim_id": "C", "verdict": "abusive", "why": "audit", "denial_reason": None, "is_right": True}
    rows = [("ann", at_ms, "deny"), ("ben", None, None), ("chen", BASE_MS - DAY_MS, "deny"), ("dora", at_ms, "deny")]
    with store.writing() as connection:
        for place, (person, answered_ms, ruling) in enumerate(rows):
            row = {**drill, "place": place, "person": person, "answered_at_ms": answered_ms, "ruling": ruling}
            connection.execute(sa.insert(DRILL_ANSWER).values(row))
    with ground_of(store) as ground:
        target = training(ground)
    assert (target.value.hits, target.value.count, target.standing) == (1, 3, "missed")


def test_empty_store_says_of_every_target_what_is_missing(store: Store, tmp_path) -> None:
    """Nothing fails on nothing, and nothing is missed, with and without the tables of a service."""
    bare = Store.open(f"sqlite:///{tmp_path}/bare.db", default_plan())
    for each in (store, bare):
        with ground_of(each) as ground:
            told = [measure(ground) for measure in TARGETS]
            told.append(transparency(checklist(ground, verify(each), told)))
        assert {target.name for target in told if not target.missing} == set()
        assert {target.standing for target in told} == {"missing"}
    bare.close()
