"""What a mapping may say: which column of a file is what, in which unit, and what each row is.

Keys that aren't here are refused, so a misspelt one can't be ignored.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from features.events import CLAIM_REASONS, CLAIM_TYPES
from training.load.errors import first_line

Name = Annotated[str, Field(min_length=1)]


class Strict(BaseModel):
    """Values that don't change, and no key that isn't known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(Strict):
    """A test on one column. An empty cell passes `missing` and nothing else.

    `starts_with` and `equals` take `value`; `matches` takes a regular expression (RE2, found anywhere in the text
    unless anchored) as `value`; `in` takes `values`; `positive`, `negative`, `zero` and `missing` take neither.
    """

    column: Name
    op: Literal["starts_with", "equals", "in", "matches", "positive", "negative", "zero", "missing"]
    value: Name | None = None
    values: tuple[Name, ...] | None = None

    @model_validator(mode="after")
    def _takes_what_it_needs(self) -> Self:
        if (self.value is not None) != (self.op in {"starts_with", "equals", "matches"}):
            raise ValueError(f"op '{self.op}' {'takes no' if self.value is not None else 'needs a'} 'value'")
        if bool(self.values) != (self.op == "in"):
            raise ValueError(f"op '{self.op}' {'needs a list in' if self.op == 'in' else 'takes no'} 'values'")
        if self.op == "matches":
            _check_pattern(self.value or "")
        return self


def _check_pattern(pattern: str) -> None:
    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid as error:
        raise ValueError(f"value {pattern!r} is no regular expression ({first_line(error)}); correct it") from error


Conditions = Annotated[tuple[Condition, ...], Field(min_length=1)]


class Columns(Strict):
    """The columns that every line has.

    `line` identifies a line among all others; without it the row number does. Ids may be text or whole numbers.
    """

    order: Name
    product: Name
    quantity: Name
    buyer: Name | None = None
    line: Name | None = None


class Given(Strict):
    """A value that is either the same for all rows (`constant`) or stands in a column (`column`)."""

    constant: Name | None = None
    column: Name | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.constant is None) == (self.column is None):
            raise ValueError("give either 'constant' or 'column', one of the two")
        return self


class GivenWord(Given):
    """A value from a fixed list; `words` translates what the column says into the words of that list."""

    words: dict[str, str] = Field(default_factory=dict)


class Time(Strict):
    """When a line happened. A time without an offset is local time in `zone`, which must then be stated.

    `known_at` has one choice, and has to be written out: such a file has no record of when the platform learned of
    a line, so the moment it happened stands in. A file that does have that record is a file of events already.
    """

    column: Name
    zone: Name | None = None
    format: Name | None = None
    known_at: Literal["occurred_at"]

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str | None) -> str | None:
        return known_zone(zone)


def known_zone(zone: str | None) -> str | None:
    """The name of a time zone.

    Raises:
        ValueError: if there is none of that name.
    """
    try:
        return zone and ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"no time zone is called {zone!r}; use a name such as 'Europe/London'") from error


class Money(Strict):
    """What a line cost: a price per unit times the quantity, or the line's total.

    `unit` says whether the column holds pounds ("major") or pence ("minor"); `minor_digits` is how many digits the
    minor unit has (2 for pence, 0 for yen).
    """

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    unit: Literal["major", "minor"]
    minor_digits: Annotated[int, Field(ge=0, le=4, strict=True)] = 2
    unit_price: Name | None = None
    line_total: Name | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.unit_price is None) == (self.line_total is None):
            raise ValueError("give either 'unit_price' or 'line_total', one of the two")
        return self

    @property
    def minor_per_unit(self) -> int:
        """How many minor units one unit of the column is."""
        return int(10**self.minor_digits) if self.unit == "major" else 1


class LeaveOut(Strict):
    """Rows that are neither orders nor returns, and the cause under which they are counted."""

    cause: Name
    when: Conditions


class OrderRows(Strict):
    """Which rows are orders: those for which every condition holds."""

    when: Conditions


class ReturnRows(Strict):
    """Which rows are returns, and what they become. `sign` is the sign that their quantity (or total) carries."""

    when: Conditions
    sign: Literal["negative", "positive"]
    claim_type: GivenWord
    claim_reason: GivenWord
    action: Literal["auto_approve", "manual_review", "pre_payment_compensation"]

    @model_validator(mode="after")
    def _words_are_accepted(self) -> Self:
        _check_words("claim_type", self.claim_type, CLAIM_TYPES)
        _check_words("claim_reason", self.claim_reason, CLAIM_REASONS)
        return self


def _check_words(name: str, given: GivenWord, accepted: tuple[str, ...]) -> None:
    for word in (*given.words.values(), given.constant):
        if word is not None and word not in accepted:
            raise ValueError(f"{name} is {word!r}; use one of {', '.join(accepted)}")


class Mapping(Strict):
    """How the lines of a file become events.

    A row is left out by the first rule of `leave_out` that it meets; what remains is an order or a return.
    """

    columns: Columns
    merchant: Given
    time: Time
    money: Money
    orders: OrderRows
    returns: ReturnRows
    leave_out: tuple[LeaveOut, ...] = ()

    def column_keys(self) -> dict[str, str]:
        """Every column that the mapping names, by the key that names it, such as "columns.order"."""
        named: dict[str, str | None] = {f"columns.{key}": column for key, column in self.columns}
        named |= {
            "merchant.column": self.merchant.column,
            "time.column": self.time.column,
            "money.unit_price": self.money.unit_price,
            "money.line_total": self.money.line_total,
            "returns.claim_type.column": self.returns.claim_type.column,
            "returns.claim_reason.column": self.returns.claim_reason.column,
            **_condition_keys("orders.when", self.orders.when),
            **_condition_keys("returns.when", self.returns.when),
        }
        for index, rule in enumerate(self.leave_out):
            named |= _condition_keys(f"leave_out.{index}.when", rule.when)
        return {key: column for key, column in named.items() if column is not None}


def _condition_keys(key: str, conditions: tuple[Condition, ...]) -> dict[str, str | None]:
    return {f"{key}.{index}.column": condition.column for index, condition in enumerate(conditions)}
