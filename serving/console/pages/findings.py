"""Patterns of abuse: the list of findings, one with its drawing, notes on it, and its members on a rule's list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from serving.cases.words import Role
from serving.console.page import ConsoleError, Page, PageReply
from serving.console.pages.insight import worked_out
from serving.console.pages.linking import card_address, cards_of, cases_of
from serving.console.rendering import render, see_other
from serving.console.visit import Visit
from serving.dossier.masking import SEES_IDS
from serving.insight import keeping
from serving.insight.abuse.drawing import HEIGHT, WIDTH, draw, labels_of
from serving.insight.abuse.finding import KINDS, Finding
from serving.insight.abuse.notes import LONGEST_NOTE, STANDINGS, Note, Standing, add_note, notes_of, standings
from serving.insight.abuse.part import ABUSE
from serving.lists import add_members
from serving.policy.rules import ListKind

FINDINGS: Final = "/insight/findings"
DECIDES: Final[frozenset[Role]] = frozenset({"senior"})
CLAIMS_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class _Row:
    """A finding in the list, with how it stands."""

    finding: Finding
    standing: Standing | None


def show_all(visit: Visit) -> PageReply:
    """The findings, those with the most money first; of one kind, if it is asked for."""
    kind = visit.query.get("kind", "")
    with visit.desk.store.reading() as connection:
        every = [Finding.of_body(kept.body) for kept in keeping.every(connection, ABUSE)]
        wanted = [finding for finding in every if kind in ("", finding.kind)]
        after = min(_whole(visit.query.get("after", "")), len(wanted))
        shown = wanted[after : after + keeping.PAGE_ROWS]
        known = standings(connection, [finding.key for finding in shown])
    later = None
    if after + len(shown) < len(wanted):
        asked = {**({"kind": kind} if kind in KINDS else {}), "after": str(after + len(shown))}
        later = f"/console{FINDINGS}?{urlencode(asked)}"
    return render(
        visit,
        "findings.html",
        worked=worked_out(visit, ABUSE),
        rows=[_Row(finding, known.get(finding.key)) for finding in shown],
        kinds=Counter(finding.kind for finding in every),
        kind=kind if kind in KINDS else "",
        later=later,
        who=lambda one: who(visit, one),
        times=times_by_chance,
    )


def show(visit: Visit) -> PageReply:
    """One finding."""
    return _page(visit)


def note(visit: Visit) -> PageReply:
    """Note what somebody found out about a finding."""
    finding = _found(visit)
    text = visit.form.get("note", "").strip()
    standing = next((each for each in STANDINGS if each == visit.form.get("standing")), None)
    if standing is None or len(text) > LONGEST_NOTE:
        return _page(visit, 422, fault="no_standing" if standing is None else "long_note", note=text)
    told = Note(standing, visit.desk.now_ms(), visit.who.name, text)
    with visit.desk.store.writing() as connection:
        add_note(connection, finding.key, told)
    return see_other(f"/console{FINDINGS}/{finding.key}", said="noted")


def put_on_list(visit: Visit) -> PageReply:
    """Put what a confirmed finding is about on a list that the policy's rules ask."""
    finding = _found(visit)
    name = visit.form.get("list", "")
    kind = visit.desk.policy().lists.get(name)
    members = [] if kind is None else members_for(finding, kind)
    if kind is None or not members:
        return _page(visit, 422, fault="no_list")
    with visit.desk.store.writing() as connection:
        notes = notes_of(connection, finding.key)
        if not notes or notes[0].standing != "confirmed":
            raise ConsoleError(409, "findings.not_confirmed")
        add_members(
            connection,
            name,
            kind,
            members,
            now_ms=visit.desk.now_ms(),
            author=visit.who.name,
            note=f"finding {finding.key}",
        )
    return see_other(f"/console{FINDINGS}/{finding.key}", said="listed")


def members_for(finding: Finding, kind: ListKind) -> list[str]:
    """What of a finding a list of this kind takes: its buyers, its merchant, its pictures."""
    if kind == "buyer":
        return [member.buyer_id for member in finding.members]
    if kind == "merchant":
        return [] if finding.merchant_id is None else [finding.merchant_id]
    return [thing.id for thing in finding.things if thing.kind == "picture"] if kind == "evidence" else []


def who(visit: Visit, finding: Finding) -> str:
    """Whom a finding is about: its merchant, its buyer, or the first of its buyers and how many more."""
    if finding.merchant_id is not None:
        return finding.merchant_id
    first, count = finding.members[0].buyer_id, len(finding.members)
    if count == 1:
        return first
    return visit.text("findings.who_of_many", first=first, others=f"{count - 1:,}")


def times_by_chance(finding: Finding) -> str | None:
    """How many such findings chance brings among all that were looked at; None where the count alone speaks."""
    if finding.chance is None:
        return None
    times = finding.chance * finding.tested
    return "< 0.001" if times < 0.001 else f"{times:.3f}"


def _page(visit: Visit, status: int = 200, *, fault: str | None = None, note: str = "") -> PageReply:
    finding = _found(visit)
    with visit.desk.store.reading() as connection:
        notes = notes_of(connection, finding.key)
        cards = cards_of(visit, connection, [finding.merchant_id])
        cases = cases_of(visit, connection, [claim.claim_id for claim in finding.claims[:CLAIMS_SHOWN]])
    lists = [name for name, kind in visit.desk.policy().lists.items() if members_for(finding, kind)]
    number = {member.buyer_id: place for place, member in enumerate(finding.members, 1)}
    things = list(zip(finding.things, labels_of(finding.things), strict=True))[: keeping.PAGE_ROWS]
    return render(
        visit,
        "finding.html",
        status,
        worked=worked_out(visit, ABUSE),
        finding=finding,
        who=lambda one: who(visit, one),
        cards=cards,
        cases=cases,
        card_address=card_address,
        times=times_by_chance(finding),
        drawing=draw(finding) if finding.things else None,
        width=WIDTH,
        height=HEIGHT,
        number=number,
        shares=_shares(finding),
        things=things,
        numbers={label: sorted(number[buyer] for buyer in thing.buyers) for thing, label in things},
        claims=finding.claims[:CLAIMS_SHOWN],
        notes=notes,
        decides=visit.who.role in DECIDES,
        lists=lists,
        standings=STANDINGS,
        fault=fault,
        note=note,
    )


def _shares(finding: Finding) -> dict[str, list[tuple[str, int]]]:
    """Of each buyer, how many things of each kind are shared with other members."""
    number = Counter((buyer, thing.kind) for thing in finding.things for buyer in thing.buyers if len(thing.buyers) > 1)
    found: dict[str, list[tuple[str, int]]] = {}
    for (buyer, kind), count in sorted(number.items()):
        found.setdefault(buyer, []).append((kind, count))
    return found


def _found(visit: Visit) -> Finding:
    with visit.desk.store.reading() as connection:
        kept = keeping.find(connection, ABUSE, visit.values["key"])
    if kept is None:
        raise ConsoleError(404, "findings.unknown")
    return Finding.of_body(kept.body)


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


PAGES: Final = (
    Page("GET", FINDINGS, show_all, SEES_IDS),
    Page("GET", FINDINGS + "/{key}", show, SEES_IDS),
    Page("POST", FINDINGS + "/{key}/note", note, DECIDES),
    Page("POST", FINDINGS + "/{key}/list", put_on_list, DECIDES),
)
