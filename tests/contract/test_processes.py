"""Workers that append to the same entities, one of them killed: log and history agree, and nothing counts twice."""

import random
from dataclasses import replace
from multiprocessing.connection import Connection

import pytest

from features.engines.online import OnlineEngine
from features.events import Event, EventKind
from features.plan import default_plan
from features.store import Store
from features.store.bulk import rebuild_history
from features.store.log import insert_events, new_events
from tests.contract.processes import FORKED, process_of
from tests.contract.stores import contents
from tests.spec.drawing import BASE_MS

PROCESSES = 8
EVENTS_EACH = 12


def events_of(worker: int) -> list[Event]:
    """What a worker reports: orders of three buyers from one shop, some from the same device, and claims about them."""
    chance = random.Random(worker)
    events = []
    for number in range(EVENTS_EACH):
        is_claim = number % 4 == 3
        events.append(
            Event(
                event_id=f"{worker}:{number}",
                kind=EventKind.CLAIM_FILED if is_claim else EventKind.ORDER_PAID,
                occurred_at_ms=BASE_MS,
                known_at_ms=BASE_MS + chance.randrange(50),
                order_id=f"order {worker}:{number}",
                claim_id=f"claim {worker}:{number}" if is_claim else None,
                buyer_id=chance.choice(["ann", "bob", "eve"]),
                merchant_id="shop",
                product_id=chance.choice(["mug", "lamp"]),
                device_id=chance.choice(["phone", None]),
                amount_minor=chance.randrange(1_000),
                quantity=1,
                claim_type="refund_only" if is_claim else None,
                claim_reason="damaged" if is_claim else None,
                evidence_hashes=("00000000000000ff", f"{chance.getrandbits(64):016x}") if is_claim else None,
            )
        )
    return events


def take(store: Store, online: OnlineEngine, event: Event) -> None:
    """Take one event as a service does: lock, leave out a repeat, stamp, append, all in one transaction."""
    with store.writing() as connection:
        keys = online.keys(event)
        store.lock(connection, keys)
        if new_events(connection, [event]):
            stamped = replace(event, known_at_ms=online.next_moment(connection, keys, event.known_at_ms))
            insert_events(connection, [stamped])
            online.append(connection, [stamped])


def work(url: str, worker: int, told: Connection) -> None:
    """Take a worker's events one after another, and tell of each that is committed."""
    store = Store.open(url, default_plan())
    online = OnlineEngine(store.plan)
    for event in events_of(worker):
        take(store, online, event)
        told.send(event.event_id)
    told.close()
    store.close()


def heard(ear: Connection, most: int) -> list[str]:
    """The next messages of a worker: up to so many, or until it is gone."""
    messages: list[str] = []
    try:
        while len(messages) < most:
            messages.append(ear.recv())
    except EOFError:
        pass
    return messages


@pytest.mark.parametrize("seed", [1])
def test_worker_killed_among_eight_leaves_log_and_history_in_agreement(url, open_store, seed):
    """What was acknowledged is there, what was not is whole or absent; sent again, everything counts exactly once."""
    store = open_store(url)
    victim = random.Random(seed).randrange(PROCESSES)
    ears, processes = [], []
    for worker in range(PROCESSES):
        ear, mouth = FORKED.Pipe(duplex=False)
        processes.append(process_of(work, url, worker, mouth))
        processes[-1].start()
        mouth.close()
        ears.append(ear)
    committed = {victim: heard(ears[victim], random.Random(seed).randint(2, EVENTS_EACH // 2))}
    processes[victim].kill()  # SIGKILL: wherever it is in its next transaction
    for worker, (ear, process) in enumerate(zip(ears, processes, strict=True)):
        committed[worker] = [*committed.get(worker, []), *heard(ear, EVENTS_EACH)]
        process.join()
        assert process.exitcode == (-9 if worker == victim else 0)
        ear.close()
        process.close()

    log, history = contents(store)
    logged = [event["event_id"] for event in log]
    assert {event_id for messages in committed.values() for event_id in messages} <= set(logged)
    assert len(logged) == len(set(logged))
    rebuild_history(store)
    assert contents(store) == (log, history)

    online = OnlineEngine(store.plan)
    for event in events_of(victim):
        take(store, online, event)
    log, history = contents(store)
    assert len(log) == PROCESSES * EVENTS_EACH
    rebuild_history(store, part_events=7)
    assert contents(store) == (log, history)
