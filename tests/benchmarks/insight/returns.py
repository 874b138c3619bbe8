"""Whether changes of policy and festivals of simulated marketplaces are seen, and what is claimed where nothing is.

A change on a day on which nothing changed should be taken for one in 5 of 100 cases at most; categories that are dealt
out by dice, to orders or to buyers, should make no finding.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa

from figures import Figure, at_least, at_most, no_more_than, seconds, told
from serving.insight.record import Record, record_of
from serving.insight.returns.columns import look_at
from serving.insight.returns.effects import effects_of
from serving.insight.returns.figures import ChangeEffect, PolicyChange
from serving.insight.returns.working_out import work_out
from serving.policy import default_policy_path, read_policy
from training.simulate import SimulationConfig, simulate

SEEDS: Final = (1, 2, 3)
DEALS: Final = 20
NAMES: Final = ("approved_share", "reviewed_share", "refunded_minor", "cost_minor")
DAY_MS: Final = 86_400_000
POLICY: Final = read_policy(default_policy_path())
SINGLES_DAY_DEMAND: Final = 1 + 1.6 * 4.5  # `training.simulate.seasons` at the festival's strength


def run() -> list[Figure]:
    """What is seen of what was done, what is seen of nothing, and how long a year takes."""
    calm = _record("calm", 30_000, 365, 1)
    return [
        _changes_seen(),
        _singles_day(),
        *(
            _seen_of_nothing(calm, side)
            for side in ("approved_share", "reviewed_share", "refunded_minor", "cost_minor")
        ),
        *(_dealt(calm, of) for of in ("order_id", "buyer_id")),
        at_most("insight/returns_year", seconds(lambda: work_out(calm, POLICY), 5), "s", 2.0, orders=len(calm.orders)),
    ]


def _record(scenario: str, orders: int, days: int, seed: int) -> Record:
    events = simulate(SimulationConfig(orders=orders, days=days, seed=seed, scenario=scenario)).events
    known = np.asarray(events["known_at_ms"])
    return record_of(events, int(known.min()), int(known.max()) + 1)


def _is_sure(change: ChangeEffect, name: str) -> bool:
    [bounds] = [each.difference for each in change.effects if each.name == name]
    return bounds.low is not None and bounds.high is not None and not bounds.low <= 0 <= bounds.high


def _changes_seen() -> Figure:
    """Worlds whose platform began to pay without a look: those where both shares are seen to move."""
    seen = 0
    for seed in SEEDS:
        record = _record("policy_change", 10_000, 120, seed)
        middle_ms = record.until_ms - 60 * DAY_MS
        [change] = work_out(record, POLICY, changes=[PolicyChange(middle_ms, "old", "new")]).changes
        seen += _is_sure(change, "approved_share") and _is_sure(change, "reviewed_share")
    return at_least("insight/returns_changes_seen", seen / len(SEEDS), "share", 1.0, worlds=len(SEEDS))


def _singles_day() -> Figure:
    """How many times the usual is sold around 11.11, where the world's factor stands beside it."""
    returns = work_out(_record("festival", 30_000, 365, 1), POLICY)
    [season] = [each for each in returns.seasons if each.name == "singles_day"]
    ratio = season.orders_ratio
    return told(
        "insight/returns_singles_day",
        ratio.value or 0,
        "ratio",
        low=ratio.low,
        high=ratio.high,
        true=SINGLES_DAY_DEMAND,
    )


def _seen_of_nothing(record: Record, name: str) -> Figure:
    """Days on which nothing changed, of those taken for a change."""
    seen = look_at(record, POLICY)
    days = range(40, len(seen.days) - 40, 3)
    sure = [
        _is_sure(effects_of(seen, [PolicyChange(int(seen.days.begins_ms[day]) + 1, "a", "b")])[0], name) for day in days
    ]
    return no_more_than(f"insight/returns_placebo_{name}", sum(sure) / len(sure), "share", 0.10, days=len(sure))


def _dealt(record: Record, of: str) -> Figure:
    """Deals of categories by dice in which a category makes a finding."""
    ids = sorted(set(record.orders[of].to_pylist()) | set(record.claims[of].to_pylist()), key=str)
    wrong = 0
    for seed in range(DEALS):
        dealt = dict(zip(ids, np.random.default_rng(seed).integers(0, 8, len(ids)).tolist(), strict=True))
        tables = (_with_categories(table, of, dealt) for table in (record.orders, record.claims))
        orders, claims = tables
        findings = work_out(replace(record, orders=orders, claims=claims), POLICY).findings
        wrong += any("category" in each.values for each in findings)
    return no_more_than(f"insight/returns_dealt_by_{of.removesuffix('_id')}", wrong / DEALS, "share", 0.05, deals=DEALS)


def _with_categories(table: pa.Table, of: str, dealt: dict[str | None, int]) -> pa.Table:
    categories = pa.chunked_array([pa.array([f"c{dealt[each]}" for each in table[of].to_pylist()], pa.string())])
    return table.set_column(table.schema.get_field_index("category_id"), "category_id", categories)
