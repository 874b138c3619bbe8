"""Events that come in by calls: all or none, each once, and the history that results is the one that the log gives."""

import json
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from features.engines.online import OnlineEngine
from features.event_file import from_events
from features.events import Event, EventKind
from features.parity import check_parity
from features.plan import default_plan
from features.store import Store
from features.store.bulk import import_events, rebuild_history
from features.store.log import complete, stored_events
from serving.claim_desk import ClaimDesk
from serving.intake.event_desk import EventDesk
from serving.intake.problems import EventsConflictError, EventsError
from serving.policy import default_policy_path, read_policy
from tests.contract.processes import process_of
from tests.contract.stores import contents
from tests.parity.histories import ANCHOR_MS, crowd, random_history
from tests.spec.drawing import draw
from tests.unit.serving.claims import NOW_MS, make_claim


def as_sent(event: Event) -> dict[str, Any]:
    """An event as a platform sends it: what has no value is left out, and so is when the service learns of it."""
    given = {name: value for name, value in event.as_dict().items() if value is not None and name != "known_at_ms"}
    return json.loads(json.dumps(given))


def with_claims_of_their_own(events: Sequence[Event], name: str) -> list[Event]:
    """The same events, but each claim is filed once, and later events are about one that was; ids begin with a name."""
    chance, filed, named = random.Random(name), [], []
    for number, event in enumerate(events):
        claim_id = event.claim_id
        if event.kind is EventKind.CLAIM_FILED:
            filed.append(f"{name} claim {number}")
            claim_id = filed[-1]
        elif claim_id is not None:
            if not filed:
                continue
            claim_id = chance.choice(filed)
        named.append(replace(event, event_id=f"{name} {number}", claim_id=claim_id))
    return named


def desk_at(store: Store, now_ms: int = NOW_MS, *, recorded: bool = False) -> EventDesk:
    """A desk whose clock stands still, so that calls wait for each other's moments."""
    return EventDesk(store, recorded=recorded, now_ms=lambda: now_ms)


@pytest.fixture
def desk(store: Store) -> EventDesk:
    """A desk at an empty store."""
    return desk_at(store)


def draw_rows(table: str) -> list[dict[str, Any]]:
    """Drawn events as they are sent."""
    return [as_sent(event) for event in draw(table).events]


ORDERS = draw_rows("""
    known_at | kind       | buyer | merchant | device | amount
    0d       | order_paid | ann   | shop     | phone  | 100
    1d       | order_paid | bob   | shop     | phone  | 200
    1d       | order_paid | ann   | mart     | -      | 300
""")
CLAIM = draw_rows("""
    known_at | kind        | buyer | merchant | device | claim | evidence | claim_text
    2d       | claim_filed | ann   | shop     | phone  | c1    | 00..0f   | broken
""")
CLAIM[0]["event_id"] = "filing"
LATER = [
    {"event_id": "l1", "kind": "claim_decided", "claim_id": "c1", "amount_minor": 90, "action": "auto_approve"},
    {"event_id": "l2", "kind": "claim_adjudicated", "claim_id": "c1", "verdict": "abusive", "verdict_source": "audit"},
    {"event_id": "l3", "kind": "feedback_given", "claim_id": "c1", "rating": 1, "occurred_at_ms": ANCHOR_MS},
]


@pytest.mark.parametrize("seed", [1, 2])
def test_history_of_calls_is_that_of_their_log(url: str, open_store: Any, seed: int) -> None:
    """Calls of any size, on top of an import: made again from the log, history is the same row by row."""
    store = open_store(url)
    parties = crowd(seed)
    import_events(store, from_events(random_history(seed, 200, parties)), "history")
    desk, chance = desk_at(store), random.Random(seed)
    rows = [as_sent(event) for event in with_claims_of_their_own(random_history(seed + 50, 400, parties), "sent")]
    taken, start = 0, 0
    while start < len(rows):
        size = chance.choice((1, 2, 30, 120))
        taken += desk.take(rows[start : start + size]).taken
        start += size
    assert taken == len(rows)
    before = contents(store)
    rebuild_history(store, part_events=50)
    assert contents(store) == before


def test_events_are_stored_as_single_ones_would_be(store: Store, desk: EventDesk) -> None:
    """Completed from their claim, whether it is on record or comes along; stamped; otherwise as they were sent."""
    history = with_claims_of_their_own(random_history(3, 300), "sent")
    rows = [as_sent(event) for event in history]
    parties = ("merchant_id", "product_id", "buyer_id")
    for row, event in zip(rows, history, strict=True):
        if event.claim_id is not None and event.kind is not EventKind.CLAIM_FILED:
            for name in parties:
                row.pop(name, None)
    sent = [replace(event, **dict.fromkeys(parties)) if "merchant_id" not in row else event
            for event, row in zip(history, rows, strict=True)]  # fmt: skip
    desk.take(rows[:150])
    desk.take(rows[150:])
    with store.reading() as connection:
        stored = stored_events(connection, [event.event_id for event in sent])
        for event in sent:
            known_at_ms = stored[event.event_id].known_at_ms
            assert stored[event.event_id] == replace(complete(connection, event), known_at_ms=known_at_ms)


