from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.simulate.stories import STORIES


@pytest.fixture(scope="module")
def orders(world) -> pd.DataFrame:
    """A row per order: when, who, what, and whether it was claimed, abusively or not."""
    events = world.events.to_pandas()
    paid = events[events["kind"] == "order_paid"].set_index("order_id")
    claims = events[events["kind"] == "claim_filed"].merge(world.truth.to_pandas(), on="claim_id").set_index("order_id")
    return paid[["known_at_ms", "buyer_id", "merchant_id", "product_id"]].assign(
        claimed=paid.index.isin(claims.index),
        abusive=claims["abusive"].astype(bool).reindex(paid.index, fill_value=False),
    )


@pytest.fixture(scope="module")
def claims(world) -> pd.DataFrame:
    events = world.events.to_pandas()
    return events[events["kind"] == "claim_filed"].merge(world.truth.to_pandas(), on="claim_id")


def overdispersion(claimed: pd.Series, by: pd.Series) -> float:
    """Pearson's chi-square over its degrees of freedom: 1 if every group had the same rate."""
    rate = claimed.mean()
    groups = claimed.groupby(by).agg(["sum", "size"])
    squares = (groups["sum"] - groups["size"] * rate) ** 2 / (groups["size"] * rate * (1 - rate))
    return float(squares.sum() / (len(groups) - 1))


def test_claim_share_is_near_the_published_rate(orders):
    """About a tenth of the orders are claimed."""
    assert 0.09 <= orders["claimed"].mean() <= 0.13


def test_abusive_share_is_near_the_published_rate(claims):
    """A tenth to a sixth of the claims are abusive (published: 9 to 15 %)."""
    assert 0.10 <= claims["abusive"].mean() <= 0.165


def test_every_story_happens(claims):
    """Each kind of trouble and of abuse is there to be found."""
    assert set(claims["story"]) == {story.name for story in STORIES}


def test_lies_share_type_and_reason_with_honest_claims(claims):
    """No common type and reason is abusive alone: what a claim says does not settle what it is."""
    groups = claims.groupby(["claim_type", "claim_reason"])["abusive"].agg(["mean", "size"])
    assert groups.loc[groups["size"] >= 30, "mean"].max() < 0.8


def test_abuse_comes_from_buyers_who_do_it_again(orders):
    """Most abusive claims are from buyers with several, so a buyer's history carries signal."""
    per_buyer = orders.groupby("buyer_id")["abusive"].sum()
    assert per_buyer[per_buyer > 1].sum() > 0.6 * per_buyer.sum()
    assert (per_buyer > 0).mean() < 0.12


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


def test_most_claims_ask_for_all_of_it(claims):
    """Claims are mostly for the whole order, sometimes for a part."""
    whole = claims["amount_minor"] == claims["order_amount_minor"]
    assert 0.8 < whole.mean() < 0.99
