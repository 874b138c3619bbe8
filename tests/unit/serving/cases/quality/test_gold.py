"""Gold cases and doubles come to people as ordinary cases, in the policy's shares, and never to who knows the claim."""

import pytest
import sqlalchemy as sa

from serving.cases.case import cases_of_claim, find_case
from serving.cases.quality.answers import (
    Finding,
    GoldError,
    KnownAnswer,
    add_gold,
    answer_of,
    choose_gold,
    end_gold,
    gold_candidates,
    verdict_of,
)
from serving.cases.quality.doubles import is_doubled, open_doubles
from serving.cases.quality.gold import open_gold_cases
from serving.cases.quality.tables import DOUBLE_CASE, GOLD_ANSWER
from serving.cases.stepping import take_step
from serving.cases.tables import REVIEW_CASE
from serving.ledger import DECISION
from tests.unit.serving.cases.quality.worlds import DAY_MS, NOW_MS, make_store, policy_with, review_of, rule, settle

MINUTE_MS = 60_000


@pytest.fixture
def store(tmp_path):
    with_tables = make_store(tmp_path / "cases.db")
    yield with_tables
    with_tables.close()


def cases(store, kind):
    with store.reading() as connection:
        numbers = connection.scalars(
            sa.select(REVIEW_CASE.c.number).where(REVIEW_CASE.c.kind == kind).order_by(REVIEW_CASE.c.number)
        ).all()
        return [find_case(connection, number) for number in numbers]


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ([("abusive", "audit", "ann")], ("abusive", "audit")),
        ([("legitimate", "inspection", None)], ("legitimate", "inspection")),
        ([("abusive", "reviewer", "ann")], None),
        ([("abusive", "reviewer", "ann"), ("abusive", "reviewer", "ann")], None),
        ([("abusive", "reviewer", "ann"), ("abusive", "reviewer", "bob")], ("abusive", "agreement")),
        ([("abusive", "reviewer", "ann"), ("legitimate", "audit", "bob")], None),
        ([("abusive", "reviewer", "ann"), ("legitimate", "appeal", "bob")], ("legitimate", "appeal")),
        ([("undetermined", "audit", "ann")], None),
    ],
)
def test_answer_of_findings_is_known_only_where_it_can_be_relied_on(said, known):
    """An appeal decides; otherwise an audit, an inspection or two people, with nobody against them."""
    findings = [Finding(verdict, source, who, place) for place, (verdict, source, who) in enumerate(said)]
    found = answer_of("c1", findings, before_ms=100)
    assert (found and (found.verdict, found.why)) == known
    assert answer_of("c1", findings, before_ms=-1) is None


@pytest.mark.parametrize(
    ("ruling", "verdict"),
    [
        ({"ruling": "approve"}, "legitimate"),
        ({"ruling": "partly_approve", "amount_minor": 5}, "legitimate"),
        ({"ruling": "deny", "denial_reason": "false_statement"}, "abusive"),
        ({"ruling": "deny", "denial_reason": "no_evidence"}, "undetermined"),
        ({"ruling": "deny"}, "undetermined"),
    ],
)
def test_verdict_of_a_ruling_is_what_learning_takes_from_it(ruling, verdict):
    """Who was refused for want of evidence wasn't found to have cheated."""
    assert verdict_of(ruling) == verdict


def test_gold_share_of_a_day_is_exact(store):
    """Of 60 reviews a tenth more are gold, however often and in whichever steps they are opened; the next day anew."""
    settle(store, {f"old{place}": [("abusive", "audit", "zoe")] for place in range(12)})
    policy = policy_with(gold_share=0.1)
    for place in range(60):
        review_of(store, f"c{place}", NOW_MS + place)
        if place % 7 == 0:
            open_gold_cases(store, policy, NOW_MS + place)
    while open_gold_cases(store, policy, NOW_MS + 100):
        pass
    assert len(cases(store, "gold")) == 6
    assert open_gold_cases(store, policy, NOW_MS + DAY_MS) == 0
    for place in range(20):
        review_of(store, f"d{place}", NOW_MS + DAY_MS)
    open_gold_cases(store, policy, NOW_MS + DAY_MS)
    assert len(cases(store, "gold")) == 8
    assert open_gold_cases(store, policy_with(gold_share=0.0), NOW_MS + DAY_MS) == 0


