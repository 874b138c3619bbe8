from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.simulate.stories import STORIES


@pytest.fixture(scope="module")
def orders(filed, events) -> pd.DataFrame:
    """A row per order: when, who, what, and whether it was claimed, abusively or not."""
    paid = events[events["kind"] == "order_paid"].set_index("order_id")
    abusive = filed.set_index("order_id")["abusive"]
    return paid[["known_at_ms", "buyer_id", "merchant_id", "product_id", "category_id"]].assign(
        claimed=paid.index.isin(abusive.index), abusive=abusive.reindex(paid.index, fill_value=False)
    )


def overdispersion(claimed: pd.Series, by: pd.Series) -> float:
    """Pearson's chi-square over its degrees of freedom: 1 if every group had the same rate."""
    rate = claimed.mean()
    groups = claimed.groupby(by).agg(["sum", "size"])
    squares = (groups["sum"] - groups["size"] * rate) ** 2 / (groups["size"] * rate * (1 - rate))
    return float(squares.sum() / (len(groups) - 1))


def test_claim_share_is_near_the_published_rate(orders):
    """A seventh to a fifth of the orders are claimed (published: 14 to 20 % of online sales are returned)."""
    assert 0.14 <= orders["claimed"].mean() <= 0.20


def test_abusive_share_is_near_the_published_rate(filed):
    """About an eighth of the claims are abusive (published: 9 to 15 %)."""
    assert 0.09 <= filed["abusive"].mean() <= 0.165


def test_categories_have_return_rates_of_their_own(orders):
    """Half and more of women's and livestream wear comes back, some apparel and electronics, and hardly any food."""
    rate = orders["claimed"].groupby(orders["category_id"]).mean()
    assert 0.5 < rate["womens_wear"] < 0.7
    assert 0.6 < rate["livestream_wear"] < 0.9
    assert 0.12 < rate["apparel"] < 0.28
    assert rate["food"] < 0.11
    assert rate["food"] < rate["electronics"] < rate["apparel"]


def test_every_story_happens(filed):
    """Each kind of trouble and of abuse is there to be found."""
    assert set(filed["story"]) == {story.name for story in STORIES}


def test_lies_share_type_and_reason_with_honest_claims(filed):
    """No common type and reason is abusive alone: what a claim says does not settle what it is."""
    groups = filed.groupby(["claim_type", "claim_reason"])["abusive"].agg(["mean", "size"])
    assert groups.loc[groups["size"] >= 30, "mean"].max() < 0.8


def test_abuse_comes_from_buyers_who_do_it_again(orders):
    """Most abusive claims are from buyers with several, so a buyer's history carries signal."""
    per_buyer = orders.groupby("buyer_id")["abusive"].sum()
    assert per_buyer[per_buyer > 1].sum() > 0.5 * per_buyer.sum()
    assert (per_buyer > 0).mean() < 0.15


def test_honest_claims_cluster_on_products_and_merchants(orders):
    """Bad batches and bad merchants make honest claims come in clusters, so their rates carry signal too."""
    honest = orders["claimed"] & ~orders["abusive"]
    assert overdispersion(honest, orders["product_id"]) > 1.5
    assert overdispersion(honest, orders["merchant_id"]) > 1.5


def test_new_buyers_arrive_until_the_end(orders):
    """Someone without a history may claim at any time: the last tenth of the period has first orders as well."""
    first_ms = orders.groupby("buyer_id")["known_at_ms"].min()
    last_tenth_ms = np.quantile(orders["known_at_ms"], 0.9)
    assert 0.01 < (first_ms >= last_tenth_ms).mean() < 0.2


def test_most_claims_ask_for_all_of_it(filed):
    """Claims are mostly for the whole order, sometimes for a part."""
    whole = filed["amount_minor"] == filed["order_amount_minor"]
    assert 0.85 < whole.mean() < 0.98
