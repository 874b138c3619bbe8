"""A little language for histories: one event a line, and beside each claim what its columns must say.

    known_at | kind        | buyer | amount | = buyer_orders_1d | = claim_evidence_count
    0h       | order_paid  | ann   | 1000   |                   |
    5h+1ms   | claim_filed | ann   | 500    | 1                 | missing

A heading is a field of an event, without `_id`, `_minor`, `_ms` or `_hashes`; one that starts with `=` is a column of
the model. Where many columns would make the table wide, a line `buyer_orders_1d = 1` below a claim says the same of
that claim. Times count from `BASE_MS`. Pictures are hashes with blanks between, in which `..` stands for zeros, such as
`..ff 80..01`, or `none`. A field that is blank, or has no heading, takes its value from `USUAL`, and `-` leaves it out.
An expected value is a number, a fraction such as `1.5/6`, or `missing`; blank says nothing.
"""

import re
from dataclasses import dataclass

import pytest

from features.events import EVENT_FIELDS, KIND_FIELDS, Event, EventKind, FieldType, check_event

BASE_MS = 1_704_067_200_000  # 2024-01-01
UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
USUAL = {
    "buyer_id": "ann",
    "merchant_id": "shop",
    "product_id": "mug",
    "amount_minor": 1_000,
    "quantity": 1,
    "claim_type": "return_refund",
    "claim_reason": "other",
    "action": "manual_review",
    "merchant_response": "agreed",
    "inspection": "as_sent",
    "recovered_minor": 0,
    "rating": 3,
    "verdict": "undetermined",
    "verdict_source": "reviewer",
}
SUFFIXES = ("", "_id", "_minor", "_ms", "_hashes")


@dataclass(frozen=True)
class Drawing:
    """Events in the order drawn, and for each claim among them the values that its columns must have."""

    events: tuple[Event, ...]
    expected: list[dict[str, object]]


def draw(table: str) -> Drawing:
    """Read a drawn table.

    >>> drawing = draw('''
    ...     known_at | kind        | buyer | = buyer_orders_1d
    ...     0h       | order_paid  | ann   |
    ...     5h+1ms   | claim_filed | -     | 0
    ... ''')
    >>> drawing.events[1].known_at_ms - BASE_MS, drawing.events[1].buyer_id, drawing.expected
    (18000001, None, [{'buyer_orders_1d': 0.0}])
    """
    headings, *lines = [[cell.strip() for cell in line.split("|")] for line in table.splitlines() if line.strip()]
    events: list[Event] = []
    expected: list[dict[str, object]] = []
    for line in lines:
        if len(line) == 1:
            _expect(events[-1], expected, *line[0].split("="))
            continue
        cells = dict(zip(headings, line, strict=True))
        events.append(_event(len(events), {name: cell for name, cell in cells.items() if name[0] != "="}))
        if events[-1].kind is EventKind.CLAIM_FILED:
            expected.append({})
        for name, cell in cells.items():
            if name[0] == "=" and cell:
                _expect(events[-1], expected, name[1:], cell)
    return Drawing(tuple(events), expected)


def _expect(event: Event, expected: list[dict[str, object]], column: str, value: str) -> None:
    if event.kind is not EventKind.CLAIM_FILED:
        raise ValueError(f"only claims have columns, but {column} is drawn beside {event.kind}")
    expected[-1][column.strip()] = _value(value.strip())


def moment_ms(text: str) -> int:
    """A drawn time as milliseconds since 1970.

    >>> moment_ms("1d-2h+3ms") - BASE_MS
    79200003
    """
    if not re.fullmatch(r"-?(\d+(ms|s|m|h|d)[+-]?)+", text):
        raise ValueError(f"{text!r} is no time: draw it like 3d, 5h+1ms or 30d-1ms")
    parts = re.findall(r"(-?)(\d+)(ms|s|m|h|d)", text)
    return BASE_MS + sum(int(sign + number) * UNITS_MS[unit] for sign, number, unit in parts)


def picture_hash(text: str) -> str:
    """A drawn hash in full.

    >>> picture_hash("..7f"), picture_hash("80..01")
    ('000000000000007f', '8000000000000001')
    """
    before, dots, after = text.partition("..")
    return before + ("0" * (16 - len(before) - len(after)) if dots else "") + after


def _event(number: int, cells: dict[str, str]) -> Event:
    kind = EventKind(cells["kind"])
    drawn = {_field(name): cell for name, cell in cells.items() if name != "kind" and cell}
    carried = (*KIND_FIELDS[kind].required, *KIND_FIELDS[kind].optional)
    subject = {"order_id": f"order {number}"} if "order_id" in KIND_FIELDS[kind].required else {}
    subject |= {"claim_id": f"claim {number}"} if "claim_id" in carried else {}
    usual = {name: value for name, value in USUAL.items() if name in carried}
    fields = {**usual, **subject, **{name: _parse(name, cell) for name, cell in drawn.items()}}
    fields.setdefault("occurred_at_ms", fields["known_at_ms"])
    return check_event(Event(event_id=f"event {number}", kind=kind, **fields))


def _field(heading: str) -> str:
    return next(heading + suffix for suffix in SUFFIXES if heading + suffix in EVENT_FIELDS)


def _parse(field: str, cell: str) -> object:
    if cell == "-":
        return None
    match EVENT_FIELDS[field].type:
        case FieldType.TIME:
            return moment_ms(cell)
        case FieldType.MONEY | FieldType.COUNT | FieldType.RATING:
            return int(cell)
        case FieldType.HASHES:
            return () if cell == "none" else tuple(picture_hash(word) for word in cell.split())
        case FieldType.FLAG:
            return {"true": True, "false": False}[cell]
        case _:
            return cell


def _value(cell: str) -> object:
    if cell == "missing":
        return None
    if "/" in cell:
        above, below = cell.split("/")
        return pytest.approx(float(above) / float(below), rel=1e-12, abs=0)
    return float(cell)
