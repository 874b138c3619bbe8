"""What people find: reviewers before a decision, auditors after one, appeals and the platform's own disputes.

Reviewers differ in how much they see, how often they suspect the honest, and how fast they are; merchants who lie make
them suspect more, and abusers who have learned make them see less. A queue longer than a day's work makes all wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.event_table import code_of
from features.spans import DAY_MS, HOUR_MS
from training.simulate.claims import Claims
from training.simulate.config import Flags, SimulationConfig, draw_lognormal
from training.simulate.deciding import Answers
from training.simulate.looks import tables
from training.simulate.market import Market
from training.simulate.orders import Orders

REVIEWS_PER_DAY: Final = 40  # of one reviewer
CLAIMS_PER_ORDER: Final = 0.17  # for the number of reviewers: enough for about half of the claims
REVIEWED_AT_FIRST: Final = 0.5
FEWEST_REVIEWERS, SENIORS = 4, 3
HARDER_WHEN_CAREFUL: Final = 0.25  # taken from what a reviewer sees
LIE_BELIEVED: Final = 0.12  # added to the suspicion of the honest where the merchant lies
LIE_BELIEVED_BY_SENIORS: Final = 0.03
REVIEW_MEDIAN_HOURS: Final = 10.0
SECOND_LOOK_SHARE: Final = 0.12
AUDIT_MEDIAN_DAYS: Final = 5.0
APPEALS_HONEST, APPEALS_ABUSIVE = 0.45, 0.15
APPEAL_MEDIAN_DAYS: Final = 4.0
# what tells the findings on one claim apart; the warehouse's is in `returns`
FIRST_LOOK, SECOND_LOOK, AUDIT, APPEAL, DISPUTE, AUDIT_AGAIN = 0, 1, 2, 3, 4, 6
DISPUTED_SHARE: Final = 0.3  # of advances, those about which merchant and platform argue


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Findings, a row each, shape (n,): on which of the day's claims, when, what, from which source and by whom.

    `row` counts the day's claims. `merchant_at_fault` is 1, 0, or -1 where it is not known. `nth` tells the findings
    on one claim apart.
    """

    row: Ints
    known_at_ms: Ints
    verdict: Ints
    source: Ints
    reviewer: Ints
    merchant_at_fault: Ints
    nth: Ints


@dataclass(frozen=True, slots=True)
class Rulings:
    """A row per claim of the day, shape (n,), and the findings on them.

    Attributes:
        decided_at_ms: when the buyer gets the decision.
        known_at_ms: when it goes on record.
        refused: whether a person turned it down, appeals included.
        overturned_at_ms: when an appeal gave the money after all, or -1.
        settled_at_ms: when the buyer takes the answer as final.
        verdicts: all findings by people; those of inspections come later.
    """

    decided_at_ms: Ints
    known_at_ms: Ints
    refused: Flags
    overturned_at_ms: Ints
    settled_at_ms: Ints
    verdicts: list[Verdicts]


