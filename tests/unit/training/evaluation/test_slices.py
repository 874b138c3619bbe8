"""Slices are told apart by what was known when a claim was filed, and each claim is in one of each slicing."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from training.dataset import cut_dataset, gather
from training.evaluation.slices import find_slices, language_of


@pytest.fixture(scope="module")
def gathered(shop, table_of, plan):
    """The shop's claims, of two goods and some that nobody named."""
    goods = {"0": "hats", "1": "hats", "2": "socks"}
    named = [
        replace(event, category_id=goods.get(event.product_id.removeprefix("product-"))) if event.product_id else event
        for event in shop
    ]
    return gather(table_of(named), plan)


@pytest.fixture(scope="module")
def dataset(gathered, quick):
    return cut_dataset(gathered, quick.split)


def rows_of(dataset, gathered, slicing, categories=8):
    found = find_slices(dataset, gathered, categories)
    return {each.value: each.rows for each in found if each.slicing == slicing}


@pytest.mark.parametrize("slicing", ["category", "amount", "buyer", "language"])
def test_every_claim_of_the_test_is_in_one_slice_of_each_slicing(dataset, gathered, slicing):
    """Nothing is left out and nothing counted twice."""
    rows = np.concatenate(list(rows_of(dataset, gathered, slicing).values()))
    assert sorted(rows.tolist()) == list(range(len(dataset.test)))


def test_categories_are_the_largest_by_name_and_the_rest(dataset, gathered):
    """Of three, the two with the most filings have a slice of their own."""
    found = rows_of(dataset, gathered, "category", categories=2)
    assert list(found) == ["(none)", "hats", "other"]
    products = gathered.table["product_id"][dataset.test.rows]
    names = [gathered.table.ids["product_id"][code].as_py() for code in products[found["hats"]].tolist()]
    assert set(names) == {"product-0", "product-1"}
    assert list(rows_of(dataset, gathered, "category")) == ["(none)", "hats", "socks"]


def test_amounts_are_cut_where_a_quarter_of_the_training_period_lies(dataset, gathered):
    """The shop's amounts only rise, so that all of the test is above the training period."""
    assert list(rows_of(dataset, gathered, "amount")) == [
        f"over {np.quantile(dataset.train.vectors[:, 0], 0.75, method='inverted_cdf') / 100:,.2f}"
    ]
    same = replace(dataset, test=dataset.train)
    sizes = [len(rows) for rows in rows_of(same, gathered, "amount").values()]
    assert len(sizes) == 4
    assert max(sizes) - min(sizes) <= 1


def test_buyer_whose_orders_are_all_of_90_days_is_new(dataset, gathered):
    """One whose first order is older is known, however many are recent."""
    columns = {name: dataset.columns.index(name) for name in ("buyer_orders_ever", "buyer_orders_90d")}
    vectors = dataset.test.vectors.copy()
    vectors[:, columns["buyer_orders_ever"]] = np.arange(len(vectors)) % 3 + 2
    vectors[:, columns["buyer_orders_90d"]] = 2
    found = rows_of(replace(dataset, test=replace(dataset.test, vectors=vectors)), gathered, "buyer")
    assert found["new"].tolist() == list(range(0, len(vectors), 3))


def test_language_is_told_by_the_script_of_the_text(dataset, gathered):
    """Chinese characters first, then Latin letters; a claim without a text has none."""
    said = ["拉链坏了, see photo", "it broke", "сломано", " ", None]
    texts = pa.array([said[number % 5] for number in range(len(dataset.test))], pa.string())
    test = replace(dataset.test, texts=replace(dataset.test.texts, texts=texts))
    found = rows_of(replace(dataset, test=test), gathered, "language")
    assert {value: rows[0] for value, rows in found.items()} == {"zh": 0, "en": 1, "other": 2, "none": 3}
    assert [language_of(text) for text in said] == ["zh", "en", "other", "none", "none"]


def test_slices_of_what_nobody_told_are_left_out(dataset):
    """Without events there are no categories, without texts no languages, without columns nothing else."""
    bare = replace(dataset, columns=("nothing",) * len(dataset.columns), test=replace(dataset.test, texts=None))
    assert find_slices(bare, None, 8) == ()