def test_gold_case_looks_like_a_review_and_is_for_nobody_who_knows_the_claim(store):
    """Its clocks run from now, its figures are the claim's, and who ruled by event or on a case doesn't get it."""
    settle(store, {"old": [("abusive", "reviewer", "zoe"), ("abusive", "reviewer", "yan")]})
    rule(store, review_of(store, "old", NOW_MS - 40 * DAY_MS), "xia", NOW_MS - 40 * DAY_MS + MINUTE_MS)
    policy = policy_with(gold_share=1.0)
    review_of(store, "c1")
    assert open_gold_cases(store, policy, NOW_MS + 5) == 1
    (gold,) = cases(store, "gold")
    assert gold.not_for == {"xia", "yan", "zoe"}
    assert (gold.claim_id, gold.amount_minor, gold.claim_type) == ("old", 5_900, "refund_only")
    assert (gold.opened_at_ms, gold.limit_ms) == (NOW_MS + 5, NOW_MS + 5 + policy.review.limit_hours * 60 * MINUTE_MS)
    assert gold.opened_at_ms < gold.due_ms <= gold.limit_ms
    assert "abusive" not in repr(gold)


def test_claim_that_was_decided_without_a_person_is_no_gold_claim(store):
    """Its page would show that it was approved, which no review's does."""
    settle(store, {"auto": [("abusive", "audit", "zoe")]})
    with store.writing() as connection:
        connection.execute(sa.update(DECISION).values(action="auto_approve"))
        add_gold(connection, KnownAnswer("auto", "abusive", "audit"), by="eve", now_ms=NOW_MS)  # of before
    assert gold_candidates(store, NOW_MS) == []
    with pytest.raises(GoldError, match="without a person"):
        choose_gold(store, "auto", by="eve", now_ms=NOW_MS)
    review_of(store, "c1")
    assert open_gold_cases(store, policy_with(gold_share=1.0), NOW_MS + 5) == 0


def test_gold_case_is_not_opened_while_its_claim_has_an_open_case(store):
    """One claim is with one person at a time; once its case has closed, it may come again, to somebody else."""
    settle(store, {"old": [("legitimate", "audit", "zoe")]})
    policy = policy_with(gold_share=1.0)
    for place in range(3):
        review_of(store, f"c{place}")
    assert open_gold_cases(store, policy, NOW_MS) == 1
    assert open_gold_cases(store, policy, NOW_MS) == 0
    rule(store, cases(store, "gold")[0], "ann", NOW_MS + MINUTE_MS)
    assert open_gold_cases(store, policy, NOW_MS + 3 * MINUTE_MS) == 1
    assert cases(store, "gold")[1].not_for == {"ann", "zoe"}


def test_gold_claims_are_chosen_and_ended_by_people(store):
    """A candidate can be chosen; one that nothing settles can't, and one that was ended is given out no more."""
    settle(store, {"old": [("abusive", "inspection", None)], "open": [("abusive", "reviewer", "ann")]})
    assert [each.answer.claim_id for each in gold_candidates(store, NOW_MS)] == ["old"]
    with pytest.raises(GoldError, match="nothing that has settled"):
        choose_gold(store, "open", by="sue", now_ms=NOW_MS)
    with pytest.raises(GoldError, match="no decision"):
        choose_gold(store, "none", by="sue", now_ms=NOW_MS)
    assert choose_gold(store, "old", by="sue", now_ms=NOW_MS).why == "inspection"
    assert gold_candidates(store, NOW_MS) == []
    end_gold(store, "old", NOW_MS)
    review_of(store, "c1")
    assert open_gold_cases(store, policy_with(gold_share=1.0), NOW_MS) == 0
    with store.reading() as connection:
        assert connection.scalar(sa.select(GOLD_ANSWER.c.chosen_by)) == "sue"


