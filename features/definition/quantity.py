"""What one event adds to a sum: a whole number made from its fields, zero or more."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from features.events import EVENT_FIELDS, FieldType

SQUARE_BITS = 40  # bits of a square in the low word; so eight million squares of the largest amounts can't overflow
LONGEST_SECONDS = 400 * 24 * 3_600  # a longer wait tells no more, and a mistaken time must not drown all others


class Form(StrEnum):
    """How a number is made from a field."""

    VALUE = "value"  # as it is
    SQUARE_HIGH = "square_high"  # its square, from bit 40 up
    SQUARE_LOW = "square_low"  # its square, the lowest 40 bits
    PRESENT = "present"  # 1 if the event carries it
    SECONDS_SINCE = "seconds_since"  # whole seconds from this time to occurred_at; 0 if it carries none or it is later
    LATER = "later"  # 1 if occurred_at is after this time

    @property
    def of_amount(self) -> bool:
        """Whether the field is an amount, and not a time or anything that may be missing."""
        return self in {Form.VALUE, Form.SQUARE_HIGH, Form.SQUARE_LOW}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number made from a field of an event."""

    form: Form
    field: str

    def __post_init__(self) -> None:
        """Refuse a field that has no such number."""
        kind = EVENT_FIELDS[self.field].type
        numeric = {FieldType.MONEY, FieldType.COUNT, FieldType.RATING}
        if self.form.of_amount and kind not in numeric:
            raise ValueError(f"{self.field} is no number")
        if self.form in {Form.SECONDS_SINCE, Form.LATER} and kind is not FieldType.TIME:
            raise ValueError(f"{self.field} is no time")
