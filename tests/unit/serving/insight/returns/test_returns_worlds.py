"""Figures against pandas, and findings against what was done to a simulated world."""

import json
from dataclasses import replace

import pandas as pd
import pytest
from click.testing import CliRunner

from features.event_file import from_events
from features.plan import default_plan
from features.store import Store
from features.store.bulk import import_events
from serving.insight.record import Record, record_of
from serving.insight.returns.body import of_body, to_body
from serving.insight.returns.columns import look_at
from serving.insight.returns.figures import ChangeEffect, PolicyChange, Returns
from serving.insight.returns.saying import say
from serving.insight.returns.tidy import tidy
from serving.insight.returns.working_out import work_out
from serving.insight_command import insight
from serving.policy import default_policy_path, read_policy
from tests.spec.drawing import draw

DAY_MS = 86_400_000
POLICY = read_policy(default_policy_path())


@pytest.fixture(scope="module")
def returns(changed: Record) -> Returns:
    return work_out(changed, POLICY)


def test_month_of_few_days_is_no_season(returns: Returns) -> None:
    """13 October days stand against two whole months, and two whole months against 31 days: only these are told."""
    months = {each.name: each.days for each in returns.seasons if each.kind == "month"}
    assert months == {"11": 30, "12": 31}


def in_china(ms: pd.Series) -> pd.Series:
    return pd.to_datetime(ms, unit="ms", utc=True).dt.tz_convert("Asia/Shanghai")


def test_months_are_those_of_pandas(changed: Record, returns: Returns) -> None:
    """Counts and money by local month, worked out a second time by other means."""
    claims, orders = changed.claims.to_pandas(), changed.orders.to_pandas()
    orders["claimed"] = orders["order_id"].isin(set(claims["order_id"].dropna()))
    of_claims = claims.groupby(in_china(claims["filed_at_ms"]).dt.strftime("%Y-%m"))
    of_orders = orders.groupby(in_china(orders["paid_at_ms"]).dt.strftime("%Y-%m"))
    months = {month.name: month for month in returns.months}
    claimed_in = {name: month.total for name, month in months.items() if month.total.claims}
    assert {name: total.claims for name, total in claimed_in.items()} == of_claims.size().to_dict()
    asked = of_claims["amount_minor"].sum().to_dict()
    assert {name: total.asked_minor for name, total in claimed_in.items()} == asked
    assert {name: month.orders for name, month in months.items() if month.orders} == of_orders.size().to_dict()
    claimed = of_orders["claimed"].sum().to_dict()
    assert {name: month.claimed.count for name, month in months.items() if month.orders} == claimed
    reviewed = of_claims["action"].apply(lambda action: (action == "manual_review").sum()).to_dict()
    assert {name: total.reviewed for name, total in claimed_in.items()} == reviewed


def test_weeks_begin_on_mondays_and_lose_nothing(changed: Record, returns: Returns) -> None:
    """Each claim lies in one week, and only weeks with all their days are whole."""
    claims = changed.claims.to_pandas()
    days = in_china(claims["filed_at_ms"]).dt.tz_localize(None).dt.normalize()
    mondays = (days - pd.to_timedelta(days.dt.day_of_week, unit="D")).dt.strftime("%Y-%m-%d")
    counts = mondays.value_counts().to_dict()
    assert {week.name: week.total.claims for week in returns.weeks if week.total.claims} == counts
    whole = [week.is_whole for week in returns.weeks]
    assert all(whole[1:-1])
    assert not whole[-1]


def test_categories_and_reasons_are_those_of_pandas(changed: Record, returns: Returns) -> None:
    """Rates, the commonest reason, and the median wait."""
    claims, orders = changed.claims.to_pandas(), changed.orders.to_pandas()
    orders["claimed"] = orders["order_id"].isin(set(claims["order_id"].dropna()))
    rates = orders.groupby("category_id")["claimed"].mean()
    for category in returns.categories:
        own = claims[claims["category_id"] == category.category_id]
        assert category.claimed.value == pytest.approx(rates[category.category_id])
        assert category.total.claims == len(own)
        assert own["claim_reason"].value_counts()[category.leading_reason] == category.leading_share.count
        since = own["delivered_at_ms"].fillna(own["paid_at_ms"]).astype("int64")
        assert category.days_to_claim == pytest.approx(((own["filed_at_ms"] - since) / DAY_MS).median())
        assert sum(category.months) == len(own)
    counts = claims["claim_reason"].value_counts().to_dict()
    assert {each.name: each.total.claims for each in returns.reasons} == counts


def test_frequency_is_that_of_pandas(changed: Record, returns: Returns) -> None:
    """How many buyers have 0, 1, 2 ... claims."""
    claims, orders = changed.claims.to_pandas(), changed.orders.to_pandas()
    buyers = pd.Index(orders["buyer_id"].dropna().unique()).union(claims["buyer_id"].dropna().unique())
    counts = claims["buyer_id"].value_counts().reindex(buyers, fill_value=0).clip(upper=5).value_counts()
    assert returns.frequency.by_claims == tuple(int(counts.get(number, 0)) for number in range(6))
    assert returns.frequency.buyers == len(buyers)


def test_each_refund_is_borne_once(returns: Returns) -> None:
    """The parties' refunds add up to what buyers got, fen by fen."""
    assert returns.costs.refunded_minor == returns.total.refunded_minor > 0


def effect_of(changed: Record, at_ms: int) -> ChangeEffect:
    [effect] = work_out(changed, POLICY, changes=[PolicyChange(at_ms, "old", "new")]).changes
    return effect


