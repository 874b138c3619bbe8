"""The whole simulation, step by step, and its two files: events for everyone, truth for whoever grades."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.event_file import check_events, write_events
from features.progress import Progress
from training.simulate.aftermath import make_feedback, make_responses, make_settlements
from training.simulate.causes import claim_stories
from training.simulate.claims import Claims, make_claims
from training.simulate.config import SimulationConfig
from training.simulate.event_arrow import event_table, names
from training.simulate.event_rows import History
from training.simulate.groups import make_groups
from training.simulate.identities import identities_of_claims, identities_of_orders, make_belongings
from training.simulate.market import make_market
from training.simulate.orders import make_deliveries, make_orders
from training.simulate.pictures import make_pictures
from training.simulate.returns import make_returns
from training.simulate.rulings import make_decisions, make_verdicts
from training.simulate.stories import STORIES

STAGES: Final = ("market", "orders", "deliveries", "claims", "rulings", "aftermath", "events", "checks")


@dataclass(frozen=True, slots=True)
class World:
    """A simulated marketplace.

    `events` is in `features.event_file.EVENT_SCHEMA`, by `known_at_ms`. `truth` has a row per claim in `events`:
    `claim_id`, `abusive`, and `story`, the kind of honest trouble or of abuse behind it.
    """

    events: pa.Table
    truth: pa.Table


def simulate(config: SimulationConfig, progress: Progress | None = None) -> World:
    """Make a marketplace; the same configuration gives the same world.

    Args:
        config: size, period and seed.
        progress: called after each stage with how many are done, how many there are, and the stage's name.
    """
    history = _history(config, progress)
    events = event_table(config, history)
    _announce(progress, "events")
    world = World(check_events(events, "simulated events"), _truth(history.claims))
    _announce(progress, "checks")
    return world


def write_world(world: World, out: Path) -> tuple[Path, Path]:
    """Write `events.parquet` and, in a folder of its own, `truth/truth.parquet`; return the two paths.

    Each file appears whole or not at all, and replaces what an earlier run left.

    Raises:
        features.events.EventError: if an event is wrong.
        OSError: if the folder can't be written.
    """
    events_path, truth_path = out / "events.parquet", out / "truth" / "truth.parquet"
    write_events(world.events, events_path)
    truth_path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = truth_path.with_name(f".{truth_path.name}.{os.getpid()}.unfinished")
    try:
        pq.write_table(world.truth, unfinished, compression="zstd")
        unfinished.replace(truth_path)
    finally:
        unfinished.unlink(missing_ok=True)
    return events_path, truth_path


def _history(config: SimulationConfig, progress: Progress | None) -> History:
    market = make_market(config)
    groups = make_groups(config, market.buyers)
    belongings = make_belongings(config, groups)
    _announce(progress, "market")
    orders = make_orders(config, market)
    ordered_with = identities_of_orders(config, belongings, orders)
    _announce(progress, "orders")
    deliveries = make_deliveries(config, market, orders)
    _announce(progress, "deliveries")
    claims = make_claims(config, orders, deliveries, claim_stories(config, market, orders, deliveries))
    claimed_with = identities_of_claims(config, belongings, orders, ordered_with, claims)
    pictures = make_pictures(config, market.buyers, groups, orders, claims)
    _announce(progress, "claims")
    decisions = make_decisions(config, claims)
    verdicts = make_verdicts(config, claims, decisions)
    _announce(progress, "rulings")
    responses = make_responses(config, market, orders, claims, decisions)
    returns = make_returns(config, claims, decisions, verdicts)
    settlements = make_settlements(config, market, orders, claims, decisions, responses)
    feedback = make_feedback(config, claims, decisions)
    _announce(progress, "aftermath")
    return History(
        market=market,
        orders=orders,
        ordered_with=ordered_with,
        deliveries=deliveries,
        claims=claims,
        claimed_with=claimed_with,
        pictures=pictures,
        decisions=decisions,
        verdicts=verdicts,
        responses=responses,
        returns=returns,
        settlements=settlements,
        feedback=feedback,
    )


def _announce(progress: Progress | None, stage: str) -> None:
    if progress is not None:
        progress(STAGES.index(stage) + 1, len(STAGES), stage)


def _truth(claims: Claims) -> pa.Table:
    stories = pa.array([story.name for story in STORIES])
    return pa.table(
        {
            "claim_id": names("claim_id", np.arange(len(claims))),
            "abusive": pa.array(claims.abusive),
            "story": stories.take(pa.array(claims.story)),
        }
    )
