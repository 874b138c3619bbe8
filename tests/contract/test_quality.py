"""Gold cases, doubles and the team's figures are the same on every database, and several processes do nothing twice."""

import pytest
import sqlalchemy as sa

from serving.cases.case import case_of_row
from serving.cases.quality.doubles import open_doubles
from serving.cases.quality.drill import answer_drill, find_drill, start_drill
from serving.cases.quality.gold import open_gold_cases
from serving.cases.quality.team import team_figures
from serving.cases.tables import REVIEW_CASE
from tests.contract.at_once import at_once
from tests.unit.serving.cases.quality.worlds import NOW_MS, policy_with, review_of, rule, settle, with_tables

MINUTE_MS = 60_000
POLICY = policy_with(gold_share=0.5, double_share=1.0)


@pytest.fixture
def cases(open_store, url):
    """A store with past claims that were settled."""
    store = with_tables(open_store(url))
    settle(store, {f"old{place}": [(("abusive", "legitimate")[place % 2], "audit", "zoe")] for place in range(8)})
    return store


def of_kind(store, kind):
    with store.reading() as connection:
        query = sa.select(REVIEW_CASE).where(REVIEW_CASE.c.kind == kind).order_by(REVIEW_CASE.c.number)
        return [case_of_row(row) for row in connection.execute(query)]


def test_quality_from_opened_cases_to_figures(cases):
    """Two processes at once open each gold case and each double once, and what is ruled is found in the figures."""
    open_doubles(cases, POLICY, NOW_MS)
    reviews = [review_of(cases, f"c{place}") for place in range(4)]
    assert at_once(*[lambda: open_gold_cases(cases, POLICY, NOW_MS)] * 2) == []
    golds = of_kind(cases, "gold")
    assert (len(golds), {tuple(case.not_for) for case in golds}) == (2, {("zoe",)})
    for place, case in enumerate([*reviews, *golds]):
        rule(cases, case, "ann", NOW_MS + place * MINUTE_MS)
    later = NOW_MS + 20 * MINUTE_MS
    assert at_once(*[lambda: open_doubles(cases, POLICY, later)] * 2) == []
    doubles = of_kind(cases, "double")
    assert sorted(case.claim_id for case in doubles) == ["c0", "c1", "c2", "c3"]
    for case in doubles:
        rule(cases, case, "bob", later + MINUTE_MS, denial_reason=None if case.claim_id != "c3" else "false_statement")
    figures = team_figures(cases, POLICY, later + 3 * MINUTE_MS)
    assert (figures.rulings.cases, figures.rulings.share.value) == (4, 0.75)
    assert (figures.rates.team.right.count, figures.clocks[0].answered) == (2, 4)
    assert (figures.backlog.open, sum(hour.closed for hour in figures.hours)) == (0, 10)
    assert figures.arms[0].accuracy.count + figures.arms[1].accuracy.count + figures.arms[2].accuracy.count == 2


def test_drill_on_a_database(cases):
    """What is answered stands, and the score is counted from it."""
    number = start_drill(cases, "ann", cases=3, reason="other", now_ms=NOW_MS)
    drill = find_drill(cases, number, "ann")
    answers = [answer_drill(cases, drill, place, "approve", None, NOW_MS) for place in (1, 2, 3)]
    assert find_drill(cases, number, "ann").right == sum(answer.verdict == "legitimate" for answer in answers)
    assert find_drill(cases, number, "ann").next is None
