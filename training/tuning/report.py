"""What a search found, as a page of text: on the period that it learned from, and on the later one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from serving.decision.estimating import Estimate
from serving.policy import Policy
from training.labels.propensity import effective_size
from training.tuning.claims import TuningClaims
from training.tuning.knobs import BELIEFS, setting
from training.tuning.limits import MEASURES, Limit
from training.tuning.measuring import PER, Measured
from training.tuning.periods import Periods


@dataclass(frozen=True, slots=True)
class Compared:
    """Two policies on one period: the given one, the tuned one, and what the tuned one costs less."""

    claims: TuningClaims
    base: Measured
    tuned: Measured
    saved: Estimate

    @property
    def shown(self) -> bool:
        """Whether it is shown that the tuned one costs less: its interval lies above zero."""
        return bool(self.saved.low[0] > 0)


def report(
    policy: Policy,
    settings: dict[str, float],
    limits: tuple[Limit, ...],
    periods: Periods,
    tuned_on: Compared,
    reported_on: Compared,
) -> Iterator[str]:
    """The page, line by line; money in units of the currency."""
    cuts = periods.cuts
    yield _period("tuned on", cuts.start_ms, cuts.later_ms, periods.tuned_on)
    yield _period("reported on", cuts.later_ms, cuts.end_ms, periods.reported_on)
    authorised = float(np.mean(np.concatenate([periods.tuned_on.authorised, periods.reported_on.authorised])))
    yield f"  of all claims, {authorised:.0%} have an authority to charge the merchant, as far as is known here"
    yield ""
    yield from _settings(policy, settings)
    yield ""
    yield from _table(limits, tuned_on, reported_on, policy.currency)
    yield ""
    yield from _verdict(settings, limits, reported_on, policy.currency)


def _period(name: str, from_ms: int, to_ms: int, claims: TuningClaims) -> str:
    labelled = claims.labelled
    first, end = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (from_ms, to_ms))
    return (
        f"{name} {first:%Y-%m-%d} to {end:%Y-%m-%d}: {len(claims):,} claims, {int(labelled.sum()):,} with a label, "
        f"worth {effective_size(1 / claims.chance[labelled]):,.0f} of equal weight"
    )


def _settings(policy: Policy, settings: dict[str, float]) -> Iterator[str]:
    if not settings:
        yield "no setting that was searched does better than the policy's own"
        return
    width = max(map(len, settings))
    for key, value in settings.items():
        yield f"{key:<{width}}  {setting(policy, key):>14,.9g} -> {value:>14,.9g}"
        if key in BELIEFS:
            yield f"  {key} is what you believe; the tuned file acts as if it were so, and no longer says it"


def _table(limits: tuple[Limit, ...], first: Compared, later: Compared, currency: str) -> Iterator[str]:
    yield f"{'':<38}{'tuned on':^26}{'reported on':^26}"
    yield f"{'':<38}" + f"{'policy':>13}{'tuned':>13}" * 2
    costs = [each.cost_minor / 100 for side in (first, later) for each in (side.base, side.tuned)]
    yield f"{f'cost of {PER:,} claims, {currency}':<38}" + "".join(f"{cost:>13,.2f}" for cost in costs)
    for name, side in (("tuned on", first), ("reported on", later)):
        mean, low, high = (float(each[0]) * PER / 100 for each in (side.saved.mean, side.saved.low, side.saved.high))
        yield f"  saved, {name}: {mean:,.2f} (95 % interval by buyer: {low:,.2f} to {high:,.2f})"
    for measure in MEASURES:
        values = [each.measures[measure] for side in (first, later) for each in (side.base, side.tuned)]
        yield f"{measure:<38}" + "".join(f"{value:>13,.3f}" if value < 1 else f"{value:>13,.1f}" for value in values)
    for limit in limits:
        held = [
            "holds" if not limit.excess(each.measures[limit.measure]) else "BROKEN"
            for side in (first, later)
            for each in (side.base, side.tuned)
        ]
        yield f"  {limit!s:<36}" + "".join(f"{word:>13}" for word in held)


def _verdict(settings: dict[str, float], limits: tuple[Limit, ...], later: Compared, currency: str) -> Iterator[str]:
    if not settings:
        return
    mean, low, high = (float(each[0]) * PER / 100 for each in (later.saved.mean, later.saved.low, later.saved.high))
    if later.shown:
        yield (
            f"on the later period the tuned policy costs {mean:,.2f} {currency} less per {PER:,} claims "
            f"({low:,.2f} to {high:,.2f})"
        )
    else:
        yield (
            f"the gain is NOT shown on the later period: the interval ({low:,.2f} to {high:,.2f}) reaches below zero; "
            "don't put this policy in force for its gain"
        )
    for limit in limits:
        value = later.tuned.measures[limit.measure]
        if limit.excess(value):
            yield f"on the later period {limit.measure} is {value:,.4g}: the limit of {limit} does not hold there"
