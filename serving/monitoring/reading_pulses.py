"""Pulses, and decisions by action. A page reads some two hundred pulses of each service, of 11,520 that are kept."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Final

import sqlalchemy as sa

from features.spans import DAY_MS, HOUR_MS, MINUTE_MS
from serving.monitoring.pulse import BEAT_MS, Pulse
from serving.monitoring.tables import MONITOR_METADATA, PULSE
from serving.monitoring.tallying import not_counted, read_actions
from serving.monitoring.vitals import Actions, Beating
from serving.monitoring.windows import steps_of, windows_of
from serving.outbox.tables import OUTBOX

SILENT_MS: Final = 5 * MINUTE_MS  # a service that was silent for so long is gone, if another one beats
_OF_A_MINUTE: Final = MINUTE_MS // BEAT_MS
_OF_A_QUARTER: Final = 15 * _OF_A_MINUTE


def read_beating(connection: sa.Connection, tables: Collection[str], now_ms: int) -> Beating:
    """What services told of themselves; of nobody, where no service has."""
    if PULSE.name not in tables:
        return Beating((), windows_of((), now_ms), steps_of((), now_ms))
    slot = PULSE.c.slot
    query = sa.select(PULSE.c.body).where(slot.in_(_slots(now_ms // BEAT_MS))).order_by(slot)
    pulses = [_pulse_of(body) for body in connection.scalars(query)]
    last = connection.scalar(sa.select(PULSE.c.body).order_by(slot.desc()).limit(1))
    if last is not None:
        pulses.append(_pulse_of(last))
    return Beating(_newest(pulses, now_ms), windows_of(pulses, now_ms), steps_of(pulses, now_ms))


def read_shares(connection: sa.Connection, tables: Collection[str], now_ms: int) -> Actions:
    """Decisions by action; none where no service has counted any."""
    if not {*MONITOR_METADATA.tables, OUTBOX.name} <= set(tables):
        return Actions({}, {}, {}, 0)
    hour, day, week = read_actions(connection, [now_ms - span for span in (HOUR_MS, DAY_MS, 7 * DAY_MS)])
    return Actions(hour, day, week, not_counted(connection))


@lru_cache(maxsize=4096)
def _pulse_of(text: str) -> Pulse:
    """A pulse never changes, and a page that is shown anew asks for nearly the same ones."""
    return Pulse.of_text(text)


def _slots(now: int) -> list[int]:
    """All of the last minutes, one a minute of the last hour, and one a quarter of an hour of the day before that.

    Each is looked up by itself: between them lie sixteen times as many.
    """
    minute, quarter = (now // beats * beats for beats in (_OF_A_MINUTE, _OF_A_QUARTER))
    return sorted(
        {
            *range(now - 6 * _OF_A_MINUTE, now + 1),
            *range(minute - 62 * _OF_A_MINUTE, minute + 1, _OF_A_MINUTE),
            *range(quarter - 97 * _OF_A_QUARTER, quarter + 1, _OF_A_QUARTER),
        }
    )


def _newest(pulses: list[Pulse], now_ms: int) -> tuple[Pulse, ...]:
    found: dict[str, Pulse] = {}
    for pulse in sorted(pulses, key=lambda each: each.at_ms):
        found[pulse.service] = pulse
    newest = sorted(found.values(), key=lambda each: -each.at_ms)
    return tuple(pulse for place, pulse in enumerate(newest) if place == 0 or now_ms - pulse.at_ms < SILENT_MS)
