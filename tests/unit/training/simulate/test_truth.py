from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.simulate.people import KINDS
from training.simulate.stories import STORIES, story_code

COLUMNS = {
    "truth": {
        "claim_id", "buyer_id", "person", "ring", "abusive", "abuse_probability", "story", "careful", "amount_minor"
    },
    "people": {"person", "kind", "ring", "temptation_at_first", "attacks"},
    "merchants": {"merchant_id", "declines_at_ms", "lies", "colludes", "consents"},
    "products": {"product_id", "fault_rate", "batch_from_ms", "batch_to_ms"},
}  # fmt: skip


def area_under_roc(abusive: pd.Series, probability: pd.Series) -> float:
    """The chance that a lie has a higher probability than an honest claim."""
    ranks = probability.rank()
    lies, honest = abusive.sum(), (~abusive).sum()
    return float((ranks[abusive].sum() - lies * (lies + 1) / 2) / (lies * honest))


@pytest.mark.parametrize("place", ["calm", "den"])
def test_abuse_probability_is_calibrated(place, request):
    """Among claims of about the same probability that share of them is abusive, within what luck would do."""
    claims = request.getfixturevalue("filed") if place == "calm" else request.getfixturevalue("den").claims
    probability = claims["abuse_probability"]
    assert probability.between(0, 1).all()
    bins = pd.cut(probability, [-1e-9, 0.003, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.96, 0.99, 1.0])
    grouped = claims.groupby(bins, observed=True).agg(
        said=("abuse_probability", "mean"), true=("abusive", "mean"), count=("abusive", "size")
    )
    assert len(grouped) >= 10
    tolerance = 5 * np.sqrt(grouped["said"] * (1 - grouped["said"]) / grouped["count"]) + 2 / grouped["count"]
    assert ((grouped["true"] - grouped["said"]).abs() < tolerance + 0.01).all()
    assert claims["abusive"].mean() == pytest.approx(probability.mean(), abs=0.02)


def test_abuse_probability_ranks_far_better_than_chance_but_not_perfectly(filed):
    """Who knows all traits knows a lot, and can still be fooled."""
    assert 0.93 < area_under_roc(filed["abusive"], filed["abuse_probability"]) < 0.9999
    lies = filed.loc[filed["abusive"], "abuse_probability"]
    assert lies.median() > 0.7
    assert (lies < 0.3).any()
    assert (filed.loc[~filed["abusive"], "abuse_probability"] > 0.5).any()


def test_careful_lies_are_harder_to_tell(den):
    """What is told with care is less suspect even to who knows all traits."""
    lies = den.claims[den.claims["abusive"] & ~den.claims["story"].isin(["account_farm"])]
    probability = lies.groupby("careful")["abuse_probability"].mean()
    assert probability[True] < probability[False]


def test_careful_is_said_of_lies_only(filed):
    """The honest have nothing to be careful about."""
    assert not filed.loc[~filed["abusive"], "careful"].any()
    assert 0.03 < filed.loc[filed["abusive"], "careful"].mean() < 0.4


@pytest.mark.parametrize("name", COLUMNS)
def test_truth_tables_have_the_documented_columns(den, name):
    """Each file of the truth has the columns that it is known for."""
    assert set(den.truth[name]) == COLUMNS[name]


def test_truth_of_people_says_what_they_are(den):
    """A row per person, of a kind that exists, with abusers the more tempted; claims name persons among them."""
    people = den.truth["people"]
    assert people["person"].tolist() == list(range(len(people)))
    assert set(people["kind"]) == set(KINDS)
    tempted = people.groupby("kind")["temptation_at_first"].mean()
    assert (tempted.drop("ordinary") > 10 * tempted["ordinary"]).all()
    claims = den.claims.merge(people, on="person", suffixes=("", "_of_person"))
    assert len(claims) == len(den.claims)
    pd.testing.assert_series_equal(claims["ring"], claims["ring_of_person"], check_names=False)


def test_story_of_a_lie_is_that_of_its_teller(den):
    """Kinds and stories go by the same names: each lies in its own way, and the ordinary once in a while."""
    lies = den.claims[den.claims["abusive"]]
    kinds = lies["person"].map(den.truth["people"]["kind"])
    assert (lies["story"] == kinds.replace("ordinary", "one_off")).all()
    assert {STORIES[story_code(name)].abusive for name in lies["story"].unique()} == {True}


def test_truth_of_merchants_and_products_names_those_in_the_events(den):
    """Ids are those of the events, batches begin before they end, and rates are shares."""
    merchants, products = den.truth["merchants"], den.truth["products"]
    assert set(den.of_kind("order_paid")["merchant_id"]) <= set(merchants["merchant_id"])
    assert set(den.of_kind("order_paid")["product_id"]) <= set(products["product_id"])
    assert merchants["colludes"].sum() >= 1
    assert products["fault_rate"].between(0, 0.3).all()
    batches = products.dropna(subset="batch_from_ms")
    assert 0 < len(batches) < len(products) / 2
    assert (batches["batch_to_ms"] > batches["batch_from_ms"]).all()
    assert products["batch_to_ms"].isna().equals(products["batch_from_ms"].isna())


def test_faults_come_from_the_batches_that_the_truth_names(den):
    """Goods of a bad batch are claimed as faulty several times as often as others of the same products."""
    paid = den.of_kind("order_paid").merge(den.truth["products"].dropna(), on="product_id")
    inside = paid["known_at_ms"].between(paid["batch_from_ms"], paid["batch_to_ms"], inclusive="left")
    faulty = paid["order_id"].isin(den.claims.loc[den.claims["story"] == "faulty_goods", "order_id"])
    assert inside.sum() > 50
    assert faulty[inside].mean() > 3 * faulty[~inside].mean()
