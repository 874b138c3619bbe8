"""Scorecards say how merchants serve, and don't punish small ones for luck."""

import csv
from collections.abc import Iterable
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from features.event_file import from_events
from features.events import Event, EventKind
from features.plan import default_plan
from features.store import Store
from features.store.bulk import import_events
from serving.cases.stepping import open_cases
from serving.cases.tables import REVIEW_CASE
from serving.insight.merchants.appealing import merchant_appeals
from serving.insight.merchants.csv_file import csv_lines
from serving.insight.merchants.making import scorecards
from serving.insight.merchants.ranking import BY_CLAIMS, MERCHANTS, every_card, page_of, starting_with
from serving.insight.merchants.scorecard import MerchantScorecard
from serving.insight.merchants.settings import MerchantSettings
from serving.insight.record import Record, record_of
from serving.insight.refreshing import refresh
from serving.insight_command import insight
from serving.policy import default_policy_path, read_policy
from tests.spec.drawing import BASE_MS

DAY_MS = 86_400_000
UNTIL_MS = BASE_MS + 400 * DAY_MS
QUALITY = ("defective", "damaged")


def sold(
    merchant: str, orders: int, claims: int, day: float = 300, category: str = "home", **claim: Any
) -> list[Event]:
    """Orders of a merchant paid on a day, the first of them with a claim 5 days later."""
    events = []
    for place in range(orders):
        order = f"{merchant} {day} {category} {place}"
        paid_ms = BASE_MS + int(day * DAY_MS) + place
        known = {"buyer_id": "ann", "merchant_id": merchant, "product_id": "mug", "category_id": category}
        events.append(event(EventKind.ORDER_PAID, paid_ms, f"{order} paid", order_id=order, quantity=1, **known))
        if place < claims:
            asked = {
                "claim_reason": "defective",
                "claim_type": "refund_only",
                "claim_id": order,
                "order_id": order,
                "quantity": 1,
            }
            filed = {**known, **asked, **claim}
            events.append(event(EventKind.CLAIM_FILED, paid_ms + 5 * DAY_MS, f"{order} filed", **filed))
    return events


def event(kind: EventKind, at_ms: int, name: str, **fields: Any) -> Event:
    fields = {"amount_minor": 1_000, **fields}
    return Event(event_id=name, kind=kind, occurred_at_ms=at_ms, known_at_ms=at_ms, **fields)


def record(events: Iterable[Event], until_ms: int = UNTIL_MS) -> Record:
    return record_of(from_events(list(events)), BASE_MS, until_ms)


def cards_of(events: Iterable[Event], **settings: Any) -> dict[str, MerchantScorecard]:
    """The scorecards by merchant, in their order."""
    made = scorecards(record(events), QUALITY, settings=MerchantSettings(**settings))
    return {card.merchant_id: card for card in made}


def market() -> list[Event]:
    """Forty usual merchants who differ, one that is bad for sure, and a small one that had bad luck."""
    usual = [each for place in range(40) for each in sold(f"usual-{place:02}", 200, 6 + place % 9)]
    return [*usual, *sold("bad", 200, 60), *sold("small", 2, 1), *sold("few", 31, 3)]


def test_merchant_is_held_to_what_its_categories_have():
    """A third of wear comes back from everybody: who sells wear isn't worse than who sells pans."""
    events = [
        *sold("wear", 60, 20, category="wear"),
        *sold("wear-too", 60, 20, category="wear"),
        *sold("pans", 60, 2, category="pans"),
        *sold("pans-too", 60, 2, category="pans"),
    ]
    cards = cards_of(events)
    assert cards["wear"].all_claims.expected == pytest.approx(20)
    assert cards["pans"].all_claims.expected == pytest.approx(2)
    assert cards["wear"].score.value == pytest.approx(cards["pans"].score.value, abs=0.01)
    assert [card.quality_claims.ratio.value for card in cards.values()] == pytest.approx([1] * 4, abs=0.01)
    assert cards["wear"].all_claims.rate == pytest.approx(1 / 3, abs=1e-6)


def test_small_merchant_is_not_punished_for_luck():
    """One claim of two orders is 50 %, and says little: the figure stays near the usual one, and there is no place."""
    cards = cards_of(market())
    small, bad = cards["small"], cards["bad"]
    assert small.all_claims.rate == 0.5
    assert small.place is None
    assert small.quality_claims.shrunk_rate.value < 0.1 < bad.quality_claims.shrunk_rate.low
    assert 2 < small.score.value < 3.01
    assert bad.score.high < small.score.value
    assert bad.place == bad.of_ranked == 42  # 40 usual ones, the bad one and the one of few orders
    assert list(cards)[-1] == "small"
    assert 5 < cards["few"].place < 42


