"""Things done together: what two processes may do at the same moment, threads do here."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread

BEGUN_SECONDS, DONE_SECONDS = 30, 120


def at_once(*acts: Callable[[], object]) -> list[Exception]:
    """Do these in threads that begin together; return what they raised, and what took too long."""
    line, failures = Barrier(len(acts), timeout=BEGUN_SECONDS), []

    def work(act: Callable[[], object]) -> None:
        try:
            line.wait()
            act()
        except Exception as error:  # noqa: BLE001 - told to the test
            failures.append(error)

    # daemons, so that one that waits forever fails its test and keeps no process from ending
    threads = [Thread(target=work, args=[act], daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DONE_SECONDS)
    late = (act for act, thread in zip(acts, threads, strict=True) if thread.is_alive())
    return [*failures, *(TimeoutError(f"{act} isn't done") for act in late)]
