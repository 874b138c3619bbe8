"""Saying something of an alarm, and what was said of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import sqlalchemy as sa

from features.store import Store
from serving.insight import keeping
from serving.insight.alarms.alarm import ALARMS_PART, AlarmState
from serving.insight.tables import ALARM_NOTE

NoteAct: TypeAlias = Literal["acknowledged", "dealt_with", "false"]
NOTE_ACTS: Final[tuple[NoteAct, ...]] = get_args(NoteAct)
LONGEST_NOTE: Final = 1_000


@dataclass(frozen=True, slots=True)
class AlarmNote:
    """What somebody said of an alarm: that it is looked at, that it was right and is dealt with, or false."""

    act: NoteAct
    text: str
    by: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Judged:
    """How many alarms people found false, of those that they found false or dealt with."""

    false: int
    count: int


def note_alarm(store: Store, alarm_id: str, said: AlarmNote) -> None:
    """Write a note; the last one says how the alarm stands."""
    row = {"alarm_id": alarm_id, "act": said.act, "text": said.text, "by": said.by, "at_ms": said.at_ms}
    with store.writing() as connection:
        connection.execute(sa.insert(ALARM_NOTE).values(row))


def notes_of(connection: sa.Connection, alarm_id: str) -> list[AlarmNote]:
    """All notes of an alarm, the newest first."""
    known = ALARM_NOTE.c
    query = sa.select(known.act, known.text, known.by, known.at_ms).where(known.alarm_id == alarm_id)
    return [AlarmNote(*row) for row in connection.execute(query.order_by(known.number.desc()))]


def standings(connection: sa.Connection) -> dict[str, NoteAct]:
    """The last act of each alarm of which anything was said; none before a service has made the table of notes."""
    if not sa.inspect(connection).has_table(ALARM_NOTE.name):
        return {}
    last = sa.select(sa.func.max(ALARM_NOTE.c.number)).group_by(ALARM_NOTE.c.alarm_id)
    query = sa.select(ALARM_NOTE.c.alarm_id, ALARM_NOTE.c.act).where(ALARM_NOTE.c.number.in_(last))
    return {row.alarm_id: row.act for row in connection.execute(query)}


def waits(state: AlarmState, standing: NoteAct | None) -> bool:
    """Whether somebody should look at an alarm, by its state and what was said of it last."""
    return state == "open" and standing not in ("dealt_with", "false")


def count_waiting(connection: sa.Connection) -> int | None:
    """How many alarms somebody should look at; None where alarms were never worked out."""
    if keeping.as_of(connection, ALARMS_PART) is None:
        return None
    standing = standings(connection)
    return sum(waits(each.body["state"], standing.get(each.key)) for each in keeping.every(connection, ALARMS_PART))


def judged(standing: dict[str, NoteAct]) -> Judged:
    """How often alarms were false, as people judge.

    >>> judged({"a": "false", "b": "dealt_with", "c": "acknowledged", "d": "dealt_with"})
    Judged(false=1, count=3)
    """
    acts = list(standing.values())
    return Judged(acts.count("false"), acts.count("false") + acts.count("dealt_with"))
