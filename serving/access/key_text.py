"""What a key looks like, and what is stored in its place.

    cc_<id>_<secret>      sent as: Authorization: Bearer cc_...

The id is no secret: it finds the row. By the prefix, scanners of repositories and logs know a key when they see one.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from dataclasses import dataclass, field
from typing import Final

ALPHABET: Final = string.digits + string.ascii_letters  # base62: nothing that a shell, a URL or a CSV reads as its own
ID_LETTERS: Final = 12
SECRET_LETTERS: Final = 43  # 43 * log2(62) = 256.03 bits: no less than 32 random bytes
KEY_PATTERN: Final = re.compile(f"cc_([0-9A-Za-z]{{{ID_LETTERS}}})_([0-9A-Za-z]{{{SECRET_LETTERS}}})")

_BEARER: Final = "bearer "
_LONGEST_HEADER: Final = 256


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made. Its text is shown once and stored nowhere."""

    id: str
    digest: bytes
    text: str = field(repr=False)


def make_key() -> NewKey:
    """A key from the system's random numbers."""
    key_id, secret = _letters(ID_LETTERS), _letters(SECRET_LETTERS)
    return NewKey(key_id, digest_of(secret), f"cc_{key_id}_{secret}")


def digest_of(secret: str) -> bytes:
    """What is stored in the place of a secret: its SHA-256, 32 bytes.

    Slow hashes (bcrypt, scrypt, Argon2) make up for passwords that can be guessed. A secret of 256 random bits can't be
    guessed however quick the hash is; a slow one would only make each request, an attacker's too, cost us 50 ms.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def presented(header: str | None) -> tuple[str, str]:
    """The id and the secret in an Authorization header; an id that nobody has where it holds no key.

    >>> presented("Bearer cc_0123456789ab_" + "s" * 43) == ("0123456789ab", "s" * 43)
    True
    >>> presented("Basic cc_x")
    ('', 'Basic cc_x')
    """
    text = (header or "")[:_LONGEST_HEADER]
    if text[: len(_BEARER)].lower() == _BEARER:
        found = KEY_PATTERN.fullmatch(text[len(_BEARER) :].strip(" "))
        if found is not None:
            return found[1], found[2]
    return "", text


def _letters(count: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(count))