def test_doubles_are_the_drawn_claims_once_each_and_blind(store):
    """Of closed reviews those whose hash says so are opened again, once, for others, and look like any other case."""
    policy = policy_with(double_share=0.3)
    claims = [f"c{place}" for place in range(40)]
    drawn = {claim for claim in claims if is_doubled(policy, claim)}
    assert 4 < len(drawn) < 20
    open_doubles(store, policy, NOW_MS - MINUTE_MS)
    for claim in claims:
        rule(store, review_of(store, claim, reasons_arm="never"), "ann", NOW_MS + MINUTE_MS)
    moment = NOW_MS + 5 * MINUTE_MS
    assert open_doubles(store, policy, moment) == len(drawn)
    assert open_doubles(store, policy, moment + MINUTE_MS) == 0
    doubles = cases(store, "double")
    assert {case.claim_id for case in doubles} == drawn
    for case in doubles:
        assert (case.not_for, case.reasons_arm, case.opened_at_ms) == ({"ann"}, "never", moment)
        assert (case.ruling, case.assigned_to, case.state) == (None, None, "waiting")
    with store.reading() as connection:
        assert len(connection.execute(sa.select(DOUBLE_CASE)).all()) == len(drawn)


def test_double_of_a_withdrawn_review_or_of_a_claim_under_appeal_is_not_opened(store):
    """Where nobody ruled there is nothing to compare, and an appeal is not disturbed."""
    policy = policy_with(double_share=1.0)
    open_doubles(store, policy, NOW_MS - MINUTE_MS)
    withdrawn = review_of(store, "c1")
    with store.writing() as connection:
        take_step(connection, withdrawn, "withdrawn", by="clearclaim", at_ms=NOW_MS, closed_at_ms=NOW_MS)
    rule(store, review_of(store, "c2"), "ann", NOW_MS + MINUTE_MS)
    review_of(store, "c2", kind="appeal")
    assert open_doubles(store, policy, NOW_MS + 3 * MINUTE_MS) == 0
    with store.reading() as connection:
        assert len(cases_of_claim(connection, "c2")) == 2


def test_review_that_waited_for_evidence_is_not_doubled(store):
    """What the party brought is on the review alone, and nobody could be asked a second time."""
    policy = policy_with(double_share=1.0)
    open_doubles(store, policy, NOW_MS - MINUTE_MS)
    case = review_of(store, "c1")
    with store.writing() as connection:
        case = take_step(connection, case, "taken", by="ann", at_ms=NOW_MS, assigned_to="ann")
        case = take_step(connection, case, "evidence_asked", by="ann", at_ms=NOW_MS)
        case = take_step(connection, case, "evidence_given", by="key", at_ms=NOW_MS)
    rule(store, case, "ann", NOW_MS + MINUTE_MS)
    assert open_doubles(store, policy, NOW_MS + 5 * MINUTE_MS) == 0


def test_claim_that_takes_two_people_is_neither_gold_nor_doubled(store):
    """A ruling of two says too little of either."""
    settle(store, {"old": [("legitimate", "audit", "zoe")]})
    policy = policy_with(gold_share=1.0, double_share=1.0, second_person_above_minor=5_899)
    open_doubles(store, policy, NOW_MS - MINUTE_MS)
    rule(store, review_of(store, "c1"), "ann", NOW_MS + MINUTE_MS)
    later = NOW_MS + 5 * MINUTE_MS
    assert (open_gold_cases(store, policy, later), open_doubles(store, policy, later)) == (0, 0)
    enough = policy_with(gold_share=1.0, double_share=1.0, second_person_above_minor=5_900)
    rule(store, review_of(store, "c2"), "ann", later)
    latest = later + 5 * MINUTE_MS
    assert (open_gold_cases(store, enough, latest), open_doubles(store, enough, latest)) == (1, 2)
