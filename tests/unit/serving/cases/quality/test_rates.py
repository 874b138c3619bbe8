"""What gold cases and clocks tell of a team whose truth is known."""

import json
from dataclasses import astuple

import numpy as np
import pytest

from serving.cases.quality.arms import arm_figures, difference
from serving.cases.quality.chance import share
from serving.cases.quality.export import NoGoldError, reviewers_json
from serving.cases.quality.ratings import DoubledReview, GoldRuling
from serving.cases.quality.reliability import team_rates
from serving.cases.quality.team import team_figures
from tests.unit.serving.cases.quality.worlds import DAY_MS, NOW_MS, make_store, policy_with, review_of, write_cases

HOUR_MS = 3_600_000
REVIEW = policy_with().review


def gold(person, known, found, arm="first", taken_ms=60_000):
    return GoldRuling(person, "damaged", arm, known, found, taken_ms)


def simulated(random, people, each):
    """Gold cases of people with known rates, half of them abusive."""
    golds = []
    for name, (sensitivity, specificity) in people.items():
        for place in range(each):
            known = "abusive" if place % 2 else "legitimate"
            right = random.random() < (sensitivity if known == "abusive" else specificity)
            other = {"abusive": "legitimate", "legitimate": "abusive"}[known]
            golds.append(gold(name, known, known if right else other))
    return golds


def test_rates_of_a_simulated_team_lie_within_their_intervals():
    """Eight people of different quality, 60 gold cases each: nine in ten of the intervals hold the truth."""
    random = np.random.default_rng(11)
    held = told = 0
    for _ in range(12):
        rates = {f"r{place}": tuple(random.beta([16, 18], [4, 2])) for place in range(8)}
        found = team_rates(simulated(random, rates, 60), REVIEW)
        for name, truth in rates.items():
            for figure, true in zip(
                (found.reviewers[name].sensitivity, found.reviewers[name].specificity), truth, strict=True
            ):
                held += figure.low <= true <= figure.high
                told += 1
    assert held / told >= 0.9


def test_rates_of_somebody_with_few_gold_cases_are_the_teams():
    """Three wrong answers make nobody a cheat: who has few cases is held to the team, who has many stands alone."""
    golds = simulated(np.random.default_rng(5), {"old": (0.95, 0.95)}, 400)
    golds += [gold("new", "abusive", "legitimate")] * 3 + [gold("bad", "abusive", "legitimate")] * 200
    golds += [gold("new", "abusive", "undetermined")]
    found = team_rates(golds, REVIEW)
    assert abs(found.reviewers["new"].sensitivity.value - found.team.sensitivity.value) < 0.08
    assert found.reviewers["bad"].sensitivity.value < 0.1
    assert found.reviewers["old"].sensitivity.value > 0.88
    assert (found.reviewers["new"].undetermined, found.reviewers["new"].sensitivity.count) == (1, 3)
    assert found.reviewers["new"].right.value == 0


def test_arms_differ_by_what_reasons_do_and_few_cases_prove_nothing():
    """A true gain of 25 points is told by 400 cases of each arm; by eight, its interval holds zero."""
    random = np.random.default_rng(2)

    def golds(arm, accuracy, count):
        found = np.where(random.random(count) < accuracy, "abusive", "legitimate").tolist()
        return [gold("ann", "abusive", each, arm, 90_000 if arm == "never" else 60_000) for each in found]

    doubled = [DoubledReview("damaged", "first", ("a", "b"), ("deny", "deny"), ("abusive",) * 2)] * 12
    first, after_look, never = arm_figures(golds("first", 0.9, 400) + golds("never", 0.65, 400), doubled)
    assert first.gain.low > 0.1
    assert first.gain.low < 0.25 < first.gain.high
    assert (first.taken_ms.value, never.taken_ms.value) == (60_000, 90_000)
    assert (first.agreement.cases, never.agreement.cases) == (12, 0)
    assert not after_look.gain.is_told
    few = difference(share(7, 8), share(5, 8))
    assert few.low < 0 < few.high


