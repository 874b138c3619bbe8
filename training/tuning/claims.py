"""The claims of a period as arrays: what a policy decides them by, and what labels say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypedDict
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from serving.decision import Case, RuleEffects, find_authority, judge
from serving.decision.outcomes import CODES, Goods
from serving.policy import Policy

Flags = npt.NDArray[np.bool_]
NOT_FORCED = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningClaims:
    """n claims in the order in which they were filed; each column of shape (n,) unless it says otherwise.

    What rules ask for, and who may be charged, is what the given policy says. Neither hangs on what is searched, but
    for rules that ask what an action is expected to cost: to them it stays what the given policy expects.

    Attributes:
        day: the calendar day in the policy's time zone, numbered from 0 without gaps.
        goods: the categories.
        amount_minor: what is asked for.
        probability: the abuse probability, NaN where nobody can tell.
        back: P(an advance comes back) by a model, NaN for the policy's default.
        authorised: whether the merchant may be charged.
        only_person: whether only a person may decide.
        forbidden: by action's code, shape (actions, n).
        forced: code of the action that a rule forces, or `NOT_FORCED`.
        borne_by_rule: whether a rule lets the platform pay.
        buyer: a number for each buyer, from 0.
        abusive: 1 and 0 by labels; NaN without one that can be weighed.
        chance: with which a label came, within (0, 1].
    """

    day: Ints
    goods: Goods
    amount_minor: Ints
    probability: Floats
    back: Floats
    authorised: Flags
    only_person: Flags
    forbidden: Flags
    forced: Ints
    borne_by_rule: Flags
    buyer: Ints
    abusive: Floats
    chance: Floats

    def __len__(self) -> int:
        return len(self.day)

    @property
    def labelled(self) -> Flags:
        """Which claims have a label."""
        return np.isfinite(self.abusive)

    @property
    def days(self) -> int:
        """How many days have a claim."""
        return int(self.day.max(initial=-1)) + 1


def as_claims(
    cases: Sequence[Case],
    policy: Policy,
    buyer: Ints,
    abusive: Floats,
    chance: Floats,
    effects: Sequence[RuleEffects] | None = None,
) -> TuningClaims:
    """Cases with their labels, as arrays; each is judged once, for what the policy's rules ask.

    Args:
        cases: n claims in the order in which they were filed.
        policy: the given one.
        buyer: a number for each claim's buyer; any numbers.
        abusive: labels, NaN for none.
        chance: of each label, clipped where a label would stand for too many.
        effects: what the policy's rules ask for on each case, if that is known already.
    """
    effects = [judge(case, policy).effects for case in cases] if effects is None else effects
    facts = [case.facts for case in cases]
    return TuningClaims(
        day=np.unique(_days([each.as_of_ms for each in facts], policy.zone), return_inverse=True)[1].astype(np.int64),
        goods=Goods.of([each.category_id for each in facts]),
        amount_minor=np.array([each.amount_minor for each in facts], dtype=np.int64),
        probability=_floats([case.abuse_probability for case in cases]),
        back=_floats([case.recovery_probability for case in cases]),
        authorised=np.array([find_authority(each, policy) is not None for each in facts], dtype=np.bool_),
        only_person=np.array(
            [
                case.facts.human_requested or case.abuse_probability is None or bool(effect.failed)
                for case, effect in zip(cases, effects, strict=True)
            ],
            dtype=np.bool_,
        ),
        **_asked_by_rules(effects),
        buyer=np.unique(buyer, return_inverse=True)[1].astype(np.int64),
        abusive=abusive,
        chance=chance,
    )


class _AskedByRules(TypedDict):
    forbidden: Flags
    forced: Ints
    borne_by_rule: Flags


def _asked_by_rules(effects: Sequence[RuleEffects]) -> _AskedByRules:
    forbidden = [[action in effect.forbidden for effect in effects] for action in CODES]
    return {
        "forbidden": np.array(forbidden, dtype=np.bool_).reshape(len(CODES), len(effects)),
        "forced": np.array([NOT_FORCED if e.forced is None else CODES[e.forced[0]] for e in effects], dtype=np.int64),
        "borne_by_rule": np.array([effect.borne_by is not None for effect in effects], dtype=np.bool_),
    }


def with_probabilities(
    claims: TuningClaims, cases: Sequence[Case], effects: Sequence[RuleEffects], probability: Floats
) -> TuningClaims:
    """The same claims as another model sees them.

    Args:
        claims: as `as_claims` made them of these cases.
        cases: as they were given; their own abuse probabilities play no part.
        effects: what the policy's rules ask for under the new probabilities.
        probability: of abuse, shape (n,).
    """
    person = [case.facts.human_requested or bool(e.failed) for case, e in zip(cases, effects, strict=True)]
    return replace(
        claims,
        probability=probability,
        only_person=np.array(person, dtype=np.bool_) | np.isnan(probability),
        **_asked_by_rules(effects),
    )


def _days(moments_ms: list[int], zone: ZoneInfo) -> Ints:
    return np.array([datetime.fromtimestamp(ms / 1000, zone).toordinal() for ms in moments_ms], dtype=np.int64)


def _floats(values: list[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
