"""Recorded history, played: the service decides the claims it could be asked, and is told all else."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from features.event_file import from_events, to_events
from features.events import Event, EventError, EventKind
from features.parity import check_parity
from features.plan import Plan
from features.store import Store
from features.store.errors import RewriteError
from features.store.log import read_log
from features.store.vectors import read_vectors
from serving.answer import Answer
from serving.model import Model
from serving.policy import Policy
from serving.replay import _scorable, claim_of, is_scorable, replay, split_before_last
from tests.unit.serving.claims import NOW_MS, make_claim
from training.simulate import SimulationConfig, simulate

pytestmark = pytest.mark.slow  # each test plays a history

PLAYED = 25


@pytest.fixture(scope="session")
def recorded() -> list[Event]:
    """A small recorded world; of every seventh claim the buyer isn't known, of every eleventh the order's facts."""
    events = to_events(simulate(SimulationConfig(orders=500, days=300, end_ms=NOW_MS)).events)
    claims = [event for event in events if event.kind is EventKind.CLAIM_FILED]
    changed = {
        **{event.event_id: replace(event, buyer_id=None) for event in claims[::7]},
        **{event.event_id: replace(event, order_amount_minor=None) for event in claims[::11]},
    }
    return [changed.get(event.event_id, event) for event in events]


def log_of(store: Store) -> list[Event]:
    with store.reading() as connection:
        return to_events(read_log(connection))


def of_kind(events: list[Event], kind: EventKind) -> list[Event]:
    return [event for event in events if event.kind is kind]


# --- the split


@pytest.mark.parametrize("claims", [1, PLAYED, 1_000_000])
def test_split_plays_the_last_claims_and_loses_nothing(recorded: list[Event], claims: int) -> None:
    """What is before and what is after are all there is, in order of knowledge."""
    split = split_before_last(from_events(recorded), claims)
    before = to_events(split.before)
    assert Counter(event.event_id for event in [*before, *split.after]) == Counter(each.event_id for each in recorded)
    moments = [event.known_at_ms for event in [*before, *split.after]]
    assert moments == sorted(moments)
    scorable = sum(is_scorable(event) for event in recorded)
    assert sum(is_scorable(event) for event in split.after) == min(claims, scorable)
    assert is_scorable(split.after[0]) or claims > scorable


def test_split_takes_all_events_of_the_first_moment_along(recorded: list[Event]) -> None:
    """What became known at the very moment of the cut was not known before it."""
    moment = split_before_last(from_events(recorded), PLAYED).after[0].known_at_ms
    twin = replace(recorded[0], event_id="twin", known_at_ms=moment)
    for events in ([twin, *recorded], [*recorded, twin]):
        split = split_before_last(from_events(events), PLAYED)
        assert max(event.known_at_ms for event in to_events(split.before)) < moment
        assert twin in split.after


def test_split_without_a_claim_that_could_be_scored_is_refused(recorded: list[Event]) -> None:
    """The message says what to do, not that a list is empty."""
    orders = of_kind(recorded, EventKind.ORDER_PAID)
    nameless = [replace(event, buyer_id=None) for event in of_kind(recorded, EventKind.CLAIM_FILED)]
    for events in ([], orders, [*orders, *nameless]):
        with pytest.raises(EventError, match="no claim with a buyer"):
            split_before_last(from_events(events), PLAYED)


def test_claims_that_could_be_scored_are_the_same_one_by_one_and_at_once(recorded: list[Event]) -> None:
    """The cut and the play agree on what a service could be asked."""
    table = from_events(recorded)
    assert _scorable(table).tolist() == [is_scorable(event) for event in recorded]


@pytest.mark.parametrize("field", ["buyer_id", "order_id", "order_amount_minor", "order_paid_at_ms"])
def test_claim_that_lacks_what_the_api_needs_could_not_be_scored(field: str) -> None:
    """A service can't be asked about a sale without an account, or a claim without its order."""
    event = make_claim().filed_event(NOW_MS)
    assert is_scorable(event)
    assert not is_scorable(replace(event, **{field: None}))
    assert not is_scorable(replace(event, kind=EventKind.ORDER_PAID))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"order": {"delivered_at_ms": None}},
        {"text": "坏了", "quantity": 3, "evidence_count": 2},
        {"device_id": "D1", "evidence_count": 2, "evidence_hashes": ["00000000000000ff", "fedcba9876543210"]},
        {"order": {"category_id": "G1", "address_id": "A1", "payment_id": "Y1", "promised_at_ms": NOW_MS}},
    ],
)
def test_recorded_claim_becomes_the_claim_that_was_sent(changes: dict[str, object]) -> None:
    """Nothing is lost on the way from the log back to the API."""
    claim = make_claim(filed_at_ms=NOW_MS - 5, **changes)
    assert claim_of(claim.filed_event(NOW_MS)) == claim


