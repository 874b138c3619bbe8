"""Taking events: a repeat changes nothing, a contradiction is refused, and nobody's past is rewritten."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from features.engines.online import OnlineEngine
from features.event_file import from_events
from features.events import EventError
from features.store import known, log, rows
from features.store.bulk import Imported, import_events, rebuild_history
from features.store.errors import RewriteError
from features.store.log import EventConflictError, complete, new_events, stored_claim
from features.store.schema import HISTORY
from tests.contract.stores import append, contents
from tests.spec.drawing import draw, moment_ms


@pytest.fixture
def filled(store, history):
    """A store that holds the history."""
    import_events(store, from_events(list(history)), "history")
    return store


def rows_of_history(store):
    """How many rows the history has."""
    with store.reading() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(HISTORY))


def test_events_imported_are_kept_whole_in_the_order_of_knowledge(filled, history):
    """Every field of every event comes back as it was given."""
    events, _ = contents(filled)
    assert events == from_events(list(history)).to_pylist()


def test_import_says_what_it_did(store, history, later):
    """New events, known ones and rows of history are counted."""
    first = import_events(store, from_events(list(history)), "history")
    assert (first.new, first.known) == (8, 0)
    assert first.history_rows == rows_of_history(store)
    second = import_events(store, from_events([*history, *later]), "both")
    assert (second.new, second.known) == (8, 8)
    assert first.history_rows + second.history_rows == rows_of_history(store)


def test_import_of_known_events_changes_nothing(filled, history):
    """A file that is imported twice counts once."""
    before = contents(filled)
    assert import_events(filled, from_events(list(history)), "again") == Imported(0, 8, 0)
    assert contents(filled) == before


def test_event_repeated_with_another_moment_of_knowledge_is_the_same_event(filled, history):
    """The service stamps events anew on each delivery: a second delivery is no second fact."""
    again = [replace(event, known_at_ms=event.known_at_ms + 1) for event in history]
    with filled.reading() as connection:
        assert new_events(connection, again) == []
    before = contents(filled)
    import_events(filled, from_events(again), "again")
    assert contents(filled) == before


def test_event_repeated_within_one_delivery_counts_once(store, history):
    """A batch may hold the same event twice."""
    with store.reading() as connection:
        assert new_events(connection, [history[0], history[1], history[0]]) == [history[0], history[1]]


@pytest.mark.parametrize(
    ("number", "field", "value"),
    [
        (0, "amount_minor", 1_001),
        (0, "buyer_id", None),
        (0, "buyer_id", "eve"),
        (0, "occurred_at_ms", 1_700_000_000_000),
        (3, "claim_text", "杯子"),
        (3, "evidence_count", 0),
        (6, "merchant_at_fault", True),
        (6, "merchant_at_fault", None),
        (6, "verdict", "legitimate"),
    ],
)
def test_event_id_of_another_content_is_refused_naming_the_field(filled, history, later, number, field, value):
    """One id, one fact. The message names the event and the field; the good events around it are not taken either."""
    moved = replace(history[number], known_at_ms=later[-1].known_at_ms)  # which alone would be no conflict
    changed = replace(moved, **{field: value})
    before = contents(filled)
    with pytest.raises(EventConflictError, match=rf"^event '{changed.event_id}', field {field}: differs from"):
        import_events(filled, from_events([*later, changed]), "file")
    with filled.reading() as connection, pytest.raises(EventConflictError, match=rf"field {field}: differs"):
        new_events(connection, [*later, changed])
    assert contents(filled) == before


def test_event_id_of_two_contents_in_one_delivery_is_refused(store, history):
    """A batch that contradicts itself is not half true."""
    with store.reading() as connection, pytest.raises(EventConflictError, match="field quantity: differs"):
        new_events(connection, [history[0], replace(history[0], quantity=2)])


def test_import_with_a_bad_event_takes_none(filled, later):
    """All or none: the message names the row and the field."""
    before = contents(filled)
    table = from_events([*later, replace(later[0], event_id="bad", amount_minor=-1)])
    with pytest.raises(EventError, match=r"^file\.parquet: row 9, field amount_minor: is -1; money is"):
        import_events(filled, table, "file.parquet")
    assert contents(filled) == before


@pytest.mark.parametrize("back_ms", [0, 1, 86_400_000])
def test_import_that_reaches_back_behind_history_is_refused(filled, later, back_ms):
    """What an entity knew can't change: an older event, or one of the very moment known last, is refused with the
    entity named, and the good events beside it are not taken either.
    """
    before = contents(filled)
    late = draw(f"""
        known_at      | kind       | buyer | merchant | product
        4d-{back_ms}ms | order_paid | ann   | new      | new
    """).events[0]
    late = replace(late, event_id="late")
    with pytest.raises(RewriteError, match=r"^event 'late', field known_at_ms: is \d+, but buyer history already"):
        import_events(filled, from_events([*later[:1], late]), "file")
    assert contents(filled) == before


def test_append_that_reaches_back_behind_history_is_refused(filled, history):
    """The service's own appends are held to the same rule."""
    before = contents(filled)
    with pytest.raises(RewriteError, match=r"^event 'late', field known_at_ms: .* history already reaches"):
        append(filled, [replace(history[0], event_id="late", known_at_ms=history[-1].known_at_ms)])
    assert contents(filled) == before


def test_append_of_several_moments_at_once_takes_them_in_their_order(url, other_url, open_store, history):
    """One append may span moments, in any order: the history is that of an import."""
    appended, imported = open_store(url), open_store(other_url)
    append(appended, list(reversed(history)))
    import_events(imported, from_events(list(history)), "history")
    assert contents(appended)[1] == contents(imported)[1]


