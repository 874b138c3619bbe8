"""Which passwords are refused: those that are too short, and those that are guessed first. No rule asks for characters.

After NIST SP 800-63B-4, section 3.1.1: length counts, lists of what is common help, rules of composition don't.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from typing import Final, Literal, TypeAlias

Fault: TypeAlias = Literal["too_short", "too_long", "has_name", "common"]

SHORTEST: Final = 12
LONGEST: Final = 200
_SHORTEST_NAME: Final = 3  # "al" is in too many words to say anything
_MADE_OF: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # no letter that is taken for another one: no i, l, o, 0, 1
_GROUPS: Final = 5
_GROUP_LETTERS: Final = 4

# what is tried first of those with twelve characters or more; digits and signs at the ends don't count
_COMMON_WORDS: Final = """
    password passwords passwort motdepasse contrasena passw0rd p@ssword p@ssw0rd mypassword thepassword newpassword
    password1234password iloveyou iloveyouforever iloveyousomuch letmein letmeinnow letmeinplease welcome welcomeback
    qwerty qwertyuiop qwertyuiopas qwertyuiopasdf qwertyuiopasdfghjkl asdfghjkl asdfghjklqwe asdfghjkl;' zxcvbnm
    qazwsxedcrfv qazwsxedc 1qaz2wsx3edc 1q2w3e4r5t6y 1q2w3e4r5t6y7u q1w2e3r4t5y6 zaq12wsxcde3 1qazxsw23edc
    administrator admin superadmin changeme changemenow changeit default secret topsecret trustno sunshine princess
    football baseball superman spiderman pokemon starwars dragon monkey unknown nothing computer internet
    abcdefghijkl abcdefghijklm abcdefghijklmnop abcdefghijklmnopqrstuvwxyz abc123abc123 a1b2c3d4e5f6
    correcthorsebatterystaple clearclaim reviewer auditor senior
    woaini woaini1314 woaini520 woaiwojia wodemima mima woaini1314520 wangluo zhongguo 我爱你 密码 我的密码
"""
_COMMON: Final = frozenset(_COMMON_WORDS.split()) | {"correct horse battery staple", "clear claim"}
_SEQUENCES: Final = (
    "01234567890123456789",
    "98765432109876543210",
    "12345678901234567890",
    "abcdefghijklmnopqrstuvwxyz",
)


def normal(password: str) -> str:
    """The same text however a keyboard composes it, so that it opens from each."""
    return unicodedata.normalize("NFC", password)


def fault_of(password: str, name: str) -> Fault | None:
    """Why a password of somebody is refused, or None.

    >>> fault_of("ann likes green tea", "ann"), fault_of("Password123!", "ann"), fault_of("green tea, two cups", "ann")
    ('has_name', 'common', None)
    """
    text = normal(password)
    if len(text) < SHORTEST:
        return "too_short"
    if len(text) > LONGEST:
        return "too_long"
    folded = text.casefold()
    if len(name) >= _SHORTEST_NAME and name.casefold() in folded:
        return "has_name"
    return "common" if _is_common(folded) else None


def make_password() -> str:
    """A password of 99 random bits, to be read out and typed once: nobody guesses it."""
    groups = ("".join(secrets.choice(_MADE_OF) for _ in range(_GROUP_LETTERS)) for _ in range(_GROUPS))
    return "-".join(groups)


def _is_common(folded: str) -> bool:
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    return (
        core in _COMMON
        or folded in _COMMON
        or re.fullmatch(r"(.{1,6}?)\1+.{0,5}", folded) is not None  # a short piece, again and again
        or any(folded in sequence for sequence in _SEQUENCES)
    )
