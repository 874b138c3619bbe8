"""From JSON to columns: every event of a call is checked, and what is wrong is named, event by event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

import pyarrow as pa
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json

from features.event_file import EVENT_SCHEMA
from features.events import EVENT_FIELDS, RULES, FieldType, complain
from serving.intake.problems import EventsError, Problem, refuse
from serving.intake.sent_event import MOST_EVENTS, SentEvent

SentRow: TypeAlias = Mapping[str, Any]

CHECK_ROWS: Final = 250  # at once: a body full of mistakes mustn't make a list of hundreds of thousands of them
_IDS: Final = [name for name, spec in EVENT_FIELDS.items() if spec.type is FieldType.ID]
_ROW: Final = pa.struct(EVENT_SCHEMA)


@cache
def _checker() -> TypeAdapter[list[Any]]:
    return TypeAdapter(list[SentEvent])


def parse_events(body: bytes) -> list[Any]:
    """The events in a body, a JSON object with a list `events`, as they were sent.

    Raises:
        EventsError: if it is something else.
    """
    try:
        content = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise EventsError([Problem(None, None, f"is not JSON ({error})")]) from None
    match content:
        case {"events": [*events]} if len(content) == 1:
            return events
    raise EventsError([Problem(None, None, 'is not an object with one list of events; send {"events": [...]}')])


def read_events(rows: Sequence[Any]) -> pa.Table:
    """A call's events in the layout of files, a row each; those of `ALWAYS` that are moments may be missing.

    Raises:
        EventsError: naming the fields that are wrong.
    """
    if not 1 <= len(rows) <= MOST_EVENTS:
        raise EventsError([Problem(None, "events", f"are {len(rows)} events; send 1 to {MOST_EVENTS:,} in one call")])
    refuse(_wrong(rows))
    refuse(_unprintable(rows))
    return pa.Table.from_struct_array(pa.array(rows, _ROW))


def _wrong(rows: Sequence[Any]) -> Iterator[Problem]:
    for start in range(0, len(rows), CHECK_ROWS):
        part = rows[start : start + CHECK_ROWS]
        crowded = [index for index, row in enumerate(part) if isinstance(row, dict) and len(row) > len(EVENT_FIELDS)]
        if crowded:
            yield Problem(start + crowded[0], None, "has more fields than an event can have; leave the others out")
            return
        try:
            _checker().validate_python(part)
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_context=False):
                yield _problem(detail, start)


def _unprintable(rows: Sequence[SentRow]) -> Iterator[Problem]:
    for name in _IDS:
        words = [row.get(name) for row in rows]
        if not all(word.isprintable() for word in words if word):
            yield from (
                Problem(index, name, complain(EVENT_FIELDS[name], word) or RULES[FieldType.ID])
                for index, word in enumerate(words)
                if word and not word.isprintable()
            )


def _problem(detail: ErrorDetails, start: int) -> Problem:
    # the path holds the kind too: (index, kind, field, ...)
    index, *rest = detail["loc"]
    name = str(rest[1]) if len(rest) > 1 else None
    kind = rest[0] if rest else None
    return Problem(start + int(index), name or _whole_event(detail), _reason(detail, kind, name))


def _whole_event(detail: ErrorDetails) -> str | None:
    return "kind" if detail["type"].startswith("union_tag") else None


def _reason(detail: ErrorDetails, kind: object, name: str | None) -> str:
    if detail["type"] == "missing":
        return f"missing, and {kind} needs it"
    if detail["type"] == "extra_forbidden":
        if name in EVENT_FIELDS:
            return f"{kind} has no such field; leave it out"
        return "is not a field of an event; remove or rename it"
    if detail["type"] == "union_tag_not_found":
        return "missing, and every event needs it"
    if detail["type"] == "union_tag_invalid":
        return complain(EVENT_FIELDS["kind"], detail["input"].get("kind")) or "is wrong"
    if name is None or name not in EVENT_FIELDS:
        return "is not an event; each is an object with its fields"
    return _complain(name, detail)


def _complain(name: str, detail: ErrorDetails) -> str:
    """The words of files; what a buyer wrote is never repeated, since errors reach logs."""
    spec = EVENT_FIELDS[name]
    if spec.type in {FieldType.TEXT, FieldType.HASHES}:
        return RULES[spec.type]
    return complain(spec, detail["input"]) or detail["msg"]
