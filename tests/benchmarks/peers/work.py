"""The work that all peers do: sums over `[as_of - window, as_of)` for every claim, from unsorted columns of events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
WINDOWS_MS = (HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS, 90 * DAY_MS)
ENTITIES = ("buyer", "merchant")
AGGREGATES = ("orders", "spend_minor", "claims", "claimed_minor")
WIDTH = len(ENTITIES) * len(WINDOWS_MS) * len(AGGREGATES)

BEGIN_MS = 1_735_689_600_000  # 2025-01-01
SPAN_MS = 365 * DAY_MS
CLAIM_SHARE = 0.1
BASKET_SHARE = 0.05  # events that share buyer, merchant and moment with the event before them


@dataclass(frozen=True, slots=True)
class Work:
    """Events, in whatever order, and the claims to be answered.

    `codes` has one array of entity codes (0, 1, 2 ...) per entity, `adds` one array of non-negative increments per
    aggregate, 0 where the event isn't of the aggregate's kind: the first two belong to paid orders, the others to
    filed claims. `is_claim` tells the two kinds apart. `claims` are the indexes of the claims to be answered, in
    rising order; each is answered as of its own `known_at_ms`, so it and whatever ties with it don't count.

    An answer has shape (len(claims), WIDTH): entity by entity, within it window by window, within that one column
    per aggregate; int64, rows in the order of `claims`.
    """

    known_at_ms: Ints
    codes: tuple[Ints, ...]
    adds: tuple[Ints, ...]
    is_claim: npt.NDArray[np.bool_]
    claims: Ints


def columns_of(entity: int, window: int) -> slice:
    """Where the aggregates of an entity over a window lie in an answer."""
    first = (entity * len(WINDOWS_MS) + window) * len(AGGREGATES)
    return slice(first, first + len(AGGREGATES))


def make_work(events: int, seed: int = 7, *, hot: int = 0, shuffled: bool = False) -> Work:
    """A year of events: buyers with lognormal activity, merchants by a power law, ties within and across entities.

    Args:
        events: how many events; about a tenth of them are claims, the others paid orders.
        seed: of the random numbers.
        hot: if given, so many of the events belong to one merchant more, all in the last 90 days, the longest window;
            then only its claims are to be answered, the newest 1,000 at most: how cost grows with one history.
        shuffled: whether the events come in no order; else as a log has them, in the order of `known_at_ms`.
    """
    random = np.random.default_rng(seed)
    known_at = BEGIN_MS + random.integers(0, SPAN_MS // 250, events) * 250
    buyer = _draw(random, random.lognormal(0, 1, max(events // 8, 2)), events)
    merchant = _draw(random, np.arange(1, max(events // 200, 2) + 1) ** -0.8, events)
    repeats = np.flatnonzero(random.random(events - 1) < BASKET_SHARE) + 1
    for column in (known_at, buyer, merchant):
        column[repeats] = column[repeats - 1]

    is_claim = random.random(events) < CLAIM_SHARE
    amount = random.lognormal(8, 1, events).astype(np.int64)
    answered = is_claim
    if hot:
        end = BEGIN_MS + SPAN_MS
        known_at[:hot] = end - (end - known_at[:hot]) * WINDOWS_MS[-1] // SPAN_MS
        known_at[0], is_claim[0] = end, True  # so that even the smallest history has a claim to answer
        merchant[:hot] = merchant.max() + 1
        own = np.flatnonzero(is_claim[:hot])
        answered = np.zeros(events, dtype=bool)
        answered[own[np.argsort(known_at[own])[-1000:]]] = True

    shuffle = random.permutation(events)
    if not shuffled:
        shuffle = shuffle[np.argsort(known_at[shuffle], kind="stable")]
    paid, filed = ~is_claim[shuffle], is_claim[shuffle]
    amount = amount[shuffle]
    return Work(
        known_at[shuffle],
        (buyer[shuffle], merchant[shuffle]),
        tuple(np.asarray(add, dtype=np.int64) for add in (paid, amount * paid, filed, amount * filed)),
        filed,
        np.flatnonzero(answered[shuffle]),
    )


def _draw(random: np.random.Generator, weights: npt.NDArray[np.float64], count: int) -> Ints:
    """Codes drawn in proportion to weights."""
    edges = np.cumsum(weights)
    return np.searchsorted(edges, random.random(count) * edges[-1], side="right").astype(np.int64)
