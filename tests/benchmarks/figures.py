"""What a benchmark returns, and how figures are printed and kept."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measured figure; `target` is what it should be at most (or, for a ratio, at least), None where it is told
    only.
    """

    name: str
    value: float
    unit: str
    target: float | None
    holds: bool
    detail: dict[str, object] = field(default_factory=dict)


def seconds(work: Callable[[], object], runs: int) -> list[float]:
    """How long each of several runs took."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return times


def at_most(name: str, times: list[float], unit: str, target: float, **detail: object) -> Figure:
    """The median of some times against a limit."""
    value = statistics.median(times)
    return Figure(name, value, unit, target, value <= target, {"runs": len(times), "least": min(times), **detail})


def at_least(name: str, value: float, unit: str, target: float, **detail: object) -> Figure:
    """A figure, such as a ratio of medians, that should be large."""
    return Figure(name, value, unit, target, value >= target, dict(detail))


def no_more_than(name: str, value: float, unit: str, target: float, **detail: object) -> Figure:
    """A figure that should be small."""
    return Figure(name, value, unit, target, value <= target, dict(detail))


def told(name: str, value: float, unit: str, **detail: object) -> Figure:
    """A figure that is reported and has no target."""
    return Figure(name, value, unit, None, holds=True, detail=dict(detail))


def report(figures: list[Figure], path: Path) -> str:
    """Write the figures as JSON and return them as a table."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([asdict(figure) for figure in figures], indent=1) + "\n")
    lines = [f"{'benchmark':<36} {'value':>10} {'unit':<8} {'target':>8}  holds"]
    lines += [
        f"{each.name:<36} {each.value:>10.3f} {each.unit:<8} {_target(each):>8}  {'yes' if each.holds else 'NO'}"
        for each in figures
    ]
    return "\n".join(lines)


def _target(figure: Figure) -> str:
    return "-" if figure.target is None else f"{figure.target:g}"
