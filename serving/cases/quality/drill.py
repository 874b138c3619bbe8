"""Practice on past claims whose answer is known. Nothing of it touches the queue, the events or any figure of the team.

Who practised on a claim never gets it as a gold case or a double (`serving.cases.quality.again`), and a claim with an
open case is never practised on: nobody can look an answer up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from features.store import Store
from serving.cases.quality.again import draw
from serving.cases.quality.answers import KnownAnswer, Why, settled_before, settled_claims, verdict_of
from serving.cases.quality.tables import DRILL_ANSWER, DRILL_RUN, GOLD_ANSWER
from serving.cases.tables import REVIEW_CASE
from serving.cases.words import DenialReason, Ruling

MOST_CASES: Final = 50
HISTORY: Final = 20
_LOOK_AT: Final = 3_000  # past decisions that a drill draws from
_PART: Final = 500


class NothingToPractiseError(LookupError):
    """No past claim has an answer that can be relied on, or none of that reason."""


@dataclass(frozen=True, slots=True)
class DrillAnswer:
    """One place of a drill: the claim, what it was, and what was ruled; None while it is open."""

    place: int
    claim_id: str
    verdict: str
    why: Why
    ruling: Ruling | None
    denial_reason: DenialReason | None
    is_right: bool | None


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill of one person."""

    number: int
    person: str
    claim_reason: str | None
    started_at_ms: int
    answers: tuple[DrillAnswer, ...]

    @property
    def answered(self) -> int:
        """How many are answered."""
        return sum(answer.ruling is not None for answer in self.answers)

    @property
    def right(self) -> int:
        """How many answers are right."""
        return sum(bool(answer.is_right) for answer in self.answers)

    @property
    def next(self) -> DrillAnswer | None:
        """The first one that is open, None once all are answered."""
        return next((answer for answer in self.answers if answer.ruling is None), None)


def start_drill(store: Store, person: str, *, cases: int, reason: str | None, now_ms: int) -> int:
    """Begin a drill and return its number. It has fewer cases where the past has fewer.

    Cases that the person hasn't practised on come first, and honest and abusive ones alike, as far as there are any.

    Raises:
        NothingToPractiseError: if there is no case.
    """
    with store.reading() as connection:
        answers = _sources(connection, reason, now_ms)
        done = sa.select(DRILL_ANSWER.c.claim_id).where(DRILL_ANSWER.c.person == person)
        known = set(connection.scalars(done))
    chosen = _mixed(answers, known, f"{person}:{now_ms}")[: min(cases, MOST_CASES)]
    if not chosen:
        raise NothingToPractiseError("no past claim has an answer to practise on")
    with store.writing() as connection:
        row = {"person": person, "claim_reason": reason, "started_at_ms": now_ms}
        number = connection.execute(sa.insert(DRILL_RUN).values(row)).inserted_primary_key
        if number is None:
            raise RuntimeError("the database names no number of the drill")
        for place, answer in enumerate(chosen, 1):
            about = {"claim_id": answer.claim_id, "verdict": answer.verdict, "why": answer.why}
            connection.execute(sa.insert(DRILL_ANSWER).values(run=number[0], place=place, person=person, **about))
    return int(number[0])


def find_drill(store: Store, number: int, person: str) -> Drill | None:
    """A person's drill of a number; None where it isn't theirs, or there is none."""
    with store.reading() as connection:
        run = connection.execute(
            sa.select(DRILL_RUN).where(DRILL_RUN.c.number == number, DRILL_RUN.c.person == person)
        ).one_or_none()
        if run is None:
            return None
        answer = DRILL_ANSWER.c
        columns = (answer.place, answer.claim_id, answer.verdict, answer.why, answer.ruling)
        query = sa.select(*columns, answer.denial_reason, answer.is_right).where(answer.run == number)
        rows = connection.execute(query.order_by(answer.place)).all()
    answers = tuple(DrillAnswer(*row) for row in rows)
    return Drill(run.number, run.person, run.claim_reason, run.started_at_ms, answers)


def answer_drill(
    store: Store, drill: Drill, place: int, ruling: Ruling, denial_reason: DenialReason | None, now_ms: int
) -> DrillAnswer | None:
    """Rule on a place of a drill; the first ruling stands. The answer as it is on record then, None where is none."""
    asked = next((answer for answer in drill.answers if answer.place == place), None)
    if asked is None:
        return None
    found = verdict_of({"ruling": ruling, "denial_reason": denial_reason})
    with store.writing() as connection:
        is_open = (
            (DRILL_ANSWER.c.run == drill.number) & (DRILL_ANSWER.c.place == place) & DRILL_ANSWER.c.ruling.is_(None)
        )
        said = {"ruling": ruling, "denial_reason": denial_reason, "is_right": found == asked.verdict}
        connection.execute(sa.update(DRILL_ANSWER).where(is_open).values(answered_at_ms=now_ms, **said))
    stands = find_drill(store, drill.number, drill.person)
    return None if stands is None else next(answer for answer in stands.answers if answer.place == place)


def drills_of(store: Store, person: str) -> list[Drill]:
    """A person's last drills, the latest first."""
    with store.reading() as connection:
        query = sa.select(DRILL_RUN.c.number).where(DRILL_RUN.c.person == person)
        numbers = connection.scalars(query.order_by(DRILL_RUN.c.number.desc()).limit(HISTORY)).all()
    return [drill for number in numbers if (drill := find_drill(store, number, person)) is not None]


def _sources(connection: sa.Connection, reason: str | None, now_ms: int) -> list[KnownAnswer]:
    """Settled claims of the past and gold claims that are given out no more; none that has an open case.

    Gold claims that are still given out are for measuring, and practice would give their answers away.
    """
    before_ms = settled_before(now_ms)
    found = [
        candidate.answer
        for candidate in settled_claims(connection, now_ms=now_ms, before_ms=before_ms, reason=reason, look_at=_LOOK_AT)
    ]
    ids = [answer.claim_id for answer in found]
    kept: set[str] = set()
    for start in range(0, len(ids), _PART):
        part = ids[start : start + _PART]
        gold = sa.select(GOLD_ANSWER.c.claim_id).where(
            GOLD_ANSWER.c.claim_id.in_(part), GOLD_ANSWER.c.ended_at_ms.is_(None)
        )
        opened = sa.select(REVIEW_CASE.c.claim_id).where(
            REVIEW_CASE.c.claim_id.in_(part), REVIEW_CASE.c.state != "closed"
        )
        kept |= {*connection.scalars(gold), *connection.scalars(opened)}
    return [answer for answer in found if answer.claim_id not in kept]


def _mixed(answers: list[KnownAnswer], known: set[str], seed: str) -> list[KnownAnswer]:
    """New ones before known ones, either verdict in turn, otherwise by chance."""
    by_chance = sorted(answers, key=lambda answer: draw(seed, answer.claim_id))
    by_chance.sort(key=lambda answer: answer.claim_id in known)
    turn = {"legitimate": 0, "abusive": 0}
    places = {}
    for answer in by_chance:
        places[answer.claim_id] = (turn[answer.verdict], draw(seed, answer.verdict))
        turn[answer.verdict] += 1
    return sorted(by_chance, key=lambda answer: (answer.claim_id in known, places[answer.claim_id]))