def test_difference_of_shares_is_newcombes():
    """56 of 70 against 48 of 80, as published for his method 10, here from Jeffreys' intervals: near 0.05 to 0.34."""
    found = difference(share(56, 70), share(48, 80))
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=0.01)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Reviews of the last days, late and in time; golds, doubles, an appeal that overturned, one undone ruling."""
    opened = make_store(tmp_path_factory.mktemp("team") / "team.db")
    deny = {"ruling": "deny", "denial_reason": "false_statement"}
    day = [{"opened_at_ms": NOW_MS - 5 * HOUR_MS, "ruled_by": "ann"} for _ in range(10)]
    late = {"opened_at_ms": NOW_MS - 4 * DAY_MS}
    week = [{**late, "ruled_at_ms": NOW_MS - 4 * DAY_MS + wait * HOUR_MS} for wait in (2, 2, 30, 30)]
    golds = [
        {"kind": "gold", "known": known, "ruled_by": "bob"} for known in ("legitimate", "abusive") for _ in range(6)
    ]
    doubles = [
        {"kind": "double", "doubles": place, "ruled_by": "eve", "claim_id": f"C{place}"} for place in range(1, 11)
    ]
    doubles[0]["ruling"] = deny
    appeal = {"kind": "appeal", "claim_id": "C11", "ruling": deny, "opened_at_ms": NOW_MS - DAY_MS}
    waiting = {
        "state": "waiting",
        "ruled_by": None,
        "ruled_at_ms": None,
        "closed_at_ms": None,
        "opened_at_ms": NOW_MS - 7,
    }
    write_cases(opened, [*day, *week, *golds, *doubles, appeal])
    review_of(opened, "waits", waiting["opened_at_ms"])
    yield opened
    opened.close()


def test_team_figures_of_a_small_team_are_what_was_done(store):
    """Clocks, backlog, hours, agreement, gold accuracy, appeals: counted by hand."""
    figures = team_figures(store, policy_with(), NOW_MS)
    day, week, month = figures.clocks
    assert (day.answered, day.target.value, day.limit.value) == (10, 1.0, 1.0)
    assert (week.answered, week.target.value, round(week.limit.value, 3)) == (14, 10 / 14, round(12 / 14, 3))
    assert astuple(month)[1:] == astuple(week)[1:]
    assert (figures.backlog.open, figures.backlog.late, figures.backlog.oldest_ms) == (1, 0, NOW_MS - 7)
    assert figures.hours[-5].opened + figures.hours[-6].opened == 10
    assert figures.hours[-1].open_at_end == 1
    assert (figures.rulings.cases, figures.rulings.share.value) == (10, 0.9)
    assert list(figures.by_reason) == ["damaged"]
    assert (figures.rates.team.right.value, figures.rates.reviewers["bob"].right.count) == (0.5, 12)
    assert (figures.overturned.value, figures.overturned.count) == (1.0, 1)
    assert (figures.undone.value, figures.undone.count > 20) == (0.0, True)


def test_reviewers_file_says_what_gold_cases_told(store, tmp_path):
    """Names, rates and how many cases tell of them; a store without gold cases says what to do."""
    told = json.loads(reviewers_json(store, REVIEW, days=180, now_ms=NOW_MS))
    assert (told["gold_cases"], list(told["reviewers"])) == (12, ["bob"])
    assert told["reviewers"]["bob"]["sensitivity"]["gold_cases"] == 6
    assert told["reviewers"]["bob"]["sensitivity"]["value"] < told["reviewers"]["bob"]["specificity"]["value"]
    empty = make_store(tmp_path / "empty.db")
    with pytest.raises(NoGoldError, match="gold_share"):
        reviewers_json(empty, REVIEW, days=180, now_ms=NOW_MS)
    empty.close()