class Reviewers:
    """Those who rule, and their queue. Seniors, who see better, hear appeals and disputes, and audit."""

    def __init__(self, config: SimulationConfig, market: Market) -> None:
        rng = config.stream("reviewers")
        daily = config.orders / config.days * CLAIMS_PER_ORDER * REVIEWED_AT_FIRST
        self.juniors = max(FEWEST_REVIEWERS, round(daily / REVIEWS_PER_DAY))
        count = self.juniors + SENIORS
        self._sees = np.clip(0.88 + 0.06 * rng.standard_normal(count), 0.6, 0.98)
        self._suspects = np.clip(draw_lognormal(rng, median=0.025, sigma=0.6, size=count), 0.003, 0.15)
        self._unsure = np.clip(draw_lognormal(rng, median=0.05, sigma=0.5, size=count), 0.005, 0.2)
        self._pace = draw_lognormal(rng, median=1.0, sigma=0.3, size=count)
        self._sees[self.juniors :], self._suspects[self.juniors :] = 0.95, 0.012
        self.capacity = self.juniors * REVIEWS_PER_DAY
        self.backlog = 0.0
        self._dice = config.dice("rulings")
        self._market = market

    def rule(self, orders: Orders, claims: Claims, answers: Answers) -> Rulings:
        """Review what needs a person, draw audits, hear appeals and disputes, for the claims of a day."""
        manual = np.flatnonzero(answers.action == code_of("action", "manual_review"))
        self.backlog = max(self.backlog + len(manual) - self.capacity, 0.0)
        decided_at_ms = self._decision_times(claims, manual, answers)
        known_at_ms = np.maximum(decided_at_ms, answers.known_at_ms)
        who = self._reviewers_of(claims, manual)
        first = self._find("reviewer", orders, claims, manual, who, known_at_ms[manual], nth=FIRST_LOOK)
        refused = np.zeros(len(claims), dtype=np.bool_)
        refused[manual] = first.verdict == code_of("verdict", "abusive")
        appeals = self._appeal(orders, claims, known_at_ms, refused)
        overturned = appeals.row[appeals.verdict == code_of("verdict", "legitimate")]
        overturned_at_ms, settled_at_ms = np.full(len(claims), -1), decided_at_ms.copy()
        settled_at_ms[appeals.row] = appeals.known_at_ms
        overturned_at_ms[overturned] = settled_at_ms[overturned]
        refused[overturned] = False
        audits = self._audit(orders, claims, answers)
        verdicts = [
            first,
            self._second_look(orders, claims, first),
            audits,
            appeals,
            self._dispute(orders, claims, answers),
            self._audit_again(orders, claims, audits),
        ]
        return Rulings(decided_at_ms, known_at_ms, refused, overturned_at_ms, settled_at_ms, verdicts)

    def _reviewers_of(self, claims: Claims, row: Ints) -> Ints:
        return self._dice.below("reviewer", claims.order[row], self.juniors)

    def _decision_times(self, claims: Claims, manual: Ints, answers: Answers) -> Ints:
        """When buyers get their decisions: at once, or when the reviewer has come to them."""
        order = claims.order[manual]
        pace = self._pace[self._reviewers_of(claims, manual)]
        hours = self._dice.lognormal("review hours", order, REVIEW_MEDIAN_HOURS, 0.9) * pace
        waiting_ms = self.backlog / self.capacity * DAY_MS
        at_ms = answers.at_ms.copy()
        at_ms[manual] = claims.filed_at_ms[manual] + (np.clip(hours, 0.2, 240.0) * HOUR_MS + waiting_ms).astype(
            np.int64
        )
        return at_ms

    def _second_look(self, orders: Orders, claims: Claims, first: Verdicts) -> Verdicts:
        chosen = self._dice.happens("second look", claims.order[first.row], SECOND_LOOK_SHARE)
        row, order = first.row[chosen], claims.order[first.row[chosen]]
        who = (first.reviewer[chosen] + 1 + self._dice.below("second", order, self.juniors - 1)) % self.juniors
        later_ms = (self._dice.lognormal("second hours", order, 30.0, 0.5) * HOUR_MS).astype(np.int64)
        return self._find("reviewer", orders, claims, row, who, first.known_at_ms[chosen] + later_ms, nth=SECOND_LOOK)

    def _audit(self, orders: Orders, claims: Claims, answers: Answers) -> Verdicts:
        row = np.flatnonzero(self._dice.happens("audit", claims.order, np.maximum(answers.audit_ppm, 0) / 1e6))
        order = claims.order[row]
        who = self.juniors + self._dice.below("auditor", order, SENIORS)
        days = self._dice.lognormal("audit days", order, AUDIT_MEDIAN_DAYS, 0.5)
        at_ms = answers.known_at_ms[row] + (days * DAY_MS).astype(np.int64)
        return self._find("audit", orders, claims, row, who, at_ms, nth=AUDIT)

    def _audit_again(self, orders: Orders, claims: Claims, audits: Verdicts) -> Verdicts:
        """Where abuse is rare, most that a single look finds may be false alarms: another senior looks again."""
        found = audits.verdict == code_of("verdict", "abusive")
        row, order = audits.row[found], claims.order[audits.row[found]]
        first = audits.reviewer[found] - self.juniors
        who = self.juniors + (first + 1 + self._dice.below("other senior", order, SENIORS - 1)) % SENIORS
        later_ms = (self._dice.lognormal("second audit hours", order, 30.0, 0.5) * HOUR_MS).astype(np.int64)
        return self._find("audit", orders, claims, row, who, audits.known_at_ms[found] + later_ms, nth=AUDIT_AGAIN)

    def _appeal(self, orders: Orders, claims: Claims, known_at_ms: Ints, refused: Flags) -> Verdicts:
        chance = np.where(refused, np.where(claims.abusive, APPEALS_ABUSIVE, APPEALS_HONEST), 0.0)
        row = np.flatnonzero(self._dice.happens("appeal", claims.order, chance))
        order = claims.order[row]
        who = self.juniors + self._dice.below("senior", order, SENIORS)
        days = self._dice.lognormal("appeal days", order, APPEAL_MEDIAN_DAYS, 0.5)
        at_ms = known_at_ms[row] + (days * DAY_MS).astype(np.int64)
        return self._find("appeal", orders, claims, row, who, at_ms, nth=APPEAL)

    def _dispute(self, orders: Orders, claims: Claims, answers: Answers) -> Verdicts:
        advanced = answers.action == code_of("action", "pre_payment_compensation")
        row = np.flatnonzero(self._dice.happens("dispute", claims.order, np.where(advanced, DISPUTED_SHARE, 0.0)))
        order = claims.order[row]
        who = self.juniors + self._dice.below("arbiter", order, SENIORS)
        days = self._dice.lognormal("dispute days", order, 12.0, 0.5)
        at_ms = answers.known_at_ms[row] + (days * DAY_MS).astype(np.int64)
        return self._find("platform", orders, claims, row, who, at_ms, nth=DISPUTE)

    def _find(
        self, source: str, orders: Orders, claims: Claims, row: Ints, who: Ints, at_ms: Ints, *, nth: int
    ) -> Verdicts:
        order = claims.order[row]
        lied_about = self._market.merchants.lies[orders.merchant[order]]
        sees = self._sees[who] - HARDER_WHEN_CAREFUL * claims.careful[row]
        believed = np.where(who < self.juniors, LIE_BELIEVED, LIE_BELIEVED_BY_SENIORS)
        suspects = self._suspects[who] + believed * lied_about
        chance = np.where(claims.abusive[row], sees, suspects)
        says_abusive = self._dice.happens(f"{source} {nth}", order, chance)
        verdict = np.where(says_abusive, code_of("verdict", "abusive"), code_of("verdict", "legitimate"))
        # on an appeal somebody has to say something
        unsure = self._unsure[who] * (source != "appeal")
        verdict = np.where(
            self._dice.happens(f"{source} {nth} unsure", order, unsure), code_of("verdict", "undetermined"), verdict
        )
        return Verdicts(
            row=row,
            known_at_ms=at_ms,
            verdict=verdict.astype(np.int64),
            source=np.full(len(row), code_of("verdict_source", source)),
            reviewer=who,
            merchant_at_fault=find_fault(
                self._dice.uniform(f"{source} {nth} fault", order), claims.story[row], verdict
            ),
            nth=np.full(len(row), nth),
        )


def find_fault(luck: Floats, story: Ints, verdict: Ints) -> Ints:
    """Whether the merchant is found at fault, by what truly happened: 1, or 0, as on any lie; -1 if all stays open."""
    legitimate = verdict == code_of("verdict", "legitimate")
    at_fault = legitimate & (luck < tables().merchant_at_fault[story])
    return np.where(verdict == code_of("verdict", "undetermined"), -1, at_fault.astype(np.int64)).astype(np.int64)
