"""What an event looks like on its way in: for each kind a message, made from the tables in `features.events`.

It differs from an event in a file where the service knows better: it stamps `known_at_ms` itself, fills in
`occurred_at_ms` where the platform doesn't say when something happened, and what a claim's later events concern.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, Literal, NotRequired, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from features.events import (
    BEST_RATING,
    EARLIEST_MS,
    EVENT_FIELDS,
    HASH_PATTERN,
    KIND_FIELDS,
    LARGEST_AMOUNT,
    LATEST_MS,
    LONGEST_ID,
    LONGEST_TEXT,
    MOST_PICTURES,
    OF_THE_CLAIM,
    WORST_RATING,
    EventKind,
    FieldSpec,
    FieldType,
    complain,
)

MOST_EVENTS: Final = 5_000
_ITS_OWN: Final = frozenset({EventKind.ORDER_PAID, EventKind.ORDER_SHIPPED, EventKind.ORDER_DELIVERED})
# that say for themselves whom they concern; later events of a claim may leave that to the service
SPEAKING_FOR_THEMSELVES: Final = _ITS_OWN | {EventKind.CLAIM_FILED}


def _whole(text: str) -> str:
    if complaint := complain(EVENT_FIELDS["claim_text"], text):
        raise ValueError(complaint)
    return text


def _different(hashes: list[str]) -> list[str]:
    if complaint := complain(EVENT_FIELDS["evidence_hashes"], tuple(hashes)):
        raise ValueError(complaint)
    return hashes


_MEANINGS: Final = {
    "occurred_at_ms": "when it happened, for people; default: when the service learns of it",
    "known_at_ms": "stamped by the service on arrival; only one that plays recorded history takes it",
}
_Hash: TypeAlias = Annotated[str, StringConstraints(pattern=f"^{HASH_PATTERN.pattern}$")]
# that ids are printable is asked of whole columns (`reading`): a function for each would take longer than all the rest
_SORTS: Final[dict[FieldType, Any]] = {
    FieldType.ID: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID)],
    FieldType.TIME: Annotated[int, Field(ge=EARLIEST_MS, lt=LATEST_MS)],
    FieldType.MONEY: Annotated[int, Field(ge=0, le=LARGEST_AMOUNT)],
    FieldType.COUNT: Annotated[int, Field(ge=0, le=LARGEST_AMOUNT)],
    FieldType.RATING: Annotated[int, Field(ge=WORST_RATING, le=BEST_RATING)],
    FieldType.FLAG: bool,
    FieldType.TEXT: Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(_whole)],
    FieldType.HASHES: Annotated[list[_Hash], Field(max_length=MOST_PICTURES), AfterValidator(_different)],
}


def _sort_of(spec: FieldSpec) -> Any:  # noqa: ANN401 - a type made at run time
    return Literal[spec.values] if spec.type is FieldType.CATEGORY else _SORTS[spec.type]


def _may_be_missing(name: str) -> Any:  # noqa: ANN401
    spec = EVENT_FIELDS[name]
    return NotRequired[Annotated[_sort_of(spec) | None, Field(description=_MEANINGS.get(name, spec.meaning))]]


def needed_of(kind: EventKind) -> tuple[str, ...]:
    """The fields that a sent event of a kind must carry, beside its id."""
    of_the_claim = () if kind in SPEAKING_FOR_THEMSELVES else OF_THE_CLAIM
    return tuple(name for name in KIND_FIELDS[kind].required if name not in of_the_claim)


def _message_of(kind: EventKind) -> Any:  # noqa: ANN401
    fields: dict[str, Any] = {"kind": Literal[str(kind)]}
    for name in ("event_id", *needed_of(kind)):
        fields[name] = Annotated[_sort_of(EVENT_FIELDS[name]), Field(description=EVENT_FIELDS[name].meaning)]
    for name in ("occurred_at_ms", "known_at_ms", *KIND_FIELDS[kind].required, *KIND_FIELDS[kind].optional):
        fields.setdefault(name, _may_be_missing(name))
    make: Any = TypedDict  # which type checkers know only with a name and fields that stand there
    message = make("".join(word.title() for word in kind.split("_")), fields)
    message.__pydantic_config__ = ConfigDict(extra="forbid", strict=True)
    return message


SentEvent: Final[Any] = Annotated[reduce(or_, map(_message_of, EventKind)), Field(discriminator="kind")]


class EventBatch(BaseModel):
    """Events of a call, in the order in which they happened. All are taken, or none."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    events: Annotated[
        list[SentEvent],
        Field(min_length=1, max_length=MOST_EVENTS),
    ]


class EventsAnswer(BaseModel):
    """What became of a call's events."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    taken: int = Field(description="events that were new; they are on disk")
    known: int = Field(description="events that were on record with the same content, and changed nothing")
    known_at_ms: int | None = Field(description="the last moment at which the new ones became known")
