"""Past claims under a policy, as arrays: what each was, and what the policy does with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from serving.decision import Decision, find_authority
from serving.decision.outcomes import CODES, Goods
from serving.policy import Policy
from serving.policy_compare.past import PastCase

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """n past claims in the order in which they were decided; each column of shape (n,).

    Attributes:
        as_of_ms: when.
        goods: the categories.
        amount_minor: what was asked for.
        probability: the abuse probability, NaN where nobody could tell.
        buyer: a number for each buyer, from 0.
        then: the action that was decided, as a code (a place in `PREFERENCE`).
        then_charged: whether there was an authority to charge the merchant.
        audit_chance: with what chance an automatic decision was to be audited, NaN where none was logged.
        audited: whether it was drawn.
        abusive: 1 and 0 as people found in the end, NaN while they didn't.
        advanced_minor: what was paid in advance and settled, 0 for nothing.
        recovered_minor: what came back of it.
    """

    as_of_ms: Ints
    goods: Goods
    amount_minor: Ints
    probability: Floats
    buyer: Ints
    then: Ints
    then_charged: Flags
    audit_chance: Floats
    audited: Flags
    abusive: Floats
    advanced_minor: Ints
    recovered_minor: Ints

    def __len__(self) -> int:
        return len(self.as_of_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a policy does with n claims: the action's code, whether the merchant pays, and P(an advance comes back)."""

    action: Ints
    charged: Flags
    back: Floats


def judge_all(
    cases: Iterable[PastCase], policy: Policy, judge_one: Callable[[PastCase], Decision]
) -> tuple[Claims, Judged]:
    """Judge past claims, one after the other; nothing of a claim is kept but a row of numbers.

    Args:
        cases: in the order in which they were decided.
        policy: says which authorities count.
        judge_one: the decision on a claim.
    """
    rows = _Rows()
    for past in cases:
        rows.add(past, judge_one(past), find_authority(past.case.facts, policy) is not None)
    return rows.claims(), rows.judged()


def days(as_of_ms: Ints, zone: ZoneInfo) -> Ints:
    """The calendar day of each moment, as an ordinal; shape (n,)."""
    return np.array([datetime.fromtimestamp(ms / 1000, zone).toordinal() for ms in as_of_ms.tolist()], dtype=np.int64)


@dataclass(slots=True)
class _Rows:
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    buyers: dict[str, int] = field(default_factory=dict)
    categories: list[str] = field(default_factory=list)

    def add(self, past: PastCase, decision: Decision, authorised: bool) -> None:
        facts, probability = past.case.facts, past.case.abuse_probability
        # a claim whose buyer nobody knows is its own buyer's
        buyer = self.buyers.setdefault(facts.buyer_id or f"claim\0{facts.claim_id}", len(self.buyers))
        self.categories.append(facts.category_id)
        self.rows.append(
            (
                facts.as_of_ms,
                facts.amount_minor,
                np.nan if probability is None else probability,
                buyer,
                CODES[past.action],
                authorised,
                np.nan if past.audit_chance is None else past.audit_chance,
                past.audited,
                np.nan if past.abusive is None else float(past.abusive),
                past.advanced_minor,
                past.recovered_minor,
                CODES[decision.action],
                decision.charged_to == "merchant",
                decision.recovery_probability,
            )
        )

    def claims(self) -> Claims:
        return Claims(
            as_of_ms=self._column(0, np.int64),
            goods=Goods.of(self.categories),
            amount_minor=self._column(1, np.int64),
            probability=self._column(2, np.float64),
            buyer=self._column(3, np.int64),
            then=self._column(4, np.int64),
            then_charged=self._column(5, np.bool_),
            audit_chance=self._column(6, np.float64),
            audited=self._column(7, np.bool_),
            abusive=self._column(8, np.float64),
            advanced_minor=self._column(9, np.int64),
            recovered_minor=self._column(10, np.int64),
        )

    def judged(self) -> Judged:
        return Judged(
            action=self._column(11, np.int64), charged=self._column(12, np.bool_), back=self._column(13, np.float64)
        )

    def _column(self, number: int, sort: type[np.generic]) -> npt.NDArray[Any]:
        return np.array([row[number] for row in self.rows], dtype=sort)