def test_order_too_young_for_a_claim_makes_nobody_better():
    """Orders of the last 30 days don't count, nor do claims that came later than others could."""
    events = [*sold("a", 50, 5), *sold("a", 500, 0, day=380), *sold("b", 50, 5)]
    late = event(
        EventKind.CLAIM_FILED, BASE_MS + 340 * DAY_MS, "late", order_id="b 300 home 40", claim_id="late",
        merchant_id="b", buyer_id="ann", product_id="mug", claim_type="refund_only", claim_reason="defective",
    )  # fmt: skip
    cards = cards_of([*events, late])
    assert (cards["a"].counts.orders, cards["a"].all_claims.claims) == (50, 5)
    assert (cards["b"].counts.claims, cards["b"].all_claims.claims) == (6, 5)


def test_trend_is_told_only_where_it_is_beyond_chance():
    """From 5 claims to 40 is worse and the other way better; from 5 to 7 nobody knows."""
    rises, falls, stays = (
        [*sold(name, 100, before, day=200), *sold(name, 100, now)]
        for name, before, now in (("rises", 5, 40), ("falls", 40, 5), ("stays", 5, 7))
    )
    cards = cards_of([*rises, *falls, *stays, *sold("new", 100, 7)])
    assert {name: card.trend.trend for name, card in cards.items()} == {
        "rises": "worse", "falls": "better", "stays": "unsure", "new": "unsure",
    }  # fmt: skip
    assert cards["new"].trend.ratio is None
    assert sum(month.orders for month in cards["rises"].months) == 200


def test_answers_disputes_and_money_are_counted_as_they_came():
    """Answered in time, late, or not at all; refused and found at fault is lost; advances come back in part."""
    events = sold("shop", 40, 4)
    ids = [f"shop 300 home {place}" for place in range(4)]
    filed_ms = BASE_MS + 305 * DAY_MS
    for claim, said, hours in zip(ids, ("refused", "refused", "agreed", "timed_out"), (1, 3, 30, 48), strict=True):
        moment = filed_ms + hours * 3_600_000
        told = {"claim_id": claim, "merchant_response": said, "amount_minor": None}
        events.append(event(EventKind.MERCHANT_RESPONDED, moment, f"{claim} said", **told))
    for claim, at_fault in zip(ids[:3], (True, False, None), strict=True):
        ruled = {"verdict": "legitimate", "verdict_source": "reviewer", "merchant_at_fault": at_fault}
        events.append(
            event(EventKind.CLAIM_ADJUDICATED, filed_ms + 9 * DAY_MS, f"{claim} ruled", claim_id=claim, **ruled)
        )
    events.append(
        event(EventKind.ADVANCE_SETTLED, filed_ms + 20 * DAY_MS, "settled", claim_id=ids[0], recovered_minor=250)
    )
    for after, (stars, step) in enumerate(((5, None), (2, None), (1, "filing"))):  # the last one of the whole counts
        rated = {"claim_id": ids[0], "rating": stars, "feedback_step": step}
        events.append(event(EventKind.FEEDBACK_GIVEN, filed_ms + after, f"{stars}", **rated))
    [card] = cards_of(events).values()
    counts = card.counts
    assert (counts.claims, counts.awaiting_verdict) == (4, 1)
    assert (counts.answered, counts.timed_out, counts.answered_in_time) == (3, 1, 2)
    assert card.median_answer_hours == pytest.approx(3, abs=0.01)
    assert (counts.rulings_that_say, counts.at_fault, counts.disputed, counts.disputes_lost) == (2, 1, 2, 1)
    assert (card.money.advanced_minor, card.money.recovered_minor, card.money.recovered_share) == (1_000, 250, 0.25)
    assert (counts.ratings, card.mean_rating) == (1, 2.0)
    assert card.left_out == ["delivery"]
    assert sum(each.weight for each in card.components) == pytest.approx(1, abs=1e-5)


def test_score_is_what_its_formula_says():
    """Anybody can work it out again from the components that are shown."""
    for card in cards_of(market()).values():
        points = sum(each.weight * each.points.value for each in card.components)
        assert card.score.value == pytest.approx(1 + 4 * points, abs=1e-4)
        assert card.score.value == pytest.approx(3 + sum(each.moves for each in card.components), abs=1e-4)
        assert 1 <= card.score.low <= card.score.value <= card.score.high <= 5