# --- the play


@dataclass(frozen=True)
class Played:
    """A store that recorded claims were played into, and the answers. Tests only read it."""

    store: Store
    answers: list[Answer]


@pytest.fixture(scope="module")
def played(
    recorded: list[Event], plan: Plan, policy: Policy, champion: Model, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Played]:
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('played') / 'store.db'}", plan)
    yield Played(store, list(replay(store, split_before_last(from_events(recorded), PLAYED), policy, champion)))
    store.close()


def test_replay_answers_each_claim_once_in_order(played: Played, recorded: list[Event]) -> None:
    """Those that a service could be asked, and no others."""
    asked = [event.claim_id for event in recorded if is_scorable(event)][-PLAYED:]
    assert [answer.claim_id for answer in played.answers] == asked
    assert not any(answer.replayed or answer.degraded for answer in played.answers)


def test_replayed_vectors_equal_the_batch_engines(played: Played) -> None:
    """The service's own code logs exactly what training computes, value by value."""
    parity = check_parity(played.store)
    assert (parity.claims, parity.mismatches, parity.missing_claims) == (len(played.answers), {}, ())


def test_replay_without_deviations_scores_at_the_recorded_moments(played: Played, recorded: list[Event]) -> None:
    """A claim is scored when it was, or later only where another event of the same moment came first."""
    moments = {event.claim_id: event.known_at_ms for event in recorded if is_scorable(event)}
    delays = [answer.as_of_ms - moments[answer.claim_id] for answer in played.answers]
    assert min(delays) == 0
    assert max(delays) < 10
    with played.store.reading() as connection:
        logged = read_vectors(connection, played.store.plan.catalog_hash, len(played.store.plan.columns))
    assert dict(zip(logged.claim_ids, logged.as_of_ms, strict=True)) == {
        answer.claim_id: answer.as_of_ms for answer in played.answers
    }


def test_recorded_decisions_on_replayed_claims_are_left_out(played: Played, recorded: list[Event]) -> None:
    """Where the service was asked, a claim has its decision and no other; elsewhere it has those that are recorded."""
    decided = of_kind(log_of(played.store), EventKind.CLAIM_DECIDED)
    assert len({event.event_id for event in decided}) == len(decided)
    actions = {answer.claim_id: answer.action for answer in played.answers}
    own = [event for event in decided if event.claim_id in actions]
    assert len(own) == len(actions)
    assert {event.claim_id: event.action for event in own} == actions
    elsewhere = {
        event.event_id for event in of_kind(recorded, EventKind.CLAIM_DECIDED) if event.claim_id not in actions
    }
    assert {event.event_id for event in decided if event.claim_id not in actions} == elsewhere


