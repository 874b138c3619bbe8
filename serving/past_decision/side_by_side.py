"""Then and now, value by value: floats are the same only if every bit is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from serving.answer import Answer

NOTHING: Final = "-"
# says how an answer was given, and nothing of the decision
_NOT_COMPARED: Final = frozenset({"replayed"})
_WIDTH: Final = 34


@dataclass(frozen=True, slots=True)
class Pair:
    """One value of the answer, named by its place: as it was given, and as it comes out now."""

    name: str
    then: str
    now: str

    @property
    def same(self) -> bool:
        """Whether it is the same, bit for bit."""
        return self.then == self.now

    def line(self) -> str:
        """The pair as a line of a table."""
        mark = "  " if self.same else "! "
        return f"{mark}{self.name:<44} {_cut(self.then):<{_WIDTH}} {_cut(self.now)}".rstrip()


def compare(then: str, now: Answer) -> list[Pair]:
    """Each value of a stored answer (JSON) beside the one of now.

    Fields that the stored answer doesn't have are left out: a later version added them.
    """
    return list(_pairs("", json.loads(then), json.loads(now.model_dump_json())))


def _pairs(name: str, then: Any, now: Any) -> Iterator[Pair]:  # noqa: ANN401 - whatever JSON holds
    if isinstance(then, dict) and isinstance(now, dict):
        for key, value in then.items():
            if name or key not in _NOT_COMPARED:
                yield from _pairs(f"{name}.{key}" if name else key, value, now.get(key))
    elif isinstance(then, list) and isinstance(now, list):
        for place in range(max(len(then), len(now))):
            yield from _pairs(
                f"{name}.{place + 1}", *(side[place] if place < len(side) else None for side in (then, now))
            )
    else:
        yield Pair(name, _text(then), _text(now))


def _text(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    # Python writes a float with as many digits as tell it from every other
    return NOTHING if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
