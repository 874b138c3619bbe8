"""A row of totals as bytes, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.store.encoding import decode_all, encode, encode_all

TOTALS = st.one_of(st.just(0), st.sampled_from([1, -1, 2**63 - 1, -(2**63)]), st.integers(-(2**63), 2**63 - 1))
ROWS = arrays(np.int64, st.tuples(st.integers(0, 5), st.integers(1, 27)), elements=TOTALS)


@given(states=ROWS)
def test_rows_encoded_and_decoded_are_the_same(states):
    """Any totals of any number of measures come back, of widths that fill no byte too."""
    width = states.shape[1]
    assert decode_all(encode_all(states), width).tolist() == states.tolist()


@given(states=ROWS)
def test_rows_encoded_together_are_those_encoded_one_by_one(states):
    """Bulk imports and single appends write the same bytes."""
    assert encode_all(states) == [encode(state) for state in states]


@given(states=ROWS, data=st.data())
def test_rows_that_are_not_there_decode_to_zeros(states, data):
    """Who has no history yet has totals of zero, and doesn't shift those of the others."""
    present = data.draw(st.lists(st.booleans(), min_size=len(states), max_size=len(states)))
    rows = [row if there else None for row, there in zip(encode_all(states), present, strict=True)]
    expected = np.where(np.array(present, dtype=bool).reshape(-1, 1), states, 0)
    assert decode_all(rows, states.shape[1]).tolist() == expected.tolist()


@pytest.mark.parametrize("width", [1, 7, 8, 9, 16, 25])
def test_row_of_zeros_is_its_bitmap_alone(width):
    """Zeros cost a bit each, whole bytes at a time."""
    assert encode(np.zeros(width, dtype=np.int64)) == bytes((width + 7) // 8)


def test_row_is_a_bitmap_and_little_endian_values():
    """The bytes are the same on every machine: first which values there are, from the highest bit, then the values."""
    row = np.array([0, 1, 0, 0, 0, 0, 0, 0, -2], dtype=np.int64)
    assert encode(row) == bytes([0b0100_0000, 0b1000_0000]) + b"\x01" + bytes(7) + b"\xfe" + b"\xff" * 7


def test_rows_of_none_are_an_empty_table():
    """No rows make no rows."""
    assert decode_all([], 5).shape == (0, 5)
    assert decode_all([None, None], 5).tolist() == [[0] * 5] * 2
