"""What `clearclaim-train tune-policy` does with its options; `command` only declares them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from features.plan import default_plan
from features.progress import Progress
from serving.bundle import check_catalog
from serving.policy import Policy, read_policy
from serving.scorer import Scorer
from training.bundle_of import bundle_of
from training.consents import read_consents
from training.source import events_from
from training.tuning.claims import TuningClaims
from training.tuning.knobs import Knob, TuningError, default_knobs, parse_knobs
from training.tuning.limits import parse_limits
from training.tuning.many import Capacity
from training.tuning.measuring import measure, saved
from training.tuning.periods import Periods, draw_periods, find_cuts
from training.tuning.report import Compared, report
from training.tuning.rewriting import write_tuned
from training.tuning.searching import SearchConfig, search

ROUNDS: Final = 6  # of settings around the best


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneOptions:
    """What a user asked for."""

    events: str
    model: str
    policy: Path
    out: Path
    searched: Sequence[str] = ()
    at_most: Sequence[str] = ()
    at_least: Sequence[str] = ()
    capacity: Capacity = "price"
    consents: Path | None = None
    tune_from: datetime | None = None
    report_from: datetime | None = None
    settings: int = 540
    seed: int = 7


def run_tuning(options: TuneOptions, progress: Progress) -> list[str]:
    """Search, write the tuned file, and return the page to print.

    Raises:
        TuningError, PolicyError, BundleError, EventError, StoreError, TrackingError, OSError: one line says what is
            wrong.
    """
    policy = read_policy(options.policy)
    limits = (*parse_limits(options.at_most, at_most=True), *parse_limits(options.at_least, at_most=False))
    asked = parse_knobs(options.searched, policy)
    if options.out.resolve() == options.policy.resolve():
        raise TuningError(f"--out {options.out}: is the given policy itself; name another file")
    periods = _periods(options, policy, progress)
    knobs = asked or default_knobs(policy, int(periods.tuned_on.amount_minor.max()))
    config = _config(options)
    settings = search(periods.tuned_on, policy, knobs, limits, options.capacity, config, progress)
    tuned = write_tuned(options.policy, policy, settings, options.out)
    first, later = (
        _compared(claims, policy, tuned, options.capacity) for claims in (periods.tuned_on, periods.reported_on)
    )
    lines = list(report(policy, settings, limits, periods, first, later))
    return [_searched(knobs, config), *lines, f"{options.out}: version {tuned.version}"]


def _periods(options: TuneOptions, policy: Policy, progress: Progress) -> Periods:
    plan = default_plan()
    consents = frozenset() if options.consents is None else read_consents(options.consents)
    with bundle_of(options.model) as bundle, Scorer(bundle) as scorer:
        check_catalog(bundle, plan.catalog_hash)
        progress(0, 1, "reading events")
        events = events_from(options.events)
        progress(1, 1, "reading events")
        end_ms = int(np.asarray(events["known_at_ms"])[-1]) + 1 if len(events) else 0
        cuts = find_cuts(bundle, end_ms, _moment_ms(options.tune_from), _moment_ms(options.report_from))
        return draw_periods(events, plan, scorer, policy, cuts, consents, progress)


def _compared(claims: TuningClaims, policy: Policy, tuned: Policy, capacity: Capacity) -> Compared:
    base, other = (measure(claims, acting, policy, capacity) for acting in (policy, tuned))
    return Compared(claims, base, other, saved(claims, base, other))


def _config(options: TuneOptions) -> SearchConfig:
    """So many settings in all, somewhat more than half of them random, the rest in six rounds around the best."""
    of_round = max(options.settings * 4 // 9 // ROUNDS, 1)
    random = max(options.settings - ROUNDS * of_round, 1)
    return SearchConfig(seed=options.seed, random=random, rounds=ROUNDS, of_round=of_round)


def _searched(knobs: Sequence[Knob], config: SearchConfig) -> str:
    return f"{config.settings:,} settings of {', '.join(f'{k.key} ({k.low:,.9g} to {k.high:,.9g})' for k in knobs)}"


def _moment_ms(day: datetime | None) -> int | None:
    return None if day is None else int(day.replace(tzinfo=UTC).timestamp() * 1000)
