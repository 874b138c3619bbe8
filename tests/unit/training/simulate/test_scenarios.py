"""Each scenario in a world of its own, beside the calm one of the same seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest

from tests.unit.training.simulate.worlds import Lived, live, many_abusers
from training.simulate import SimulationConfig
from training.simulate.deciding import OldRule
from training.simulate.goods import CATEGORIES
from training.simulate.life import Life
from training.simulate.market import Market, make_market
from training.simulate.orders import Deliveries, Orders, make_deliveries, make_orders
from training.simulate.people import ATTACK_DAYS, FADING, RISING, kind_code, make_people
from training.simulate.scenarios import SCENARIOS

pytestmark = pytest.mark.slow

DAY_MS = 86_400_000
DAYS = 120
YEAR = 365


@pytest.fixture(scope="module")
def lived() -> Callable[[str], Lived]:
    """Four months of a scenario, lived through when they are first asked for."""
    return cache(lambda scenario: live(SimulationConfig(orders=8_000, days=DAYS, scenario=scenario)))


@dataclass(frozen=True)
class Sold:
    """What is sold in a year, and how it arrives."""

    market: Market
    orders: Orders
    deliveries: Deliveries

    def per_day(self, middle: int) -> float:
        """Orders a day in the five days around one, in terms of the median day."""
        counts = np.bincount(self.orders.day.astype(int), minlength=YEAR)
        return float(counts[middle - 2 : middle + 3].mean() / np.median(counts))

    def late_share(self, first: date, last: date) -> float:
        """Of the parcels that were paid between two dates, those that would come after the promised time."""
        paid = (self.orders.day >= days_from_start(first)) & (self.orders.day < days_from_start(last))
        return float((self.deliveries.delivered_at_ms > self.orders.promised_at_ms)[paid].mean())


@pytest.fixture(scope="module")
def sold() -> Callable[[str], Sold]:
    """A year of a scenario, as far as it doesn't depend on what becomes of claims."""

    def sell(scenario: str) -> Sold:
        config = SimulationConfig(orders=60_000, days=YEAR, scenario=scenario)
        market = make_market(config)
        orders = make_orders(config, market)
        return Sold(market, orders, make_deliveries(config, market, orders))

    return cache(sell)


def day_of(lived: Lived, at_ms: pd.Series) -> pd.Series:
    return (at_ms - lived.life.config.start_ms) / DAY_MS


def days_from_start(day: date) -> int:
    """The number of a date's day in a year that ends with June 2026."""
    return YEAR - (date(2026, 7, 1) - day).days


@pytest.mark.parametrize("day", [date(2025, 11, 11), date(2026, 6, 18)])
def test_festival_floods_the_marketplace_with_orders(sold, day):
    """On 6.18 and 11.11 several times as much is bought as on a usual day, and more than in a calm year."""
    calm, festival = (sold(name).per_day(days_from_start(day)) for name in ("calm", "festival"))
    assert calm > 1.3
    assert festival > 4
    assert festival > 1.7 * calm


def test_festival_makes_parcels_late(sold):
    """Around Chinese New Year parcels are late far more often than in a calm year, and than in autumn."""
    new_year, autumn = (date(2026, 2, 13), date(2026, 2, 24)), (date(2025, 9, 1), date(2025, 10, 10))
    assert sold("festival").late_share(*new_year) > 1.4 * sold("calm").late_share(*new_year)
    assert sold("festival").late_share(*new_year) > 2 * sold("festival").late_share(*autumn)


def test_festival_has_more_sent_back(lived):
    """What is bought in the rush of 6.18 is regretted more often."""
    regretted = []
    for name in ("calm", "festival"):
        paid = lived(name).of_kind("order_paid")
        rush = day_of(lived(name), paid["known_at_ms"]).between(DAYS - 15, DAYS - 10)
        minds = lived(name).claims.query("story == 'change_of_mind'")["order_id"]
        regretted.append(paid.loc[rush, "order_id"].isin(minds).sum())
    assert regretted[1] > 1.5 * regretted[0]


def test_attack_comes_from_rings_and_not_before_its_day(lived):
    """Members of rings arrive within ten days and soon claim; before, the marketplace has none of them."""
    attacked = lived("ring_attack")
    people = attacked.truth["people"]
    attackers = people.loc[people["attacks"], "person"]
    assert not lived("calm").truth["people"]["attacks"].any()
    assert len(attackers) > 15
    assert people.loc[people["attacks"], "ring"].notna().mean() > 0.8
    claims = attacked.claims[attacked.claims["person"].isin(attackers)]
    first_day = SCENARIOS["ring_attack"].attack_at * DAYS
    day = day_of(attacked, claims["known_at_ms"])
    assert day.min() >= first_day
    assert day.min() < first_day + ATTACK_DAYS + 10
    assert claims["abusive"].mean() > 0.5
    assert (claims["person"].nunique()) > 0.7 * len(attackers)


def test_attack_multiplies_the_lies_of_rings(lived):
    """In the month after it begins, ring scripts are told several times as often as in the month before."""
    attacked = lived("ring_attack")
    scripts = attacked.claims[attacked.claims["story"] == "ring_script"]
    day = day_of(attacked, scripts["known_at_ms"]) - SCENARIOS["ring_attack"].attack_at * DAYS
    before, after = day.between(-30, 0).sum(), day.between(3, 33).sum()
    assert after > 10
    assert after > 3 * before


