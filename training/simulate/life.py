"""Life on the marketplace, day by day: people buy, claim, are answered, and learn from it.

A day goes like this. Orders are placed by whoever is still there. Parcels that came, or are overdue, make their buyers
think of a claim: because something is wrong, or because it pays. Claims that are due are filed, and the decider answers
them. What follows from its answers is put on the agenda: rulings, returns, repayments, ratings. In the end, people
learn what became of their claims, and are others tomorrow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.arrays import Ints
from features.event_table import MISSING, code_of
from features.events import EventKind
from features.spans import DAY_MS
from training.simulate.aftermath import Aftermath, Settlements
from training.simulate.agenda import Agenda, Rows, Timetable
from training.simulate.agents import Agents, Outcomes
from training.simulate.book import Book, Columns
from training.simulate.claims import Claims, Intentions, Intents
from training.simulate.config import SimulationConfig
from training.simulate.day import Day
from training.simulate.deciding import Answers, Decider, gives_money
from training.simulate.event_arrow import FIRST_WAREHOUSE, Names, event_table
from training.simulate.feedback import Raters
from training.simulate.groups import make_groups
from training.simulate.identities import Belongings
from training.simulate.market import Market, make_market
from training.simulate.orders import Deliveries, Orders, make_deliveries, make_orders
from training.simulate.pictures import Photographers
from training.simulate.returns import INSPECTION_NTH, Returns, Warehouse
from training.simulate.rulings import AUDIT_AGAIN, Reviewers, Rulings, Verdicts
from training.simulate.stories import HONEST
from training.simulate.trouble import Trouble
from training.simulate.truth import Told, TruthBook, truth_tables
from training.simulate.words import Writers

LATER: Final = tuple(kind for kind in EventKind if kind not in {
    EventKind.ORDER_PAID, EventKind.ORDER_SHIPPED, EventKind.ORDER_DELIVERED, EventKind.CLAIM_FILED
})  # fmt: skip
A_MOMENT_MS: Final = 1_000  # from a decision to what was found being on record


@dataclass(frozen=True, slots=True)
class DayDone:
    """A day that is over: its number, its claims with their answers, and its events as columns of each kind.

    `settlements` are how the advances on its claims will come back. `texts` are those of its claims, if somebody has
    had to read them by now.
    """

    number: int
    claims: Claims
    answers: Answers
    rulings: Rulings
    settlements: Settlements
    parts: list[Columns]
    texts: pa.Array | None

    @property
    def event_count(self) -> int:
        """How many events it had."""
        return sum(len(part["kind"]) for part in self.parts)


class Life:
    """One marketplace. `days` may be gone through once."""

    def __init__(self, config: SimulationConfig, decider: Decider) -> None:
        self.config = config
        self._decider = decider
        self.market = make_market(config)
        self.groups = make_groups(config, self.market.people)
        self.orders: Orders = make_orders(config, self.market)
        self._deliveries: Deliveries = make_deliveries(config, self.market, self.orders)
        people = self.market.people
        self._belongings = Belongings(config, people, self.groups)
        self.agents = Agents(config, self.market, self._belongings)
        self.names = Names(config, _counts(self.market, self._belongings))
        self._truth = TruthBook()
        self._book = Book(self.market, self.orders, self._deliveries)
        self._agenda = Agenda(config)
        trouble = Trouble(config, self.market, self.orders, self._deliveries)
        self._intentions = Intentions(config, self.orders, self._deliveries, trouble)
        self._photographers = Photographers(config, people, self.groups)
        self._writers = Writers(config, people, self.groups)
        self._reviewers = Reviewers(config, self.market)
        self._warehouse = Warehouse(config)
        self._aftermath = Aftermath(config, self.market, self.orders)
        self._raters = Raters(config)
        self._identity_dice = config.dice("identities")
        self._thinks_at_ms = _thinking_times(self.orders, self._deliveries)
        self._paid, self._shipped, self._delivered, self._thinks = (
            Timetable(config, at_ms)
            for at_ms in (
                self.orders.paid_at_ms, self._deliveries.shipped_at_ms, self._deliveries.known_at_ms, self._thinks_at_ms
            )
        )  # fmt: skip

    def days(self) -> Iterator[DayDone]:
        """Live through the period, and yield each day as it is over."""
        for number in range(self.config.days):
            yield self._live(number)

    def truth(self) -> Mapping[str, pa.Table]:
        """What is true of all that was lived through so far, by the name of its file."""
        return truth_tables(self.config, self.market, self.groups.ring, self._truth, self.names)

    def table_of(self, days: Sequence[DayDone]) -> pa.Table:
        """The events of some days that follow each other, in `EVENT_SCHEMA` and in order. Many at once are quicker."""
        parts = [part for day in days for part in day.parts]
        unread = [day for day in days if day.texts is None]
        written = self._writers.write([day.claims for day in unread])
        texts, first = [written.slice(0, 0)], 0
        for day in days:
            texts.append(written.slice(first, len(day.claims)) if day.texts is None else day.texts)
            first += len(day.claims) if day.texts is None else 0
        return event_table(parts, self.names, self._book.pictures, pa.concat_arrays(texts))

    def _live(self, number: int) -> DayDone:
        start_ms = self.config.start_ms + number * DAY_MS
        placed = self._buy(self._paid.of(number))
        self._think(self._thinks.of(number))
        claims = self._file(number, start_ms + DAY_MS)
        parts = [
            self._book.paid(placed),
            self._book.shipped(self._book.placed(self._shipped.of(number))),
            self._book.delivered(self._book.placed(self._delivered.of(number))),
            self._book.filed(claims),
            *self._due(number),
        ]
        consents = self.market.merchants.consents[self.orders.merchant[claims.order]]

        texts: list[pa.Array] = []

        def table() -> pa.Table:
            texts.append(self._writers.write([claims]))
            return event_table(parts, self.names, self._book.pictures, texts[0])

        answers = self._decider.answer(Day(number, start_ms, start_ms + DAY_MS, table), claims, consents)
        rulings = self._reviewers.rule(self.orders, claims, answers)
        settlements = self._follow_up(claims, answers, rulings)
        parts += self._due(number)  # what was answered at once
        self._learn(number, start_ms + DAY_MS)
        return DayDone(number, claims, answers, rulings, settlements, parts, texts[0] if texts else None)

    def _buy(self, order: Ints) -> Ints:
        order = order[self.agents.buy(self.orders, order)]
        person = self.orders.person[order]
        self._book.note_orders(order, self._belongings.for_orders(self._identity_dice, order, person))
        return order

    def _think(self, order: Ints) -> None:
        order = self._book.placed(order)
        intents = self._intentions.form(self.agents, order, self._thinks_at_ms[order])
        self._agenda.add("claims", intents.filed_at_ms, _columns_of(intents))

    def _file(self, number: int, end_ms: int) -> Claims:
        due = self._agenda.take("claims", number)
        intents = _no_intents() if due is None else Intents(**due)
        claims = self._intentions.file(self.agents, self._of_those_there(intents, end_ms))
        with_what = self._belongings.for_claims(
            self._identity_dice, claims.order, claims.person, self._book.ordered_with(claims.order)
        )
        self._book.note_claims(claims, with_what)
        self._book.pictures.add(claims.order, self._photographers.make(claims))
        account = self._book.ordered_with(claims.order).account
        self._truth.add(Told(claims, account, self.groups.ring[claims.person]))
        return claims

    def _of_those_there(self, intents: Intents, end_ms: int) -> Intents:
        """A closed account tells no more lies; what the honest have bought they may claim, wherever they buy now."""
        gone = self.agents.gone_from_ms[self.orders.person[intents.order]] < end_ms
        return intents.take(np.flatnonzero(~(gone & (intents.story == self.agents.story_of(
            self.orders.person[intents.order]
        )))))  # fmt: skip

    def _due(self, number: int) -> list[Columns]:
        found = ((kind, self._agenda.take(kind, number)) for kind in LATER)
        return [self._book.later(kind, rows) for kind, rows in found if rows is not None]

    def _follow_up(self, claims: Claims, answers: Answers, rulings: Rulings) -> Settlements:
        responses = self._aftermath.respond(claims, answers)
        settlements = self._aftermath.settle(claims, answers, responses)
        returns = self._warehouse.take_back(claims, rulings)
        whole = self._raters.rate(claims, rulings)
        steps = self._raters.rate_steps(claims, answers, responses, rulings, returns, whole)
        self._decide(claims, answers, rulings)
        for verdicts in (*rulings.verdicts, returns.verdicts):
            self._adjudicate(claims, verdicts)
        self._send_back(claims, returns)
        self._later(
            EventKind.MERCHANT_RESPONDED, claims, responses.row, responses.responded_at_ms,
            merchant_response=responses.response,
        )  # fmt: skip
        self._later(
            EventKind.ADVANCE_SETTLED, claims, settlements.row, settlements.settled_at_ms,
            amount_minor=settlements.advanced_minor, recovered_minor=settlements.recovered_minor,
        )  # fmt: skip
        for given in (whole, steps):
            self._later(
                EventKind.FEEDBACK_GIVEN, claims, given.row, given.given_at_ms, nth=given.step + 1,
                rating=given.rating, feedback_step=given.step,
            )  # fmt: skip
        self._tell(claims, answers, rulings, returns)
        return settlements

    def _decide(self, claims: Claims, answers: Answers, rulings: Rulings) -> None:
        pays = gives_money(claims)
        granted = np.where(pays & ~rulings.refused, claims.amount_minor, 0)
        overturned = rulings.overturned_at_ms >= 0
        every = np.arange(len(claims))
        audit_ppm = np.where(answers.audit_ppm < 0, MISSING, answers.audit_ppm)
        self._later(
            EventKind.CLAIM_DECIDED, claims, every, rulings.known_at_ms, occurred_at_ms=rulings.decided_at_ms,
            amount_minor=np.where(overturned, 0, granted), action=answers.action, audit_propensity_ppm=audit_ppm,
        )  # fmt: skip
        row = np.flatnonzero(overturned)
        manual = np.full(len(row), code_of("action", "manual_review"))
        self._later(
            EventKind.CLAIM_DECIDED, claims, row, rulings.overturned_at_ms[row], nth=np.ones(len(row), dtype=np.int64),
            amount_minor=granted[row], action=manual,
            audit_propensity_ppm=np.full(len(row), MISSING), occurred_at_ms=rulings.overturned_at_ms[row],
        )  # fmt: skip

    def _adjudicate(self, claims: Claims, verdicts: Verdicts) -> None:
        at_warehouse = verdicts.source == code_of("verdict_source", "inspection")
        self._later(
            EventKind.CLAIM_ADJUDICATED, claims, verdicts.row, verdicts.known_at_ms + A_MOMENT_MS, nth=verdicts.nth,
            verdict=verdicts.verdict, verdict_source=verdicts.source, merchant_at_fault=verdicts.merchant_at_fault,
            reviewer_id=verdicts.reviewer + FIRST_WAREHOUSE * at_warehouse,
        )  # fmt: skip

    def _send_back(self, claims: Claims, returns: Returns) -> None:
        self._later(EventKind.RETURN_SHIPPED, claims, returns.row, returns.shipped_at_ms)
        looked = returns.inspected_at_ms != MISSING
        self._later(
            EventKind.RETURN_INSPECTED, claims, returns.row[looked], returns.inspected_at_ms[looked],
            inspection=returns.inspection[looked],
        )  # fmt: skip

    def _later(
        self, kind: EventKind, claims: Claims, row: Ints, at_ms: Ints, *, nth: Ints | None = None,
        **fields: npt.NDArray[Any],
    ) -> None:  # fmt: skip
        rows: Mapping[str, npt.NDArray[Any]] = {
            "order": claims.order[row],
            "nth": np.zeros(len(row), dtype=np.int64) if nth is None else nth,
            "known_at_ms": at_ms,
            **fields,
        }
        self._agenda.add(kind, at_ms, rows)

    def _tell(self, claims: Claims, answers: Answers, rulings: Rulings, returns: Returns) -> None:
        """Put down when people learn what became of their claims: of the answer, and of what was found afterwards."""
        pays = gives_money(claims)
        automatic = answers.action == code_of("action", "auto_approve")
        kept = claims.claim_type == code_of("claim_type", "refund_only")
        answered = {
            "order": claims.order,
            "person": claims.person,
            "abusive": claims.abusive,
            "caught": rulings.refused,
            "refused": rulings.refused,
            "easy": automatic & kept & pays,
            "waited_days": (rulings.settled_at_ms - claims.filed_at_ms) / DAY_MS,
        }
        self._agenda.add("outcomes", rulings.settled_at_ms, answered)
        for found in (*rulings.verdicts, returns.verdicts):
            self._tell_of_findings(claims, found)

    def _tell_of_findings(self, claims: Claims, found: Verdicts) -> None:
        """Abuse that the warehouse finds, or an audit and its second look, costs no money, but the account a strike."""
        afterwards = np.isin(found.nth, [INSPECTION_NTH, AUDIT_AGAIN])
        against = afterwards & (found.verdict == code_of("verdict", "abusive"))
        row = found.row[against]
        nothing = np.zeros(len(row), dtype=np.bool_)
        self._agenda.add("outcomes", found.known_at_ms[against], {
            "order": claims.order[row], "person": claims.person[row], "abusive": claims.abusive[row],
            "caught": ~nothing, "refused": nothing, "easy": nothing, "waited_days": np.zeros(len(row)),
        })  # fmt: skip

    def _learn(self, number: int, at_ms: int) -> None:
        due: Rows | None = self._agenda.take("outcomes", number)
        if due is not None:
            self.agents.learn(Outcomes(**due), at_ms)


def _thinking_times(orders: Orders, deliveries: Deliveries) -> Ints:
    """When each buyer makes up its mind: as the parcel comes, or as it is overdue, or at once if it never will."""
    late = deliveries.delivered_at_ms > orders.promised_at_ms
    at_ms = np.where(late, orders.promised_at_ms, deliveries.known_at_ms)
    return np.where(deliveries.lost, orders.paid_at_ms, at_ms)


def _counts(market: Market, belongings: Belongings) -> Mapping[str, int]:
    """How many there are, or may ever be, of each sort of thing that has ids."""
    return {"merchant": len(market.merchants), "product": len(market.products), **belongings.counts}


def _columns_of(intents: Intents) -> Rows:
    return {name: getattr(intents, name) for name in ("order", "story", "careful", "filed_at_ms", "chances")}


def _no_intents() -> Intents:
    nothing = np.zeros(0, dtype=np.int64)
    return Intents(nothing, nothing, nothing.astype(np.bool_), nothing, np.zeros((0, HONEST + 1)))