def test_appeal_decides_the_dispute_of_its_claim(tmp_path):
    """The last appeal of the merchant that was ruled on counts, not the buyer's; a store without cases has none."""
    store = Store.open(f"sqlite:///{tmp_path}/store.db", default_plan())
    with store.reading() as connection:
        assert merchant_appeals(connection, 0, UNTIL_MS) == {}
    open_cases(store)
    rows = [("c1", "merchant", "deny", 5), ("c1", "merchant", "approve", 6), ("c2", "merchant", "deny", 5)]
    rows += [("c3", "buyer", "approve", 5), ("c4", "merchant", "approve", 50)]
    with store.writing() as connection:
        for number, (claim, party, ruling, at_ms) in enumerate(rows, 1):
            connection.execute(sa.insert(REVIEW_CASE).values(**case_of(number, claim, party, ruling, at_ms)))
    with store.reading() as connection:
        assert merchant_appeals(connection, 5, 50) == {"c1": True, "c2": False}
    store.close()
    claim = "shop 300 home 0"
    [card] = scorecards(record(sold("shop", 40, 2)), QUALITY, {claim: True})
    assert (card.counts.appeals_lost, card.counts.disputed, card.counts.disputes_lost) == (1, 1, 1)


def case_of(number: int, claim_id: str, party: str, ruling: str, closed_at_ms: int) -> dict[str, Any]:
    zeros = ("version", "opened_at_ms", "target_ms", "limit_ms", "due_ms", "waiting_cost_minor", "amount_minor")
    words = ("lane", "reasons_arm", "claim_type", "claim_reason")
    known = {"number": number, "claim_id": claim_id, "party": party, "kind": "appeal", "state": "closed"}
    ruled = {"ruling": f'{{"ruling": "{ruling}"}}', "closed_at_ms": closed_at_ms}
    return {**dict.fromkeys(zeros, 0), **dict.fromkeys(words, "any"), **known, **ruled}


def test_record_of_nothing_or_of_bare_claims_has_no_score_to_invent():
    """Nothing at all gives no scorecard; a claim whose order nobody told gives one that says so."""
    assert scorecards(record([]), QUALITY) == []
    [bare] = [each for each in sold("shop", 1, 1) if each.kind is EventKind.CLAIM_FILED]
    [card] = cards_of([bare]).values()
    assert (card.score, card.place, card.counts.claims_without_order) == (None, None, 1)
    assert len(card.left_out) == 6


@pytest.mark.parametrize(
    "wrong", [{"period_days": 0}, {"weights": {"quality": -1.0}}, {"weights": {}}, {"weights": {"luck": 1.0}}]
)
def test_settings_that_make_no_score_are_refused(wrong):
    """In one line that says what to do."""
    with pytest.raises(ValueError, match=r"at least|weighs"):
        MerchantSettings(**wrong)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A market whose scorecards are kept, with a merchant whose id is a formula."""
    opened = Store.open(f"sqlite:///{tmp_path_factory.mktemp('kept')}/kept.db", default_plan())
    events = [*sold("=1+1", 40, 2), *sold("a%", 3, 2), *sold("ab", 50, 9)]
    import_events(opened, from_events(events), "drawn")
    refresh(opened, read_policy(default_policy_path()), UNTIL_MS)
    yield opened
    opened.close()


def test_kept_scorecards_are_found_by_place_claims_and_id(store):
    """Those of too few orders come last in either order, and a sign of a database's patterns is only a sign."""
    with store.reading() as connection:
        by_score = [card.merchant_id for _, card in page_of(connection, MERCHANTS)]
        assert by_score == ["=1+1", "ab", "a%"]
        assert [card.merchant_id for _, card in page_of(connection, BY_CLAIMS)] == ["ab", "=1+1", "a%"]
        assert [rank for rank, _ in page_of(connection, MERCHANTS, after=1)] == [2, 3]
        assert [card.merchant_id for card in starting_with(connection, "a")] == ["ab", "a%"]
        assert [card.merchant_id for card in starting_with(connection, "a%")] == ["a%"]


def test_table_of_scorecards_runs_no_formula(store):
    """A merchant can't make a spreadsheet work something out by its id; figures stay numbers."""
    with store.reading() as connection:
        rows = list(csv.DictReader("".join(csv_lines(every_card(connection))).splitlines()))
    assert [row["merchant_id"] for row in rows] == ["'=1+1", "ab", "a%"]
    assert [row["place"] for row in rows] == ["1", "2", ""]
    assert (rows[1]["orders"], rows[1]["claims_filed"], rows[1]["points_rating"]) == ("50", "9", "")
    assert float(rows[1]["score_low"]) < float(rows[1]["score"])


def test_command_writes_the_table_or_says_what_to_run_first(store, tmp_path):
    """One line each, on standard output or into a file."""
    out, fresh = tmp_path / "merchants.csv", f"sqlite:///{tmp_path}/fresh.db"
    done = CliRunner().invoke(insight, ["merchants", "--store", str(store.engine.url), "--out", str(out)])
    assert (done.exit_code, len(out.read_text(encoding="utf-8").splitlines())) == (0, 4)
    Store.open(fresh, default_plan()).close()
    refused = CliRunner().invoke(insight, ["merchants", "--store", fresh, "--out", "-"])
    assert refused.exit_code == 1
    assert "clearclaim insight refresh" in refused.output
