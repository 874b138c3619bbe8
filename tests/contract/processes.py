"""Processes that share a store, with imports that are done: of the second that each would take, none is its own work.

Each is forked off a server of Python's own (`multiprocessing`, start method "forkserver") that has only imported, so it
shares no connection, no lock and no memory with the test, nor with another one.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from typing import Any, Final

FORKED: Final = multiprocessing.get_context("forkserver")
# heard by the first process only: later ones take the server as it is
IMPORTED: Final = (
    "pytest",
    "hypothesis",
    "pg8000",
    "sqlalchemy.dialects.postgresql",
    "features.plan",
    "features.store",
    "serving.intake.event_desk",
)


def process_of(target: Callable[..., object], *arguments: Any) -> ForkServerProcess:
    """A process that will run a function of a module with arguments; it ends at the latest with this one."""
    FORKED.set_forkserver_preload(list(IMPORTED))
    return FORKED.Process(target=target, args=arguments, daemon=True)
