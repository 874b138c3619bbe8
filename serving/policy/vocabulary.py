"""What a rule can ask about: every field by its root and name, with its type, its limits and what it means.

Facts of the claim and its order are named here. What is known of the buyer, the merchant and the rest are the columns
of the feature catalogue under the name of whom they are about: `buyer_orders_365d` is `buyer.orders_365d`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final, TypeAlias, get_args

from features.catalog_text import subject_of
from features.columns import columns_of
from features.events import CLAIM_REASONS, CLAIM_TYPES, EARLIEST_MS, LARGEST_AMOUNT, LATEST_MS
from features.plan import default_plan
from serving.words import AuthorityKind

Value: TypeAlias = bool | int | float | str


class Kind(StrEnum):
    """The type of a field's values."""

    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "number"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class PolicyField:
    """One field that rules can ask about.

    Attributes:
        root: whom or what it is about.
        name: its name there.
        kind: the type of its values.
        meaning: a line for people.
        words: the only texts that it can have, where there are few.
        least: the least number that it can be, if there is one.
        most: the largest.
        whole: whether a number is always a whole one, of whatever type.
        may_lack: whether it may be missing; `has(...)` asks, and what compares a missing field doesn't hold.
        column: the column of the feature catalogue that it is, if it is one.
    """

    root: str
    name: str
    kind: Kind
    meaning: str
    words: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    whole: bool = False
    may_lack: bool = False
    column: str | None = None

    @property
    def key(self) -> str:
        """As a rule writes it."""
        return f"{self.root}.{self.name}"

    def takes(self, value: Value) -> bool:
        """Whether a value is of the field's type; whole numbers and decimals are compared with each other."""
        match self.kind:
            case Kind.TEXT:
                return isinstance(value, str)
            case Kind.FLAG:
                return isinstance(value, bool)
            case _:
                return isinstance(value, int | float) and not isinstance(value, bool)


def _text(root: str, name: str, meaning: str, words: Iterable[str] = ()) -> PolicyField:
    return PolicyField(root, name, Kind.TEXT, meaning, tuple(words))


def _whole(
    root: str, name: str, meaning: str, least: int, most: int = LARGEST_AMOUNT, *, may_lack: bool = False
) -> PolicyField:
    return PolicyField(root, name, Kind.WHOLE, meaning, (), least, most, whole=True, may_lack=may_lack)


def _time(name: str, meaning: str) -> PolicyField:
    return _whole("order", name, f"{meaning}, milliseconds UTC", EARLIEST_MS, LATEST_MS, may_lack=True)


def _number(
    root: str, name: str, meaning: str, least: float | None, most: float | None, *, may_lack: bool = False
) -> PolicyField:
    return PolicyField(root, name, Kind.NUMBER, meaning, (), least, most, may_lack=may_lack)


_STATED: Final[tuple[PolicyField, ...]] = (
    _text("claim", "id", "the claim's id"),
    _text("claim", "type", "what the buyer asks for", CLAIM_TYPES),
    _text("claim", "reason", "why, in the buyer's choice of word", CLAIM_REASONS),
    _text("claim", "authority", 'the kind of authority on record, "" for none', ("", *get_args(AuthorityKind))),
    _whole("claim", "amount_minor", "what is asked for, minor units", 0),
    _whole("claim", "quantity", "units claimed", 0),
    _whole("claim", "evidence_count", "pictures or videos attached", 0),
    _whole("claim", "hour_of_day", "the hour in which it came in, in the policy's time zone", 0, 23),
    _text("order", "id", 'the order line, "" where nobody said'),
    _text("order", "category_id", 'the sort of goods, "" where nobody said'),
    _whole("order", "amount_minor", "what the order cost, minor units", 0, may_lack=True),
    PolicyField("order", "delivered", Kind.FLAG, "whether it is known to have arrived, true or false"),
    _time("paid_at_ms", "when it was paid"),
    _time("promised_at_ms", "when it was promised to arrive"),
    _time("delivered_at_ms", "when it arrived"),
    _number("order", "days_since_payment", "days from payment to the claim", None, None, may_lack=True),
    _number("order", "days_since_delivery", "days from delivery to the claim", None, None, may_lack=True),
    _text("buyer", "id", 'who bought, "" for a sale without an account'),
    _text("merchant", "id", "who sold"),
    _text("product", "id", "what was sold"),
    _number("probabilities", "abuse", "that the claim is abusive", 0, 1),
    _number("probabilities", "recovery", "that an advance would come back from the merchant", 0, 1),
    _number("costs", "auto_approve", "expected cost of an approval before rules, minor units", 0, None),
    _number("costs", "manual_review", "expected cost of a review before rules, minor units", 0, None),
    _number("costs", "pre_payment_compensation", "expected cost of an advance before rules, minor units", 0, None),
)
# what a unit of the catalogue says of its numbers: the least, the largest, and whether they are whole
_UNITS: Final[Mapping[str, tuple[float | None, float | None, bool]]] = {
    "count": (0, None, True),
    "minor": (0, None, False),  # means of amounts are not whole
    "seconds": (0, None, False),
    "rating": (1, 5, False),
    "bits": (0, 64, True),
    "ratio": (0, None, False),
}
LISTS: Final = "lists"


@cache
def _fields() -> Mapping[str, PolicyField]:
    known = {field.key: field for field in _STATED}
    for field in _of_the_catalogue():
        known.setdefault(field.key, field)
    return known


def _of_the_catalogue() -> Iterator[PolicyField]:
    for group in default_plan().catalog:
        root = subject_of(group)
        for column in columns_of(group):
            if column.unit == "flag":  # one of the words of claim.type or claim.reason
                continue
            least, most, whole = _UNITS.get(column.unit, (None, None, False))
            name = column.name.removeprefix(f"{root}_")
            unit = "" if column.unit in {"count", "ratio"} else f", {column.unit}"
            yield PolicyField(
                root, name, Kind.NUMBER, f"{column.meaning.en}{unit}", (), least, most, whole, True, column.name
            )


def vocabulary(lists: Mapping[str, str]) -> Mapping[str, PolicyField]:
    """All fields that rules can ask about, by key (`claim.amount_minor`), with the lists that a policy declares.

    Args:
        lists: the kind of member of each list, by its name.
    """
    asked = {
        f"{LISTS}.{name}": PolicyField(LISTS, name, Kind.FLAG, f"whether the claim's {kind} is on this list")
        for name, kind in lists.items()
    }
    return {**_fields(), **asked}


def as_lines(lists: Mapping[str, str]) -> Iterator[str]:
    """The vocabulary for a terminal: a line a field, with its type and meaning."""
    known = vocabulary(lists)
    roots = list(dict.fromkeys(field.root for field in known.values()))
    width = max(map(len, known))
    for key, field in sorted(known.items(), key=lambda pair: roots.index(pair[1].root)):
        words = f" ({', '.join(word or repr('') for word in field.words)})" if field.words else ""
        lack = "; may be missing" if field.may_lack else ""
        yield f"{key:<{width}}  {field.kind:<13}  {field.meaning}{words}{lack}"