def test_true_change_of_policy_is_seen(changed: Record) -> None:
    """Where the simulated platform began to pay without a look, more was approved at once and less was reviewed."""
    middle_ms = changed.until_ms - 40 * DAY_MS
    effects = {each.name: each.difference for each in effect_of(changed, middle_ms).effects}
    assert (effects["approved_share"].low or 0) > 0.1
    assert (effects["reviewed_share"].high or 0) < -0.1


def test_change_that_changed_nothing_is_no_finding(changed: Record) -> None:
    """A version of another name amid the old rule's days has an interval with nothing in it."""
    effect = effect_of(changed, changed.from_ms + 20 * DAY_MS)
    shares = [each.difference for each in effect.effects if each.name.endswith("_share")]
    assert [(told.low or 0) <= 0 <= (told.high or 0) for told in shares] == [True, True]


def test_change_a_week_before_the_end_is_too_short_to_tell(changed: Record) -> None:
    """Fewer than 14 days on a side tell nothing."""
    effect = effect_of(changed, changed.until_ms - 10 * DAY_MS)
    assert (effect.is_told, effect.effects) == (False, ())


def test_festival_is_found(festival: Record) -> None:
    """Around 11.11 the simulated shop sells many times as much, and that shows beyond doubt."""
    returns = work_out(festival, POLICY)
    [singles_day] = [season for season in returns.seasons if season.name == "singles_day"]
    assert singles_day.days == 5
    assert (singles_day.orders_ratio.low or 0) > 3
    # the world's own factor is 8.2, over weeks that are busier than usual themselves
    assert (singles_day.orders_ratio.low or 0) < 8.2 / 1.3 < (singles_day.orders_ratio.high or 0)
    weekdays = [season.orders_ratio for season in returns.seasons if season.kind == "weekday"]
    assert all((told.low or 0) < 1.1 and (told.high or 9) > 0.9 for told in weekdays)


def test_findings_are_true_sentences_by_money(returns: Returns) -> None:
    """Women's wear is sent back far more in the world, and the first sentences say so with its figures."""
    findings = returns.findings
    assert 1 <= len(findings) <= 8
    assert [each.money_minor for each in findings] == sorted((each.money_minor for each in findings), reverse=True)
    [wear] = [
        each for each in findings if (each.kind, each.values.get("category")) == ("category_claimed", "womens_wear")
    ]
    category = next(each for each in returns.categories if each.category_id == "womens_wear")
    assert wear.values["share"] == category.claimed.value
    assert f"Women's wear: {100 * (category.claimed.value or 0):.0f} % of orders" in say(wear, "en", "CNY")
    assert "品类" in say(wear, "zh-CN", "CNY")


def test_figures_come_back_from_json(returns: Returns) -> None:
    """What pages read is what was worked out."""
    assert of_body(json.loads(json.dumps(to_body(returns)))) == returns


def test_nothing_is_told_of_nothing() -> None:
    """An empty record has figures, all of them empty."""
    returns = work_out(record_of(from_events([]), 0, 30 * DAY_MS), POLICY, changes=[PolicyChange(DAY_MS, "a", "b")])
    assert (returns.is_empty, returns.findings, returns.claimed.value) == (True, (), None)
    assert returns.frequency.claims_per_buyer is None


def test_claims_without_orders_and_decisions_are_told(changed: Record) -> None:
    """A store that only ever took claims has counts, and no rates."""
    alone = replace(changed, orders=changed.orders.slice(0, 0))
    returns = work_out(alone, POLICY)
    assert (returns.total.claims, returns.claimed.value) == (len(changed.claims), None)


def test_tidy_table_adds_up_to_the_figures(changed: Record, returns: Returns) -> None:
    """Each claim lies in one row, with the orders of its month and category beside it."""
    rows = tidy(look_at(changed, POLICY)).to_pandas()
    assert rows["claims"].sum() == returns.total.claims
    assert rows["amount_minor"].sum() == returns.total.asked_minor
    assert rows["refunded_minor"].sum() == returns.total.refunded_minor
    assert not rows.duplicated(["period", "category", "type", "reason"]).any()
    orders = rows.drop_duplicates(["period", "category"]).groupby("category")["orders"].sum().to_dict()
    assert orders == {each.category_id: each.orders for each in returns.categories}


def test_command_writes_the_tidy_table(tmp_path) -> None:
    """A store's claims come out as CSV, counted back from now or from the last event, with a heading where none are."""
    store = Store.open(f"sqlite:///{tmp_path}/shop.db", default_plan())
    import_events(store, from_events(list(draw("known_at | kind\n0d | claim_filed").events)), "drawn")
    store.close()
    out = tmp_path / "made" / "returns.csv"
    for days, as_of, lines in (("3660", "now", 2), ("1", "last", 2), ("1", "now", 1)):
        asked = ["returns", "--store", f"sqlite:///{tmp_path}/shop.db", "--out", str(out), "--days", days]
        asked += ["--as-of", as_of]
        result = CliRunner().invoke(insight, asked)
        assert result.exit_code == 0, result.output
        assert len(out.read_text().splitlines()) == lines
    assert out.read_text().startswith('"period","category","type","reason","claims","orders","amount_minor"')
    asked = ["returns", "--store", f"sqlite:///{tmp_path}/shop.db", "--out", "-", "--days", "3660"]
    assert len(CliRunner().invoke(insight, asked).stdout.splitlines()) == 2
    assert [path.name for path in tmp_path.iterdir() if path.name == "-"] == []
