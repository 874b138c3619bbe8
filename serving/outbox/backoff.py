"""When to try again, how often, and how much at once."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from features.spans import HOUR_MS


@dataclass(frozen=True, slots=True)
class Pace:
    """How messages are tried.

    A message's own waits grow by a factor up to a limit, and after `most_attempts` it is dead: some 38 hours after the
    first. A receiver that fails as a whole is left alone for a while that doubles, and then tried with one message.
    """

    most_attempts: int = 12
    first_wait_ms: int = 5_000
    wait_factor: int = 3
    longest_wait_ms: int = 12 * HOUR_MS
    first_pause_ms: int = 1_000
    longest_pause_ms: int = 60_000
    at_once: int = 8  # messages on their way to one receiver
    round_rows: int = 200  # rows in one round, whose outcome is noted in one transaction
    timeout_seconds: float = 10.0  # of one attempt, from the connection to the answer
    poll_seconds: float = 0.5
    lease_ms: int = 10_000  # after which another takes over from a deliverer that is gone

    def wait_ms(self, attempts: int, chance: Random, asked_ms: int = 0) -> int:
        """How long to wait after so many attempts of a message; at least as long as its receiver asked for."""
        longest = min(self.first_wait_ms * self.wait_factor ** (attempts - 1), self.longest_wait_ms)
        return max(_jittered(longest, chance), min(asked_ms, self.longest_wait_ms))

    def pause_ms(self, failures: int, chance: Random, asked_ms: int = 0) -> int:
        """How long to leave a receiver alone after so many rounds in which nothing went through."""
        longest = min(self.first_pause_ms * 2 ** min(failures - 1, 30), self.longest_pause_ms)
        return max(_jittered(longest, chance), min(asked_ms, HOUR_MS))


def _jittered(longest_ms: int, chance: Random) -> int:
    # the upper half: waits still grow, and those who failed together don't come back together
    return longest_ms // 2 + chance.randrange(longest_ms // 2 + 1)