def test_call_answers_what_became_of_its_events(store: Store, desk: EventDesk) -> None:
    """New ones, known ones, and when they became known: those of one call at one moment, where they can."""
    assert desk.take(ORDERS).model_dump() == {"taken": 3, "known": 0, "known_at_ms": NOW_MS}
    assert desk.take([*ORDERS, *CLAIM]).model_dump() == {"taken": 1, "known": 3, "known_at_ms": NOW_MS + 1}
    assert desk.take(ORDERS).model_dump() == {"taken": 0, "known": 3, "known_at_ms": None}
    events, _ = contents(store)
    assert [event["known_at_ms"] - NOW_MS for event in events] == [0, 0, 0, 1]


def test_event_without_a_time_happened_when_it_became_known(store: Store, desk: EventDesk) -> None:
    """And a repeat that doesn't say when either is no contradiction, whenever it comes."""
    untimed = [{name: value for name, value in row.items() if name != "occurred_at_ms"} for row in ORDERS]
    desk.take(untimed)
    assert [event["occurred_at_ms"] for event in contents(store)[0]] == [NOW_MS] * 3
    assert desk_at(store, NOW_MS + 5).take(untimed).known == 3
    assert desk.take([*CLAIM, *LATER, *LATER]).model_dump(exclude={"known_at_ms"}) == {"taken": 4, "known": 3}


def test_moments_of_an_entity_rise_and_others_do_not_wait(store: Store, desk: EventDesk) -> None:
    """Events wait only for what their own entities know; what an entity learns keeps the order of the call."""
    ahead = desk_at(store, NOW_MS + 60_000)
    ahead.take(ORDERS[:1])
    changes = ({"buyer_id": "ann", "merchant_id": "m1"}, {"buyer_id": "eve", "merchant_id": "m1"}, {"buyer_id": "cy"})
    rows = [
        {**ORDERS[2], "event_id": f"n{number}", "product_id": f"p{number}", "merchant_id": "m2", **change}
        for number, change in enumerate(changes)
    ]
    for row in rows:
        row.pop("category_id", None)
    desk.take(rows)
    with store.reading() as connection:
        stored = stored_events(connection, ["n0", "n1", "n2"])
    moments = [stored[event_id].known_at_ms - NOW_MS for event_id in ("n0", "n1", "n2")]
    assert moments == [60_001, 60_001, 0]
    before = contents(store)
    rebuild_history(store)
    assert contents(store) == before


def test_event_is_known_no_earlier_than_what_its_entities_have_told(store: Store, desk: EventDesk) -> None:
    """A floor under an entity's next event, as a claim of its ring leaves it; under near pictures too."""
    claim = draw("known_at | kind | evidence | claim\n2d | claim_filed | 00..0f | c1").events[0]
    keys = OnlineEngine(store.plan).keys(claim)
    with store.writing() as connection:
        store.raise_floors(connection, ["d\x1fphone"], NOW_MS + 7)
        store.raise_floors(connection, [key for key in keys if key.startswith("piece")][:1], NOW_MS + 9)
    desk.take([*ORDERS[:1], *({**row, "device_id": None, "buyer_id": "cy", "merchant_id": "m"} for row in CLAIM)])
    events, _ = contents(store)
    assert {event["kind"]: event["known_at_ms"] - NOW_MS for event in events} == {"order_paid": 7, "claim_filed": 9}


def test_recorded_events_become_known_when_they_say(store: Store) -> None:
    """Where recorded history is played; on the wall clock nobody says so but the service."""
    recorded = [{**row, "known_at_ms": ANCHOR_MS + number} for number, row in enumerate([*ORDERS, *CLAIM, *LATER])]
    with pytest.raises(EventsError, match=r"^events\.0\.known_at_ms: the service stamps it"):
        desk_at(store).take(recorded)
    desk_at(store, recorded=True).take(recorded)
    events, _ = contents(store)
    assert [event["known_at_ms"] - ANCHOR_MS for event in events] == list(range(7))
    before = contents(store)
    rebuild_history(store)
    assert contents(store) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amount_minor": -1}, r"events\.2\.amount_minor: is -1; money is"),
        ({"occurred_at_ms": NOW_MS + 10**9}, r"events\.2\.occurred_at_ms: lies in the future"),
        ({"claim_id": "c9", "kind": "return_shipped"}, r"events\.2\.\w+: return_shipped has no such field"),
        ({"event_id": "claim_decided:c7"}, r"events\.2\.event_id: is 'claim_decided:c7'; ids that begin with"),
    ],
)
def test_call_with_one_wrong_event_takes_none(store: Store, desk: EventDesk, change: Any, message: str) -> None:
    """All or none, and the message names the event and the field."""
    with pytest.raises(EventsError, match=f"^{message}"):
        desk.take([*ORDERS[:2], {**ORDERS[2], **change}])
    assert contents(store)[0] == []


def test_event_of_an_unknown_claim_is_refused(store: Store, desk: EventDesk) -> None:
    """Neither on record nor in the call."""
    with pytest.raises(EventsError, match=r"^events\.1\.claim_id: no claim 'c1' on record, nor among these events"):
        desk.take([ORDERS[0], LATER[0]])
    desk.take([LATER[0], *CLAIM])
    assert len(contents(store)[0]) == 2


