"""N-grams: of any text, the same everywhere, and blind to what doesn't matter."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.text.grams import BUCKETS, LONGEST_READ, fingerprint, grams, plain

ANY_TEXT = st.text(st.characters(), max_size=80)  # half surrogates and unassigned characters too


@given(ANY_TEXT)
def test_grams_of_any_text_are_rising_numbers_within_range(text: str) -> None:
    """Whatever somebody typed, half characters included, comes out as bucket numbers."""
    found = grams(text)
    assert found.dtype == np.int64
    assert (np.diff(found) > 0).all()
    assert ((found >= 0) & (found < BUCKETS)).all()
    assert (len(found) == 0) == (plain(text) == "")


@given(ANY_TEXT)
def test_grams_of_a_text_made_plain_are_its_own(text: str) -> None:
    """What is read twice is read the same."""
    assert grams(plain(text)).tolist() == grams(text).tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It BROKE", "it broke"),
        ("ｉｔ　ｂｒｏｋｅ", "it broke"),
        ("it \n\t broke  ", "it broke"),
        ("after 3 days", "after 12 days"),
        ("cost 1,299.50", "cost 7"),
        ("假货！", "假货!"),
        ("退③次", "退3次"),
    ],
)
def test_texts_that_differ_in_form_alone_have_the_same_grams(one: str, other: str) -> None:
    """Case, width, white space and the value of a number say nothing of the reason."""
    assert grams(one).tolist() == grams(other).tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [("broken", "broke"), ("没收到", "收到没"), ("late", "rate"), ("not fake", "fake not"), ("😡", "😭")],
)
def test_texts_of_other_words_or_another_order_have_other_grams(one: str, other: str) -> None:
    """Order within a few characters is kept."""
    assert grams(one).tolist() != grams(other).tolist()


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u3000", "\0"])
def test_text_of_nothing_has_no_grams(text: str) -> None:
    """White space alone is no text."""
    assert grams(text).tolist() == []


def test_typing_mistake_leaves_most_grams_as_they_were() -> None:
    """A text with a slip is nearly the same text."""
    right, wrong = set(grams("the parcel was delivered damaged")), set(grams("the parcel was deliverd damaged"))
    assert len(right & wrong) / len(right | wrong) > 0.8


def test_text_beyond_the_longest_is_cut_there() -> None:
    """The time that one text takes is bounded, however far compatibility forms unfold."""
    assert grams("ab" * LONGEST_READ).tolist() == grams(("ab" * LONGEST_READ)[:LONGEST_READ]).tolist()
    assert len(plain("\ufdfa" * LONGEST_READ)) == LONGEST_READ


def test_grams_are_the_same_in_another_process() -> None:
    """Nothing depends on Python's own hash, which every process salts anew."""
    script = "from serving.text.grams import fingerprint, grams; print(fingerprint(), grams('坏了 😡 broken').tolist())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{fingerprint()} {grams('坏了 😡 broken').tolist()}"


def test_grams_are_numbered_as_they_were() -> None:
    """Another numbering makes every reader in the field useless: this line changes only together with the format."""
    assert fingerprint() == "59e659b3b76bd0e0"
