"""Waits grow up to a limit, with some chance in them."""

from __future__ import annotations

from random import Random

import pytest

from features.spans import HOUR_MS
from serving.outbox.backoff import Pace

PACE = Pace()


@pytest.mark.parametrize(
    ("attempts", "longest_ms"),
    [(1, 5_000), (2, 15_000), (5, 405_000), (9, 32_805_000), (10, 12 * HOUR_MS), (400, 12 * HOUR_MS)],
)
def test_wait_after_attempts_lies_in_the_upper_half_of_its_step(attempts: int, longest_ms: int) -> None:
    """So that it always grows, and those who failed together don't come back together."""
    waits = [PACE.wait_ms(attempts, Random(seed)) for seed in range(200)]
    assert longest_ms // 2 <= min(waits) < max(waits) <= longest_ms
    assert len(set(waits)) > 150


def test_wait_that_a_receiver_asks_for_is_kept_up_to_the_longest() -> None:
    """Nobody is tried before the time they gave, nor put off for ever by it."""
    assert PACE.wait_ms(1, Random(1), 60_000) == 60_000
    assert PACE.wait_ms(1, Random(1), 10**12) == PACE.longest_wait_ms
    assert PACE.wait_ms(1, Random(1), 1) >= 2_500


@pytest.mark.parametrize(
    ("failures", "longest_ms"), [(1, 1_000), (2, 2_000), (6, 32_000), (7, 60_000), (10_000, 60_000)]
)
def test_pause_of_a_receiver_doubles_up_to_a_minute(failures: int, longest_ms: int) -> None:
    """A receiver that comes back is found within a minute, however long it was gone."""
    pauses = [PACE.pause_ms(failures, Random(seed)) for seed in range(100)]
    assert longest_ms // 2 <= min(pauses) < max(pauses) <= longest_ms


def test_all_attempts_of_a_message_take_some_days_at_most() -> None:
    """A receiver has a weekend to come back, as the documentation says."""
    waits = [PACE.wait_ms(attempts, Random(1)) for attempts in range(1, PACE.most_attempts)]
    assert 19 * HOUR_MS <= sum(waits) <= 39 * HOUR_MS
