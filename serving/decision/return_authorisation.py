"""The number of a return authorisation: what the buyer writes on the parcel, and the warehouse types in.

It follows from the claim's id alone, so a claim that is asked about twice has one number. Its last character checks
the others: any one that is wrong, and any two that changed places, are noticed.
"""

from __future__ import annotations

import hashlib
from typing import Final

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0, O, 1, I and L; 31 is a prime, which the check needs
LENGTH: Final = 12  # of ten million claims, the chance that any two share a number is about 1 in 16,000


def rma_number(claim_id: str) -> str:
    """The number of a claim's return: `LENGTH` characters and the one that checks them.

    >>> rma_number("claim-000016504")
    '3EETPAZ5ZM7YX'
    """
    rest = int.from_bytes(hashlib.sha256(f"return:{claim_id}".encode()).digest())
    digits = []
    for _ in range(LENGTH):
        rest, digit = divmod(rest, len(ALPHABET))
        digits.append(digit)
    return "".join(ALPHABET[digit] for digit in (*digits, _check(digits)))


def is_rma_number(text: str) -> bool:
    """Whether a text, as somebody typed it, can be a return's number; case, blanks and hyphens don't matter."""
    typed = text.replace(" ", "").replace("-", "").upper()
    if len(typed) != LENGTH + 1 or any(character not in ALPHABET for character in typed):
        return False
    *digits, check = (ALPHABET.index(character) for character in typed)
    return _check(digits) == check


def _check(digits: list[int]) -> int:
    # The weights differ and none is a multiple of the prime: a wrong digit moves the sum, and so does a swap. The check
    # digit's own weight, 1, is none of theirs, so it may not change places either.
    return -sum(weight * digit for weight, digit in enumerate(digits, start=2)) % len(ALPHABET)