def test_import_of_older_events_of_others_is_taken(filled):
    """Only those who already know something later have a past to protect."""
    older = draw("""
        known_at | kind       | buyer | merchant | product
        -9d      | order_paid | eve   | mart     | lamp
    """).events[0]
    assert import_events(filled, from_events([replace(older, event_id="older")]), "file").new == 1
    before = contents(filled)
    rebuild_history(filled)
    assert contents(filled) == before


def test_next_moment_is_later_than_all_that_is_known(filled, history):
    """A clock that stands still, or goes back, doesn't let two moments of an entity coincide."""
    online = OnlineEngine(filled.plan)
    last_ms = history[-1].known_at_ms
    with filled.reading() as connection:
        for now_ms in (0, last_ms - 1, last_ms):
            assert online.next_moment(connection, online.keys(history[-1]), now_ms) == last_ms + 1
        assert online.next_moment(connection, online.keys(history[-1]), last_ms + 1) == last_ms + 1
        assert online.next_moment(connection, online.keys(history[-1]), last_ms + 500) == last_ms + 500


def test_next_moment_heeds_each_entity_of_the_event(filled, history):
    """The busiest of an event's entities decides; a stranger at a strange place may have any moment."""
    online = OnlineEngine(filled.plan)
    with filled.reading() as connection:
        for field in ("merchant_id", "product_id"):
            strange = {"buyer_id": None, "merchant_id": "new", "product_id": "new"}
            event = replace(history[0], **{**strange, field: getattr(history[0], field)})
            assert online.next_moment(connection, online.keys(event), 5) == history[-1].known_at_ms + 1
        assert online.next_moment(connection, online.keys(replace(history[0], **strange)), 5) == 5


def test_next_moment_can_be_appended_at(filled, history):
    """What is stamped so is accepted, over and over."""
    online = OnlineEngine(filled.plan)
    for number in range(3):
        with filled.writing() as connection:
            moment = online.next_moment(connection, online.keys(history[0]), 0)
            assert moment == history[-1].known_at_ms + 1 + number
            online.append(connection, [replace(history[0], event_id=f"again {number}", known_at_ms=moment)])


def test_later_event_of_a_claim_is_completed_from_the_claim(filled, history):
    """A decision or a verdict needs the claim's id alone: the parties are those of the stored claim."""
    claim = history[3]
    for bare in (history[4], history[6]):
        parties = dict.fromkeys(("buyer_id", "merchant_id", "product_id", "order_id"))
        with filled.reading() as connection:
            full = complete(connection, replace(bare, **parties))
        told = {name: getattr(claim, name) for name in parties}
        assert full == replace(bare, **told, claim_filed_at_ms=claim.occurred_at_ms)
        assert full.buyer_id == "ann"


def test_completed_event_keeps_what_it_says_itself(filled, history):
    """What the event carries is not overwritten."""
    given = replace(history[4], merchant_id="mart", buyer_id=None)
    with filled.reading() as connection:
        told = replace(given, buyer_id="ann", claim_filed_at_ms=history[3].occurred_at_ms)
        assert complete(connection, given) == told


def test_event_of_an_unknown_claim_is_refused(filled, history):
    """A verdict on nothing can't be placed; the message names the claim and what to do."""
    bare = replace(history[6], claim_id="c9", buyer_id=None)
    with filled.reading() as connection, pytest.raises(EventError, match=r"no claim 'c9' on record; file it first"):
        complete(connection, bare)


def test_event_that_is_no_later_event_of_a_claim_is_left_as_it_is(filled, history):
    """Orders and claims say for themselves whom they concern, or that nobody knows."""
    with filled.reading() as connection:
        for event in (history[5], replace(history[3], buyer_id=None)):
            assert complete(connection, event) == event


def test_claim_on_record_is_found_by_its_id(filled, history):
    """The filed claim, not what came of it; and nothing where there is none."""
    with filled.reading() as connection:
        assert stored_claim(connection, "c1") == history[3]
        assert stored_claim(connection, "c9") is None


def test_events_in_many_parts_are_the_same_events(url, other_url, open_store, monkeypatch, history, later):
    """However many rows go in one statement or one transaction, the store that results is the same."""
    stores = [open_store(url), open_store(other_url)]
    for store, part_events in zip(stores, (1_000, 1), strict=True):
        import_events(store, from_events(list(history)), "history", part_events=part_events)
        import_events(store, from_events([*history, *later]), "both", part_events=part_events)
        for module, name in ((rows, "WRITE_ROWS"), (rows, "FEW_ROWS"), (log, "READ_ROWS"), (log, "ASK_IDS")):
            monkeypatch.setattr(module, name, 3)
        monkeypatch.setattr(known, "ASK_ROWS", 3)
    assert contents(stores[0]) == contents(stores[1])
    rebuild_history(stores[1], part_events=2)
    assert contents(stores[0]) == contents(stores[1])


def test_import_reports_its_progress(store, history):
    """Long work says how far it is, and never that it is further than it will be."""
    reports = []
    import_events(store, from_events(list(history)), "history", lambda *report: reports.append(report), part_events=3)
    assert reports == [(3, 8, "events"), (6, 8, "events"), (8, 8, "events")]


def test_moments_of_history_are_those_of_the_events_that_count(filled):
    """An entity has a row for each moment at which it learned something that is counted; a delivery is not."""
    _, rows = contents(filled)
    assert [row[1] for row in rows if row[0] == "b\x1fann" and isinstance(row[1], int)] == [
        moment_ms("0d"),
        moment_ms("2d"),
        moment_ms("4d"),
    ]