@pytest.mark.parametrize("field", ["amount_minor", "occurred_at_ms", "device_id"])
def test_event_id_of_another_content_is_a_conflict(store: Store, desk: EventDesk, field: str) -> None:
    """On record or within the call: it is named, and nothing is taken."""
    other = {**ORDERS[0], field: "x" if field == "device_id" else ORDERS[0][field] - 1}
    with pytest.raises(EventsConflictError, match=rf"^events\.1\.{field}: differs from event '{other['event_id']}'"):
        desk.take([ORDERS[0], other])
    assert contents(store)[0] == []
    desk.take(ORDERS[:1])
    before = contents(store)
    with pytest.raises(EventsConflictError, match=rf"^events\.1\.{field}: differs from event"):
        desk.take([ORDERS[1], other])
    assert contents(store) == before


def test_claim_that_this_service_decided_is_filed_and_decided_by_it_alone(store: Store, desk: EventDesk) -> None:
    """Its own two events may come back as they are, as from an export; others of these kinds may not."""
    ClaimDesk(store, read_policy(default_policy_path()), None, lambda _: NOW_MS).score(make_claim("c1", explain=True))
    own = [as_sent(event) for event in _stored(store, ["claim_filed:c1", "claim_decided:c1"])]
    assert desk.take(own).known == 2
    for row in ({**CLAIM[0], "event_id": "mine"}, LATER[0]):
        with pytest.raises(EventsConflictError, match=r"^events\.0\.kind: claim 'c1' was decided by this service"):
            desk.take([row])
    assert desk.take(LATER[1:]).taken == 2


def test_claim_is_filed_once(desk: EventDesk) -> None:
    """Imported history may file and decide claims, each under one event."""
    desk.take([*CLAIM, *LATER])
    with pytest.raises(EventsConflictError, match=r"^events\.0\.claim_id: claim 'c1' is on record already"):
        desk.take([{**CLAIM[0], "event_id": "again"}])
    twice = [{**CLAIM[0], "event_id": name, "claim_id": "c2"} for name in ("one", "two")]
    with pytest.raises(EventsConflictError, match=r"^events\.1\.claim_id: claim 'c2' is on record already"):
        desk.take(twice)


def _stored(store: Store, event_ids: Sequence[str]) -> list[Event]:
    with store.reading() as connection:
        found = stored_events(connection, event_ids)
    return [found[event_id] for event_id in event_ids]


def calls_of(worker: int) -> list[list[dict[str, Any]]]:
    """What a worker sends: events of the same parties as all others', and in part the same events."""
    own = with_claims_of_their_own(random_history(worker, 120, crowd(9)), f"worker {worker}")
    shared = with_claims_of_their_own(random_history(77, 60, crowd(9)), "shared")
    rows = [as_sent(event) for event in (*own[:60], *shared, *own[60:])]
    return [rows[start : start + 45] for start in range(0, len(rows), 45)]


def send_all(url: str, worker: int) -> None:
    """Send a worker's calls one after another."""
    store = Store.open(url, default_plan())
    desk = desk_at(store)
    for call in calls_of(worker):
        desk.take(call)
    store.close()


def test_calls_of_two_processes_at_once_count_every_event_once(url: str, open_store: Any) -> None:
    """They wait for each other's entities; events that both send are taken once; history is that of the log."""
    store = open_store(url)
    EventDesk(store)
    processes = [process_of(send_all, url, worker) for worker in (1, 2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=120)
        assert process.exitcode == 0
        process.close()
    log, history = contents(store)
    sent = {row["event_id"] for worker in (1, 2) for call in calls_of(worker) for row in call}
    assert sorted(event["event_id"] for event in log) == sorted(sent)
    rebuild_history(store)
    assert contents(store) == (log, history)


def test_claims_scored_while_events_come_in_have_the_vectors_that_the_log_gives(store: Store) -> None:
    """A claim sees all of a call's events or, of each of its entities, none; and nothing slips in behind it."""
    claims = ClaimDesk(store, read_policy(default_policy_path()), None, lambda _: NOW_MS)
    events = desk_at(store)
    buyers = sorted({row["buyer_id"] for call in calls_of(1) for row in call if "buyer_id" in row})

    def send(worker: int) -> None:
        for call in calls_of(worker):
            events.take(call)

    def score(number: int) -> None:
        chance = random.Random(number)
        order = {"buyer_id": chance.choice(buyers), "payment_id": f"payment_id {chance.randrange(60)}"}
        claims.score(make_claim(f"C{number}", device_id=f"device_id {chance.randrange(40)}", order=order))

    with ThreadPoolExecutor(4) as pool:
        for each in [*(pool.submit(send, worker) for worker in (1, 2)), *(pool.submit(score, n) for n in range(40))]:
            each.result()
    parity = check_parity(store)
    assert (parity.claims, parity.mismatches) == (40, {})
    before = contents(store)
    rebuild_history(store)
    assert contents(store) == before
