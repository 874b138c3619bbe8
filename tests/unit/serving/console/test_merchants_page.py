"""The ranking of merchants and their scorecards, as people who oversee see them."""

import pytest

from serving.console.pages import merchants
from serving.insight.keeping import Kept
from serving.insight.merchants.ranking import BY_CLAIMS, MERCHANTS
from serving.insight.merchants.scorecard import MerchantScorecard
from serving.insight.tables import open_insight
from tests.unit.serving.cases.quality.worlds import NOW_MS, make_store
from tests.unit.serving.console.visiting import desk_of, visitor
from tests.unit.serving.insight.kept import keep

PATH = "/console/insight/merchants"
RANKED, FEW = 60, 3


def figure(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high}


def card(name: str, place: int | None) -> dict[str, object]:
    """A scorecard whose quality pulls it down."""
    rate = {
        "claims": 9,
        "rate": 0.3,
        "expected": 4.5,
        "ratio": figure(1.8, 1.1, 2.6),
        "shrunk_rate": figure(0.2, 0.1, 0.3),
    }
    quality = {
        "component": "quality", "cases": 30, "raw": 2.0, "figure": figure(1.8, 1.1, 2.6), "usual": 1.0,
        "points": figure(0.1, 0.02, 0.4), "weight": 1.0, "moves": -1.6, "formula": "",
    }  # fmt: skip
    counts = {"orders": 30, "claims": 9, "claims_without_order": 2}
    others = (
        "awaiting_verdict", "answered", "timed_out", "answered_in_time", "rulings_that_say", "at_fault", "disputed",
        "disputes_lost", "appeals", "appeals_lost", "delivered", "delivered_late", "undelivered", "ratings",
    )  # fmt: skip
    months = [{"from_ms": NOW_MS - 30 * each * 86_400_000, "orders": 15 * (each != 2), "claims": each, "expected": 2.0}
              for each in (3, 2, 1)]  # fmt: skip
    known = {
        "merchant_id": name, "place": place, "of_ranked": RANKED, "least_orders": 30, "score": figure(1.4, 1.1, 2.6),
        "score_formula": "", "left_out": ["rating"], "components": [quality],
        "all_claims": rate, "quality_claims": rate,
        "trend": {"trend": "worse", "ratio": figure(2.0, 1.2, 3.3), "claims_before": 3, "orders_before": 30},
        "counts": {**dict.fromkeys(others, 0), **counts}, "median_answer_hours": None, "median_shipping_hours": 5.0,
        "mean_rating": None, "months": months,
        "money": {"advances": 1, "advanced_minor": 1_000, "recovered_minor": 250, "recovered_share": 0.25},
        **dict.fromkeys(("as_of_ms", "from_ms", "orders_from_ms", "orders_until_ms"), NOW_MS),
    }  # fmt: skip
    return MerchantScorecard.model_validate(known).model_dump(mode="json")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Sixty merchants with a place and three without."""
    opened = make_store(tmp_path_factory.mktemp("merchants") / "store.db")
    open_insight(opened)
    names = [f"shop-{place:02}" for place in range(1, RANKED + 1)] + ["few-1", "few-2", "a/b <i>"]
    places = [*range(1, RANKED + 1), *[None] * FEW]
    cards = [
        Kept(name, rank, card(name, place)) for rank, (name, place) in enumerate(zip(names, places, strict=True), 1)
    ]
    by_claims = [Kept(name, rank, {}) for rank, name in enumerate([*names[:RANKED][::-1], *names[RANKED:]], 1)]
    keep(opened, MERCHANTS, cards, NOW_MS)
    keep(opened, BY_CLAIMS, by_claims, NOW_MS)
    yield opened
    opened.close()


def at(store, role="senior"):
    return visitor(desk_of(store, now_ms=lambda: NOW_MS), merchants.PAGES, "sue", role)


def test_ranking_shows_fifty_and_leads_on(store):
    """The next page begins where this one ended, in either order; those too few to rank can be shown alone."""
    first = at(store).get(PATH).text
    assert first.count('data-label="Place"') == 50
    assert "shop-50" in first
    assert "shop-51" not in first
    assert "sort=score&amp;show=all&amp;after=50" in first
    second = at(store).get(f"{PATH}?sort=score&show=all&after=50").text
    assert second.count('data-label="Place"') == 10 + FEW
    assert 'rel="next"' not in second
    assert "shop-60" in at(store).get(f"{PATH}?sort=claims").text
    few = at(store).get(f"{PATH}?show=few").text
    assert few.count('data-label="Place"') == FEW
    assert at(store).get(f"{PATH}?show=ranked&after=50").text.count('data-label="Place"') == 10


def test_merchant_is_found_by_the_beginning_of_its_id(store):
    """One leads to its scorecard, several are listed, none is said; what nobody can be called is no fault."""
    one = at(store).get(f"{PATH}?id=shop-07")
    assert (one.status_code, one.headers["location"]) == (303, f"{PATH}/shop-07")
    assert at(store).get(f"{PATH}?id=shop-1").text.count('data-label="Place"') == 10
    assert "No merchant is like that." in at(store).get(f"{PATH}?id=goose").text
    assert at(store).get(f"{PATH}?after=-1&sort=x&show=y").status_code == 200


def test_scorecard_says_what_pulls_it_down_and_how_it_is_made(store):
    """In words, with the interval drawn, the formula folded in, and what is left out; no markup of a merchant's id."""
    page = at(store).get(f"{PATH}/shop-07").text
    assert "Quality claims are 1.80 times what its categories would have; usual is 1.00." in page
    assert "−1.6" in page
    assert page.count('class="merchants-range"') == 2
    assert page.count("<polyline") == 2
    assert "so left out: Ratings" in page
    assert "CNY 2.50 of CNY 10.00" in page
    assert "2 belong to orders that aren&#39;t on record" in page
    assert "style=" not in page
    assert "shop-07" in at(store).get(f"{PATH}/shop-07?lang=zh-CN").text
    strange = at(store).get(f"{PATH}/a%2Fb%20%3Ci%3E").text
    assert "a/b &lt;i&gt;" in strange
    assert "too few to rank" in strange
    assert at(store).get(f"{PATH}/goose").status_code == 404


def test_table_is_given_as_a_file(store):
    """All merchants, whatever page one is on."""
    reply = at(store).get(f"{PATH}.csv")
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(reply.text.splitlines()) == 1 + RANKED + FEW


def test_pages_are_for_those_who_oversee(store):
    """A reviewer sees none of them."""
    for path in (PATH, f"{PATH}.csv", f"{PATH}/shop-07"):
        assert at(store, "reviewer").get(path).status_code == 403
        assert at(store, "administrator").get(path).status_code == 200


def test_ranking_before_the_first_time_says_what_to_run(tmp_path):
    """And after one that found nobody it says that."""
    empty = make_store(tmp_path / "empty.db")
    open_insight(empty)
    assert "clearclaim insight refresh" in at(empty).get(PATH).text
    keep(empty, MERCHANTS, [], NOW_MS)
    assert "No merchant had an order or a claim" in at(empty).get(PATH).text
    assert at(empty).get(f"{PATH}.csv").text.count("\n") == 1
    empty.close()
