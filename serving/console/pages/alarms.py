"""Alarms: sudden rises in claims and merchants in decline, what to do about each, and what people said of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from serving.cases.words import Role
from serving.console.page import OVERSEES, READS, ConsoleError, Page, PageReply
from serving.console.pages.alarms_chart import chart_of
from serving.console.pages.insight import worked_out
from serving.console.pages.linking import card_address, cards_of, cases_of
from serving.console.rendering import moment, render, see_other
from serving.console.visit import Visit
from serving.insight import keeping
from serving.insight.alarms.alarm import ALARM_KINDS, ALARM_STATES, ALARMS_PART, Alarm
from serving.insight.alarms.notes import (
    LONGEST_NOTE,
    NOTE_ACTS,
    AlarmNote,
    NoteAct,
    judged,
    note_alarm,
    notes_of,
    standings,
    waits,
)
from serving.insight.returns.saying import category_name, texts_of

PATH: Final = "/insight/alarms"
NOTES: Final[frozenset[Role]] = frozenset({"senior", "administrator"})  # auditors read all and decide nothing
_DAY_CHARACTERS: Final = 10  # of a moment, which begins with its day


@dataclass(frozen=True, slots=True)
class Listed:
    """An alarm of the list, and what was said of it last."""

    alarm: Alarm
    standing: NoteAct | None

    @property
    def waits(self) -> bool:
        """Whether somebody should look at it."""
        return waits(self.alarm.state, self.standing)


def show_all(visit: Visit) -> PageReply:
    """The list: those that somebody should look at first, each group from the newest on."""
    with visit.desk.store.reading() as connection:
        kept = keeping.every(connection, ALARMS_PART)
        standing = standings(connection)
    listed = [Listed(Alarm.of_body(each.body), standing.get(each.key)) for each in kept]
    state, kind = visit.query.get("state", ""), visit.query.get("kind", "")
    chosen = [
        each
        for each in listed
        if (state not in ALARM_STATES or each.alarm.state == state)
        and (kind not in ALARM_KINDS or each.alarm.kind == kind)
    ]
    chosen.sort(key=lambda each: not each.waits)
    after = _number(visit.query.get("after", ""))
    later = after + keeping.PAGE_ROWS
    asked = {"state": state, "kind": kind, "after": str(later)}
    return render(
        visit,
        "alarms.html",
        worked=worked_out(visit, ALARMS_PART),
        listed=chosen[after:later],
        waiting=sum(each.waits for each in listed),
        judged=judged(standing),
        later=f"/console{PATH}?{urlencode(asked)}" if len(chosen) > later else None,
        state=state,
        kind=kind,
        states=ALARM_STATES,
        kinds=ALARM_KINDS,
        is_empty=not listed,
        day=lambda ms: _day(visit, ms),
    )


def show(visit: Visit) -> PageReply:
    """One alarm."""
    return _page(visit)


def note(visit: Visit) -> PageReply:
    """Take what somebody says of an alarm."""
    act, text = visit.form.get("act", ""), visit.form.get("note", "").strip()
    known = next((each for each in NOTE_ACTS if each == act), None)
    if known is None:
        return _page(visit, 422, fault="no_act", at="act", note=text)
    if known == "false" and not text:
        return _page(visit, 422, fault="no_note", at="note", act=act)
    if len(text) > LONGEST_NOTE:
        return _page(visit, 422, fault="long_note", at="note", act=act, note=text)
    alarm = _find(visit)
    said = AlarmNote(known, text, visit.who.name, visit.desk.now_ms())
    note_alarm(visit.desk.store, alarm.id, said)
    return see_other(f"/console{PATH}/{alarm.id}", said="alarm_noted")


def _page(
    visit: Visit, status: int = 200, *, fault: str | None = None, at: str = "", act: str = "", note: str = ""
) -> PageReply:
    alarm = _find(visit)
    with visit.desk.store.reading() as connection:
        notes = notes_of(connection, alarm.id)
        cards = cards_of(visit, connection, [*alarm.merchants, alarm.entity])
        cases = cases_of(visit, connection, alarm.claim_ids)
    return render(
        visit,
        "alarm.html",
        status,
        alarm=alarm,
        listed=Listed(alarm, notes[0].act if notes else None),
        chart=chart_of(alarm),
        category=lambda name: category_name(name, texts_of(visit.language)),
        cards=cards if alarm.kind != "product" else cards & {*alarm.merchants},
        cases=cases,
        card_address=card_address,
        notes=notes,
        worked=worked_out(visit, ALARMS_PART),
        may_note=visit.who.role in NOTES,
        sees_claims=visit.who.role in READS,
        acts=NOTE_ACTS,
        longest=LONGEST_NOTE,
        fault=fault,
        at=at,
        act=act,
        note=note,
        day=lambda ms: _day(visit, ms),
    )


def _find(visit: Visit) -> Alarm:
    with visit.desk.store.reading() as connection:
        kept = keeping.find(connection, ALARMS_PART, visit.values["alarm_id"])
    if kept is None:
        raise ConsoleError(404, "alarms.unknown")
    return Alarm.of_body(kept.body)


def _day(visit: Visit, ms: int) -> str:
    return moment(ms, visit.desk.policy().zone)[:_DAY_CHARACTERS]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0


PAGES: Final = (
    Page("GET", PATH, show_all, OVERSEES),
    Page("GET", PATH + "/{alarm_id}", show, OVERSEES),
    Page("POST", PATH + "/{alarm_id}/note", note, NOTES),
)
