"""Rows as PostgreSQL's COPY wants them."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from features.store.rows import copy_lines, copy_text

TEXTS = st.one_of(
    st.sampled_from(["", "\\N", "\\.", "\\", "\t", "a\nb\r\n", "杯\\t子", '"', "\u2028"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5),
)
ROWS = st.lists(
    st.tuples(
        st.none() | TEXTS,
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.booleans(),
        st.none() | st.binary(max_size=4),
    ),
    min_size=1,
    max_size=8,
)
TYPES = (pa.string(), pa.int64(), pa.bool_(), pa.large_binary())


def read_back(data: bytes) -> list[tuple[str | int | bool | bytes | None, ...]]:
    """Read COPY's text format as PostgreSQL does."""
    readers = (
        str,
        int,
        {"true": True, "false": False}.__getitem__,
        lambda text: bytes.fromhex(text.removeprefix("\\x")),
    )
    escapes = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}

    def value(text, reader):
        if text == "\\N":
            return None
        plain, characters = "", iter(text)
        for character in characters:
            plain += escapes[next(characters)] if character == "\\" else character
        return reader(plain)

    lines = data.decode().split("\n")
    assert lines.pop() == ""
    return [
        tuple(value(text, reader) for text, reader in zip(line.split("\t"), readers, strict=True)) for line in lines
    ]


@given(rows=ROWS)
def test_rows_written_are_read_back_the_same(rows):
    """Nothing that a value may hold is taken for the end of a value, a row or the data."""
    assert read_back(copy_lines(rows)) == rows


@given(rows=ROWS)
def test_columns_give_the_bytes_that_rows_give(rows):
    """Few rows and many take different ways to the same file."""
    columns = [pa.array(column, sort) for column, sort in zip(zip(*rows, strict=True), TYPES, strict=True)]
    assert copy_text(columns) == copy_lines(rows)


def test_part_of_a_column_is_written_without_the_rest():
    """Arrow's slices share the memory of the whole."""
    columns = [pa.array(["a", "b", "c", None]), pa.array([b"1", None, b"22", b"3"], pa.large_binary())]
    part = [column.slice(1, 2) for column in columns]
    assert copy_text(part) == copy_lines([("b", None), ("c", b"22")])


def test_no_rows_are_no_bytes():
    """Nothing is written where nothing is."""
    assert copy_text([pa.array([], pa.string())]) == copy_lines([]) == b""
