"""Where the time of a claim goes: each function that the claim desk calls is timed, less what is timed within it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from types import FunctionType, ModuleType
from typing import Any

OWN = ("features.", "serving.")


class Stages:
    """Own nanoseconds and calls by the name of a stage."""

    def __init__(self) -> None:
        self.own_ns: dict[str, int] = defaultdict(int)
        self.calls: dict[str, int] = defaultdict(int)
        self._within: list[int] = []  # of each stage that is open, what was timed within it

    def timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, with its time counted under a name."""

        @wraps(work)
        def counted(*args: Any, **more: Any) -> Any:
            self._within.append(0)
            began = time.perf_counter_ns()
            try:
                return work(*args, **more)
            finally:
                took = time.perf_counter_ns() - began
                self.own_ns[name] += took - self._within.pop()
                self.calls[name] += 1
                if self._within:
                    self._within[-1] += took

        return counted

    def watch_module(self, module: ModuleType) -> None:
        """Time each function of this project that a module has imported by name."""
        for name, value in list(vars(module).items()):
            if isinstance(value, FunctionType) and value.__module__.startswith(OWN):
                setattr(module, name, self.timed(name, value))

    def watch_class(self, owner: type, *names: str) -> None:
        """Time methods of a class: those named, or all public ones."""
        for name, value in list(vars(owner).items()):
            if isinstance(value, FunctionType) and (name in names if names else not name.startswith("_")):
                setattr(owner, name, self.timed(f"{owner.__name__}.{name}", value))

    def watch_transactions(self, dialect: Any) -> None:
        """Time what begins and ends transactions, and each statement that goes by SQLAlchemy."""
        for name in ("do_commit", "do_execute", "do_executemany", "do_rollback"):
            setattr(dialect, name, self.timed(f"sql {name.removeprefix('do_')}", getattr(dialect, name)))

    def table(self, claims: int) -> str:
        """Microseconds per claim, the dearest first."""
        lines = [f"{'stage (own time)':<44} {'us/claim':>9} {'calls/claim':>12}"]
        for name, own in sorted(self.own_ns.items(), key=lambda item: -item[1]):
            lines.append(f"{name:<44} {own / claims / 1000:>9.1f} {self.calls[name] / claims:>12.2f}")
        return "\n".join(lines)
