"""Retention: rows that no window reaches go, and no number changes."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from features.engines.online import OnlineEngine
from features.event_file import from_events
from features.spans import DAY_MS
from features.store import StoreError, prune
from features.store.bulk import import_events, rebuild_history
from features.store.prune import prune_history
from features.store.schema import HISTORY
from tests.contract.stores import append, contents


@pytest.fixture
def years(history):
    """The same small history again and again over three years: every ten days, by ann, bob and nobody."""
    return tuple(
        replace(
            event,
            event_id=f"{event.event_id} {round_number}",
            claim_id=event.claim_id and f"{event.claim_id} {round_number}",
            known_at_ms=event.known_at_ms + round_number * 10 * DAY_MS,
            occurred_at_ms=event.occurred_at_ms + round_number * 10 * DAY_MS,
        )
        for round_number in range(110)
        for event in history
    )


@pytest.fixture
def filled(store, years):
    """A store with three years of history."""
    import_events(store, from_events(list(years)), "years")
    return store


def totals_of(store, claim, moments):
    """What a claim's window totals would be at each of these moments."""
    online = OnlineEngine(store.plan)
    with store.reading() as connection:
        found = [online.window_totals(connection, claim, moment) for moment in moments]
    return [(each.totals.tolist(), each.last_rise_ms.tolist(), each.linked.tolist()) for each in found]


def count_rows(store):
    """How many rows the history has."""
    with store.reading() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(HISTORY))


@pytest.mark.parametrize("part_rows", [50_000, 7])
def test_totals_after_pruning_are_those_before(filled, years, monkeypatch, part_rows):
    """Every claim from now on finds what it would have found: windows of any length, and lifetimes."""
    monkeypatch.setattr(prune, "PART_ROWS", part_rows)
    last_ms = years[-1].known_at_ms
    claims = [event for event in years if event.claim_type is not None][-2:]
    moments = [last_ms - DAY_MS, *(last_ms + days * DAY_MS + 1 for days in (0, 1, 29, 90, 179, 180, 181, 400))]
    before = [totals_of(filled, claim, moments) for claim in claims]
    rows = count_rows(filled)
    done = prune_history(filled)
    assert done.history_rows > rows / 2
    assert done.events == 0
    assert count_rows(filled) == rows - done.history_rows
    assert [totals_of(filled, claim, moments) for claim in claims] == before
    assert prune_history(filled).history_rows == 0


def test_pruned_store_takes_new_events_as_before(new_url, open_store, years, history):
    """What comes after counts on from where it was."""
    stores = [open_store(new_url()), open_store(new_url())]
    new = [
        replace(event, event_id=f"new {event.event_id}", claim_id=event.claim_id and f"new {event.claim_id}",
                known_at_ms=event.known_at_ms + 2_000 * DAY_MS)
        for event in history
    ]  # fmt: skip
    for store in stores:
        import_events(store, from_events(list(years)), "years")
    prune_history(stores[0])
    for store in stores:
        append(store, new)
        last = new[-1].known_at_ms
    assert totals_of(stores[0], new[3], [last, last + 1]) == totals_of(stores[1], new[3], [last, last + 1])


def test_newest_old_row_of_each_entity_stays(filled):
    """Lifetime totals live on in it, also of those who haven't been seen for years."""
    query = sa.select(HISTORY.c.entity).distinct()
    with filled.reading() as connection:
        before = set(connection.scalars(query))
    prune_history(filled)
    with filled.reading() as connection:
        assert set(connection.scalars(query)) == before


def test_rebuild_after_pruning_brings_everything_back(filled):
    """The log is whole, so history can be made again from it."""
    before = contents(filled)
    assert prune_history(filled).history_rows > 0
    assert contents(filled) != before
    rebuild_history(filled, part_events=100)
    assert contents(filled) == before


def test_more_may_be_kept_and_never_less_than_a_window_needs(filled):
    """A number of days that would change a feature is refused."""
    longest_days = filled.plan.longest_window_ms // DAY_MS
    with pytest.raises(
        StoreError, match=rf"^--keep-days {longest_days - 1}: the longest window .* {longest_days} days"
    ):
        prune_history(filled, longest_days - 1)
    assert prune_history(filled, 5_000).history_rows == 0
    longer = prune_history(filled, longest_days + 200)
    exact = prune_history(filled, longest_days)
    assert exact.history_rows > 0
    assert exact.before_ms - longer.before_ms == 200 * DAY_MS


def test_events_are_pruned_only_when_asked_and_then_history_cannot_be_rebuilt(filled, years):
    """A log with a hole would make another history: the store remembers, and refuses."""
    last_ms = years[-1].known_at_ms
    claim = [event for event in years if event.claim_type is not None][-1]
    before = totals_of(filled, claim, [last_ms + 1])
    done = prune_history(filled, events=True)
    assert done.events == sum(event.known_at_ms < done.before_ms for event in years)
    assert len(contents(filled)[0]) == len(years) - done.events
    assert totals_of(filled, claim, [last_ms + 1]) == before
    with pytest.raises(StoreError, match="old events were pruned from its log"):
        rebuild_history(filled)
    assert totals_of(filled, claim, [last_ms + 1]) == before


def test_empty_store_is_pruned_to_an_empty_store(store):
    """Nothing goes where nothing is."""
    done = prune_history(store, events=True)
    assert (done.history_rows, done.events) == (0, 0)
    assert rebuild_history(store) == 0


def test_pruning_reports_its_progress(filled, monkeypatch):
    """Long work says how far it is."""
    monkeypatch.setattr(prune, "PART_ROWS", 100)
    reports = []
    rows = count_rows(filled)
    prune_history(filled, progress=lambda *report: reports.append(report))
    assert reports[-1] == (rows, rows, "rows of history")
    assert all(done <= total for done, total, _ in reports)


def test_store_of_another_layout_is_not_pruned(filled, open_store, smaller_plan):
    """What another catalogue needs is not known."""
    with pytest.raises(StoreError, match="clearclaim history rebuild"):
        prune_history(open_store(filled.engine.url.render_as_string(hide_password=False), smaller_plan))


def test_rebuild_in_parts_heeds_no_promises(filled, years):
    """What was promised to claims concerns new events: the old ones are made again as they were."""
    with filled.writing() as connection:
        filled.raise_floors(connection, ["b\x1fann", "m\x1fshop"], years[-1].known_at_ms + 1)
        expected = filled.floors(connection, ["b\x1fann", "m\x1fshop"])
    before = contents(filled)
    rebuild_history(filled, part_events=50)
    assert contents(filled) == before
    with filled.reading() as connection:
        assert filled.floors(connection, ["b\x1fann", "m\x1fshop"]) == expected
