"""One good event of each kind, carrying all that it may."""

import pytest

from features.events import EVENT_FIELDS, KIND_FIELDS, Event, EventKind, FieldType, check_event

NOW_MS = 1_704_067_200_000


def full_event(kind: EventKind) -> Event:
    fields = (*KIND_FIELDS[kind].required, *KIND_FIELDS[kind].optional)
    return check_event(
        Event(
            event_id=f"a {kind}",
            kind=kind,
            occurred_at_ms=NOW_MS - 5,
            known_at_ms=NOW_MS,
            **{name: _good_value(name) for name in fields},
        )
    )


def _good_value(name: str) -> object:
    spec = EVENT_FIELDS[name]
    by_type = {
        FieldType.ID: f"some {name}",
        FieldType.TIME: NOW_MS - 10,
        FieldType.MONEY: 1_250,
        FieldType.COUNT: 2,
        FieldType.FLAG: True,
        FieldType.RATING: 4,
        FieldType.HASHES: ("00000000000000ff", "ffffffffffffffff"),
        FieldType.TEXT: "杯子 broken",
    }
    return spec.values[-1] if spec.values else by_type[spec.type]


@pytest.fixture(scope="session")
def good_events() -> dict[EventKind, Event]:
    """A good event of each kind."""
    return {kind: full_event(kind) for kind in EventKind}


@pytest.fixture(scope="session")
def claim(good_events: dict[EventKind, Event]) -> Event:
    """A good claim."""
    return good_events[EventKind.CLAIM_FILED]