def test_bad_batches_are_more_and_worse_than_in_calm_times(lived):
    """Three times as many products have one, half of what is in it is faulty, and claims of faulty goods rise."""
    calm, bad = lived("calm"), lived("bad_batch")
    with_batch = [each.truth["products"]["batch_from_ms"].notna().mean() for each in (calm, bad)]
    assert with_batch[1] > 2 * with_batch[0]
    faulty = [(each.claims["story"] == "faulty_goods").sum() for each in (calm, bad)]
    assert faulty[1] > 1.2 * faulty[0]
    paid = bad.of_kind("order_paid").merge(bad.truth["products"].dropna(), on="product_id")
    inside = paid["known_at_ms"].between(paid["batch_from_ms"], paid["batch_to_ms"], inclusive="left")
    claimed = paid["order_id"].isin(bad.claims.loc[bad.claims["story"] == "faulty_goods", "order_id"])
    assert 0.2 < claimed[inside].mean() < 0.6


@pytest.fixture(scope="module")
def before_and_after() -> tuple[Lived, Lived]:
    """The calm world and that of a change of policy, both with many abusers to take advantage of it."""
    with many_abusers():
        calm, changed = (
            live(SimulationConfig(orders=8_000, days=DAYS, scenario=name)) for name in ("calm", "policy_change")
        )
    return calm, changed


def test_change_of_policy_leaves_the_time_before_as_it_was(before_and_after):
    """Until the middle, the two worlds are the same."""
    middle_ms = before_and_after[0].life.config.start_ms + DAYS // 2 * DAY_MS
    ids = [each.events.loc[each.events["known_at_ms"] < middle_ms, "event_id"].tolist() for each in before_and_after]
    assert len(ids[0]) > 5_000
    assert ids[0] == ids[1]


def test_change_of_policy_pays_more_without_a_look_and_abuse_rises(before_and_after):
    """From the middle on most claims are approved at once; more is paid to lies, and more lies are told."""
    automatic, lies, paid = [], [], []
    for each in before_and_after:
        decided = each.of_kind("claim_decided").groupby("claim_id").agg({"action": "first", "amount_minor": "sum"})
        claims = each.claims[["claim_id", "known_at_ms", "abusive"]].merge(decided, on="claim_id")
        later = claims[day_of(each, claims["known_at_ms"]) > DAYS / 2]
        automatic.append((later["action"] == "auto_approve").mean())
        lies.append(later["abusive"].sum())
        paid.append(later.loc[later["abusive"], "amount_minor"].sum())
    assert automatic[1] > 2 * automatic[0]
    assert paid[1] > 1.15 * paid[0]
    assert lies[1] > lies[0]


def test_drift_moves_what_is_bought(sold):
    """What is in fashion gains over the year at the cost of the rest; in a calm year nothing moves as much."""
    gain = {}
    for name in ("calm", "drift"):
        category = sold(name).market.products.category[sold(name).orders.product]
        fashion = np.isin(category, [code for code, one in enumerate(CATEGORIES) if one.drift > 0])
        first, last = sold(name).orders.day < YEAR / 4, sold(name).orders.day > YEAR * 3 / 4
        gain[name] = fashion[last].mean() / fashion[first].mean()
    assert abs(gain["calm"] - 1) < 0.05
    assert gain["drift"] > 1.1


def test_drift_raises_prices(sold):
    """The same goods cost more at the end; in a calm year they don't."""
    gain = {}
    for name in ("calm", "drift"):
        orders = sold(name).orders
        unit = pd.Series(np.log(orders.amount_minor / orders.quantity))
        unit -= unit.groupby(orders.product).transform("mean")  # so that what is bought plays no part
        gain[name] = np.polyfit(orders.day / YEAR, unit, 1)[0]
    assert abs(gain["calm"]) < 0.02
    assert 0.2 < gain["drift"] < 0.4


def test_drift_teaches_all_abusers_care_caught_or_not():
    """By the end everyone has learned from others; in a calm year nobody has but by being caught."""
    person = np.arange(20)
    care = {}
    for name in ("calm", "drift"):
        config = SimulationConfig(orders=4_000, days=DAYS, scenario=name)
        agents = Life(config, OldRule(config)).agents
        care[name] = [agents.care_at(person, np.full(20, at_ms)) for at_ms in (config.start_ms, config.end_ms)]
    assert (np.stack(care["calm"]) == 0).all()
    assert (care["drift"][0] == 0).all()
    assert (care["drift"][1] > 0.3).all()


def test_drift_moves_the_sorts_of_abuse():
    """In a drifting period some ways of abuse come up late and others die out; in a calm one neither happens."""
    rising, fading = ([kind_code(kind) for kind in kinds] for kinds in (RISING, FADING))
    arrive, leave = {}, {}
    with many_abusers():
        for name in ("calm", "drift"):
            people = make_people(SimulationConfig(orders=60_000, days=YEAR, scenario=name))
            new = np.isin(people.kind, rising) & (people.arrive_day > 0)
            arrive[name] = np.median(people.arrive_day[new]) / YEAR
            leave[name] = np.median(people.leave_day[np.isin(people.kind, fading)]) / YEAR
    assert arrive["calm"] == pytest.approx(0.5, abs=0.06)
    assert arrive["drift"] > arrive["calm"] + 0.1
    assert leave["calm"] == 1.0
    assert leave["drift"] < 0.8


def test_drift_moves_the_stories_that_are_told(lived):
    """By the end of a drifting time, claims are of other stories and looks than at its beginning."""
    drift = lived("drift").claims
    last = day_of(lived("drift"), drift["known_at_ms"]) > DAYS / 2
    careful = drift[drift["abusive"]].groupby(last)["careful"].mean()
    assert careful[True] > careful[False]