def test_all_other_events_are_reported_whole(played: Played, recorded: list[Event]) -> None:
    """Orders, deliveries, rulings and the claims nobody could score are in the log, but for their moments."""
    own_claims = {answer.claim_id for answer in played.answers}

    def others(events: list[Event]) -> dict[str, Event]:
        own = (EventKind.CLAIM_FILED, EventKind.CLAIM_DECIDED)
        kept = [event for event in events if not (event.kind in own and event.claim_id in own_claims)]
        return {event.event_id: replace(event, known_at_ms=NOW_MS) for event in kept}

    expected = others(recorded)
    assert others(log_of(played.store)) == expected
    nameless = [each for each in expected.values() if each.kind is EventKind.CLAIM_FILED and each.buyer_id is None]
    assert len(nameless) > 2


def test_replay_of_events_in_another_order_is_the_same(
    store: Store, recorded: list[Event], policy: Policy, champion: Model
) -> None:
    """What counts is when things became known, not where they stand in a file."""
    by_name = sorted(recorded, key=lambda event: event.event_id)
    answers = list(replay(store, split_before_last(from_events(by_name), 8), policy, champion))
    asked = [event.claim_id for event in recorded if is_scorable(event)][-8:]
    assert [answer.claim_id for answer in answers] == asked
    assert check_parity(store).holds


def test_events_of_one_moment_are_all_played(store: Store, policy: Policy, champion: Model) -> None:
    """A claim, its order and another claim of the same buyer, all known at once: each is taken, none twice."""
    first, second = (make_claim(name, amount_minor=2_000).filed_event(NOW_MS) for name in ("C1", "C2"))
    order = Event(
        event_id="order_paid:O1",
        kind=EventKind.ORDER_PAID,
        occurred_at_ms=NOW_MS,
        known_at_ms=NOW_MS,
        order_id="O1",
        buyer_id="B1",
        merchant_id="M1",
        product_id="P1",
        amount_minor=8_000,
        quantity=1,
    )
    decision = replace(
        order,
        event_id="their decision",
        kind=EventKind.CLAIM_DECIDED,
        claim_id="C1",
        action="manual_review",
        quantity=None,
    )
    split = split_before_last(from_events([decision, order, first, second]), 2)
    answers = list(replay(store, split, policy, champion))
    assert [answer.as_of_ms for answer in answers] == [NOW_MS, NOW_MS + 1]
    assert Counter(event.event_id for event in log_of(store)) == Counter(
        ["claim_filed:C1", "claim_decided:C1", "claim_filed:C2", "claim_decided:C2", "order_paid:O1"]
    )
    assert check_parity(store).holds


def test_replay_without_a_model_sends_every_claim_to_a_person(
    store: Store, recorded: list[Event], policy: Policy
) -> None:
    """Play needs no champion."""
    answers = list(replay(store, split_before_last(from_events(recorded), 5), policy, None))
    assert [(answer.action, answer.degraded) for answer in answers] == [("manual_review", True)] * 5


def test_replay_reports_its_progress_up_to_the_end(store: Store, recorded: list[Event], policy: Policy) -> None:
    """Long work shows how far it is."""
    split = split_before_last(from_events(recorded), 5)
    reported: list[tuple[int, int, str]] = []
    list(replay(store, split, policy, None, lambda *each: reported.append(each)))
    steps = {what for _, _, what in reported}
    assert {"events", "playing"} <= steps
    playing = [(done, total) for done, total, what in reported if what == "playing"]
    assert playing[-1] == (len(split.after), len(split.after))
    assert [done for done, _ in playing] == sorted({done for done, _ in playing})


def test_replay_into_a_store_that_knows_later_things_is_refused(
    store: Store, recorded: list[Event], policy: Policy
) -> None:
    """Nothing of the past can be slipped in behind what is known."""
    split = split_before_last(from_events(recorded), 5)
    list(replay(store, split, policy, None))
    before = log_of(store)
    earlier = replace(recorded[0], event_id="earlier", known_at_ms=recorded[0].known_at_ms - 1)
    with pytest.raises(RewriteError, match="history already reaches"):
        list(replay(store, replace(split, before=from_events([earlier])), policy, None))
    assert log_of(store) == before
