"""The shop's model in a folder, and what the shop went through afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.event_file import from_events
from features.events import Event, EventKind
from serving.bundle import Bundle, write_bundle
from training.drift.comparing import Comparison, compare
from training.drift.later import Asked, later_from_events
from training.drift.reference import reference_of

LATER = range(600, 900)  # the shop of the training has the claims before
DAY_MS = 86_400_000
END_MS = 1_700_000_000_000 + 450 * DAY_MS


def unchanged(event: Event) -> Event | None:
    """The shop goes on as it was."""
    return event


def all_abusive(event: Event) -> Event | None:
    """From now on every verdict finds abuse."""
    return replace(event, verdict="abusive") if event.kind is EventKind.CLAIM_ADJUDICATED else event


def no_verdicts(event: Event) -> Event | None:
    """Nobody rules on anything any more."""
    return None if event.kind is EventKind.CLAIM_ADJUDICATED else event


def refund_only(event: Event) -> Event | None:
    """All ask for refund-only, which the model relies on, and nobody rules yet."""
    if event.kind is EventKind.CLAIM_FILED:
        return replace(event, claim_type="refund_only")
    return no_verdicts(event)


WORLDS: dict[str, Callable[[Event], Event | None]] = {
    "unchanged": unchanged,
    "all abusive": all_abusive,
    "no verdicts": no_verdicts,
    "refund only": refund_only,
}


@pytest.fixture(scope="session")
def world(shop, claim) -> Callable[[str], pa.Table]:
    """All of the shop's events, the later ones changed; or none of those, by the name of "nothing"."""

    def events(name: str) -> pa.Table:
        if name == "nothing":
            return from_events(sorted(shop, key=lambda event: event.known_at_ms))
        drawn = [event for number in range(LATER.stop) for event in claim(number)]
        since = max(event.known_at_ms for event in shop) + 1
        kept = [event if event.known_at_ms < since else WORLDS[name](event) for event in drawn]
        there = [event for event in kept if event is not None and event.known_at_ms < END_MS]
        return from_events(sorted(there, key=lambda event: event.known_at_ms))

    return events


@pytest.fixture(scope="session")
def bundle(trained, tmp_path_factory) -> Bundle:
    """The shop's model."""
    return write_bundle(tmp_path_factory.mktemp("drift") / "bundle", trained.bundle)


@pytest.fixture(scope="session")
def files(world, tmp_path_factory) -> Callable[[str], Path]:
    """A file of each world, written once."""
    folder = tmp_path_factory.mktemp("worlds")

    def file(name: str) -> Path:
        path = folder / f"{name.replace(' ', '_')}.parquet"
        if not path.exists():
            pq.write_table(world(name), path)
        return path

    return file


@pytest.fixture(scope="session")
def compared(files, bundle, plan) -> Callable[[str], Comparison]:
    """The model beside a world's later claims, compared once."""
    known: dict[str, Comparison] = {}

    def of(name: str) -> Comparison:
        if name not in known:
            reference = reference_of(bundle)
            later = later_from_events(str(files(name)), plan, bundle, reference.to_ms, Asked())
            known[name] = compare(bundle, reference, later, plan)
        return known[name]

    return of
