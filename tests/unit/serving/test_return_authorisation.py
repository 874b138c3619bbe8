"""A return's number is the claim's own, and a slip in copying it is noticed."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.decision import is_rma_number, rma_number
from serving.decision.return_authorisation import ALPHABET, LENGTH

claim_ids = st.text(max_size=40)


@given(claim_ids)
def test_number_of_a_claim_is_always_the_same_and_can_be_read(claim_id: str) -> None:
    """It needs no register, and has no characters that look alike."""
    number = rma_number(claim_id)
    assert number == rma_number(claim_id)
    assert len(number) == LENGTH + 1
    assert not set(number) & set("0O1IL")
    assert is_rma_number(number)


@given(claim_ids, st.integers(0, LENGTH), st.sampled_from(ALPHABET))
def test_any_single_wrong_character_is_noticed(claim_id: str, place: int, character: str) -> None:
    """Whatever is typed in the place of one character, the check included."""
    number = rma_number(claim_id)
    wrong = number[:place] + character + number[place + 1 :]
    assert is_rma_number(wrong) == (wrong == number)


@pytest.mark.parametrize("claim_id", ["claim-1", "claim-2", "申请-3"])
def test_any_two_characters_that_changed_places_are_noticed(claim_id: str) -> None:
    """The commonest slip of the hand, at any two places, the check's included."""
    number = rma_number(claim_id)
    for one, other in combinations(range(LENGTH + 1), 2):
        swapped = list(number)
        swapped[one], swapped[other] = number[other], number[one]
        assert is_rma_number("".join(swapped)) == (number[one] == number[other])


def test_number_is_read_as_people_write_it() -> None:
    """Small letters, blanks and hyphens don't matter; what is too short or has other characters is no number."""
    number = rma_number("claim-1")
    assert is_rma_number(f" {number[:4]}-{number[4:8]} {number[8:]}".lower())
    for text in ("", number[:-1], number + number[0], number[:-1] + "0", number[:-1] + "é"):
        assert not is_rma_number(text)


def test_claims_have_different_numbers() -> None:
    """A hundred thousand claims, a hundred thousand numbers."""
    assert len({rma_number(f"claim-{number}") for number in range(100_000)}) == 100_000
