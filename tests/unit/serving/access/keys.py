"""Keys and clocks for tests, without a store."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from serving.access.key_ring import KeyRing
from serving.access.key_table import ApiKey
from serving.access.key_text import NewKey, make_key
from tests.unit.serving.claims import NOW_MS


@dataclass
class Clock:
    """Stands still until a test moves it; tells seconds, and milliseconds since 1970."""

    passed_seconds: float = 0.0

    def seconds(self) -> float:
        return self.passed_seconds

    def ms(self) -> int:
        return NOW_MS + round(self.passed_seconds * 1000)


@dataclass
class Source:
    """Keys as a store would give them; `broken` is what the store raises instead."""

    keys: dict[str, ApiKey] = field(default_factory=dict)
    used: list[tuple[tuple[str, ...], int]] = field(default_factory=list)
    broken: Exception | None = None
    loads: int = 0

    def load(self) -> Iterable[ApiKey]:
        self.loads += 1
        if self.broken is not None:
            raise self.broken
        return list(self.keys.values())

    def note_use(self, key_ids: Collection[str], day: int) -> None:
        self.used.append((tuple(sorted(key_ids)), day))

    def add(self, name: str = "shop", scope: Any = "platform", **changes: Any) -> NewKey:
        """Make a key and put its row there."""
        new = make_key()
        self.keys[new.id] = ApiKey(new.id, name, new.digest, frozenset({scope}), NOW_MS, "ann", **changes)
        return new


def bearer(key: NewKey | str) -> str:
    """The header that sends a key."""
    return f"Bearer {key if isinstance(key, str) else key.text}"


def ring_of(source: Source, clock: Clock | None = None) -> KeyRing:
    """A ring on keys, by a test's clock."""
    clock = clock or Clock()
    return KeyRing(source, clock.ms, clock.seconds)
