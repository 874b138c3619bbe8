"""Near pictures, found by parts of their hashes, held against looking at all of them."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from features import pictures
from features.event_table import hash_bits
from features.pictures import NEAR_BITS, PIECE_BITS, bands, distance, near_pairs, pieces

HASHES = st.integers(-(2**63), 2**63 - 1)
BITS = st.sets(st.integers(0, 63), max_size=NEAR_BITS)


def ints(*hashes: int) -> np.ndarray:
    return np.array(hashes, dtype=np.int64)


def flip(picture: int, bits: set[int]) -> int:
    """The hash with some of its bits turned over."""
    unsigned = (picture % 2**64) ^ sum(1 << bit for bit in bits)
    return unsigned - 2**64 if unsigned >= 2**63 else unsigned


def near_by_looking(hashes: np.ndarray) -> set[tuple[int, int]]:
    """All pairs of near hashes, by comparing each with each."""
    words = [int(picture) % 2**64 for picture in hashes]
    return {
        (one, other)
        for one in range(len(words))
        for other in range(len(words))
        if (words[one] ^ words[other]).bit_count() <= NEAR_BITS
    }


def near_by_bands(hashes: np.ndarray) -> set[tuple[int, int]]:
    return {pair for one, other in near_pairs(hashes) for pair in zip(one.tolist(), other.tolist(), strict=True)}


@given(picture=HASHES, bits=BITS)
@example(picture=0, bits={0, 13, 26})
@example(picture=-1, bits={0, 31, 63})
@example(picture=-(2**63), bits={63})
def test_hashes_within_three_bits_share_a_band(picture, bits):
    """Wherever up to three bits lie, two of five pieces stay whole."""
    one, other = bands(ints(picture))[0], bands(ints(flip(picture, bits)))[0]
    assert set(one.tolist()) & set(other.tolist())
    assert (one == other).any()


@given(picture=HASHES, bits=BITS)
def test_hashes_within_three_bits_share_one_of_any_four_pieces(picture, bits):
    """Locks are taken on four pieces of each picture: two near ones always have one in common."""
    same = (pieces(ints(picture)) == pieces(ints(flip(picture, bits))))[0]
    assert all(np.delete(same, place).any() for place in range(len(PIECE_BITS)))


@given(picture=HASHES)
def test_pieces_put_together_are_the_hash(picture):
    """No bit is left out and none is used twice."""
    assert sum(PIECE_BITS) == 64
    whole, shift = 0, 0
    for piece, size in zip(pieces(ints(picture))[0].tolist(), PIECE_BITS, strict=True):
        assert 0 <= piece < 1 << size
        whole |= piece << shift
        shift += size
    assert whole == picture % 2**64


@given(one=HASHES, other=HASHES)
def test_bands_of_different_pairs_of_pieces_never_meet(one, other):
    """A band says which two pieces it is of: two hashes share it just when they agree on both."""
    first, second = bands(ints(one))[0].tolist(), bands(ints(other))[0].tolist()
    assert len(set(first)) == len(first) == 10
    agree = int((pieces(ints(one)) == pieces(ints(other))).sum())
    assert len(set(first) & set(second)) == agree * (agree - 1) // 2


@given(picture=HASHES, bits=st.sets(st.integers(0, 63)))
def test_distance_is_the_number_of_bits_that_differ(picture, bits):
    """From none to all 64, the highest included."""
    assert distance(ints(picture), ints(flip(picture, bits))).tolist() == [len(bits)]


def test_distance_compares_each_with_each_where_shapes_ask_for_it():
    """A column against a row gives a table."""
    table = distance(ints(0, -1)[:, np.newaxis], ints(0, 1, -1))
    assert table.tolist() == [[0, 1, 64], [64, 63, 0]]


@settings(max_examples=60)
@given(
    centres=st.lists(HASHES, min_size=1, max_size=4),
    turns=st.lists(st.tuples(st.integers(0, 3), st.sets(st.integers(0, 63), max_size=5)), max_size=25),
)
def test_near_pairs_are_those_found_by_comparing_all(centres, turns):
    """Nothing near is missed, nothing far is found, and each is near itself."""
    near = [flip(centres[number % len(centres)], bits) for number, bits in turns]
    hashes = np.unique(ints(*centres, *near))
    assert near_by_bands(hashes) == near_by_looking(hashes)


def test_near_pairs_of_many_hashes_that_share_bands_are_all_found(monkeypatch):
    """Also where a band holds many, and the pairs are compared in many parts."""
    random = np.random.default_rng(20_260_301)
    low = random.integers(0, 1 << 13, 150)  # four pieces of five alike: every one of six bands holds all
    hashes = np.unique(np.concatenate([low, random.integers(-(2**63), 2**63 - 1, 50)]))
    expected = near_by_looking(hashes)
    assert len(expected) > 2 * len(hashes)
    assert near_by_bands(hashes) == expected
    monkeypatch.setattr(pictures, "JOIN_ROWS", 500)
    assert near_by_bands(hashes) == expected


def test_no_hashes_have_no_near_pairs():
    """A store without pictures has nothing to compare."""
    assert near_by_bands(ints()) == set()
    assert (bands(ints()).shape, pieces(ints()).shape) == ((0, 10), (0, 5))


@pytest.mark.parametrize("word", ["0" * 16, "8" + "0" * 15, "f" * 16, "0123456789abcdef"])
def test_words_are_near_themselves_alone(word):
    """A single hash is its own neighbour."""
    assert near_by_bands(hash_bits([word])) == {(0, 0)}
