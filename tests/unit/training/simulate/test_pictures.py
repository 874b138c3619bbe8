from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.event_table import hash_bits


@pytest.fixture(scope="module")
def pictures(filed) -> pd.DataFrame:
    """A row per picture of a claim."""
    columns = ["claim_id", "buyer_id", "person", "known_at_ms", "abusive", "story", "evidence_hashes"]
    rows = filed[columns].dropna(subset="evidence_hashes").explode("evidence_hashes")
    return rows.rename(columns={"evidence_hashes": "hash"}).reset_index(drop=True)


@pytest.fixture(scope="module")
def by_hash(pictures) -> pd.DataFrame:
    """A row per hash: on how many claims, from how many buyers, and the share of the claims that are abusive."""
    return pictures.groupby("hash").agg(
        claims=("claim_id", "nunique"), buyers=("buyer_id", "nunique"), abusive=("abusive", "mean")
    )


@pytest.fixture(scope="module")
def near_pairs(pictures) -> pd.DataFrame:
    """Pairs of pictures whose hashes differ in one to three bits."""
    bits = hash_bits(pictures["hash"]).view(np.uint64)
    pairs = []
    for row in range(len(bits)):
        distance = np.bitwise_count(bits[row + 1 :] ^ bits[row])
        pairs += [(row, row + 1 + other) for other in np.flatnonzero((distance >= 1) & (distance <= 3))]
    return pd.DataFrame(pairs, columns=["one", "other"])


def test_hashes_are_at_most_as_many_as_pictures_and_videos(filed):
    """Most pictures have a hash; videos and unreadable ones don't, and no claim has a hash twice."""
    hashes = filed["evidence_hashes"].map(lambda words: 0 if words is None else len(words))
    assert (hashes <= filed["evidence_count"]).all()
    assert filed["evidence_count"].max() <= 16
    assert 0.85 < hashes.sum() / filed["evidence_count"].sum() < 0.98
    assert filed["evidence_hashes"].dropna().map(lambda words: len(set(words)) == len(words)).all()


def test_most_pictures_are_new(by_hash):
    """A picture seen before is the exception."""
    assert (by_hash["claims"] == 1).mean() > 0.97


def test_blank_images_come_from_many_honest_buyers(by_hash):
    """A few images are everybody's: that one was seen before says little by itself."""
    blank = by_hash[(by_hash["buyers"] >= 5) & (by_hash["abusive"] < 0.5)]
    assert 1 <= len(blank) <= 4
    assert blank["abusive"].mean() < 0.3


def test_rings_and_serial_abusers_send_a_picture_again(by_hash):
    """Some pictures appear on several abusive claims, from one buyer and from several, and on no honest one."""
    reused = by_hash[(by_hash["claims"] > 1) & (by_hash["abusive"] == 1)]
    assert (reused["buyers"] == 1).any()
    assert (reused["buyers"] > 1).any()


def test_honest_buyer_sends_a_picture_twice_within_days(pictures, by_hash):
    """A picture may show two orders at once: the same honest buyer sends it with two claims of one week."""
    twice = by_hash.index[(by_hash["claims"] == 2) & (by_hash["buyers"] == 1) & (by_hash["abusive"] == 0)]
    assert 2 <= len(twice) < 0.01 * len(by_hash)
    filed = pictures[pictures["hash"].isin(twice)].groupby("hash")["known_at_ms"]
    assert ((filed.max() - filed.min()) < 7 * 24 * 60 * 60 * 1_000).all()


def test_pictures_encoded_anew_differ_in_up_to_three_bits(pictures, near_pairs):
    """There are near copies at each distance, from one buyer and between different ones."""
    one, other = (pictures.loc[near_pairs[side]].reset_index(drop=True) for side in ("one", "other"))
    between = one["buyer_id"] != other["buyer_id"]
    assert between.sum() >= 10
    assert (~between).any()
    distance = np.bitwise_count((hash_bits(one["hash"]) ^ hash_bits(other["hash"])).view(np.uint64))
    assert set(distance) == {1, 2, 3}


def test_near_copy_between_buyers_does_not_settle_what_a_claim_is(pictures, near_pairs):
    """Close hashes of different buyers are a ring's or a blank image's: many pairs are abusive, and many honest."""
    one, other = (pictures.loc[near_pairs[side]].reset_index(drop=True) for side in ("one", "other"))
    between = one["buyer_id"] != other["buyer_id"]
    assert (between & one["abusive"] & other["abusive"]).sum() >= 10
    assert (between & ~one["abusive"] & ~other["abusive"]).sum() >= 10
