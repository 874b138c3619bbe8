"""Public places: on the list, off it, and proposed."""

import pytest

from features.plan import default_plan
from features.store import Store
from serving.insight.abuse.columns import Columns
from serving.insight.abuse.links import all_shared, pictures_of
from serving.insight.abuse.notes import Note, add_note, notes_of, standings
from serving.insight.abuse.places import PlaceError, Proposal, add_place, end_place, places, propose, public
from serving.insight.abuse.tables import open_abuse
from tests.unit.serving.insight.abuse.town import ordinary_town


@pytest.fixture
def connection(tmp_path):
    """To an empty store that has the tables."""
    store = Store.open(f"sqlite:///{tmp_path}/store.db", default_plan())
    open_abuse(store)
    with store.writing() as opened:
        yield opened
    store.close()


def test_place_is_public_until_it_is_taken_off(connection):
    """Who put it there and why is told while it is there."""
    add_place(connection, "address", "station 7", by="sue", now_ms=5, note="parcel station")
    assert public(connection) == {("address", "station 7")}
    assert [(each.added_by, each.note) for each in places(connection)] == [("sue", "parcel station")]
    end_place(connection, "address", "station 7", by="sue", now_ms=6)
    assert public(connection) == frozenset()


@pytest.mark.parametrize(("kind", "place", "key"), [("address", "", "place"), ("picture", "blank", "place")])
def test_what_is_no_id_is_refused(connection, kind, place, key):
    """In a line that names it."""
    with pytest.raises(PlaceError) as caught:
        add_place(connection, kind, place, by="sue", now_ms=5)
    assert caught.value.key == key


def test_place_is_put_on_the_list_once_and_taken_off_once(connection):
    """A second time is told, not done."""
    add_place(connection, "device", "terminal", by="sue", now_ms=5)
    with pytest.raises(PlaceError, match="is on the list already"):
        add_place(connection, "device", "terminal", by="eve", now_ms=6)
    end_place(connection, "device", "terminal", by="sue", now_ms=7)
    with pytest.raises(PlaceError, match="isn't on the list"):
        end_place(connection, "device", "terminal", by="sue", now_ms=8)


def test_address_of_strangers_is_proposed_and_one_of_a_ring_is_not():
    """Eight who share an address and nothing else, against five who share a device and an address."""
    town = ordinary_town()
    for number in range(5):
        town.order(f"s{number}", 100, address_id="corner")
        town.order(f"r{number}", 100, device_id="phone", address_id="den")
    columns = Columns(town.record())
    things = all_shared(columns, pictures_of(columns))
    assert propose(things, frozenset()) == [Proposal("address", "corner", 5, 0)]
    assert propose(things, frozenset({("address", "corner")})) == []


def test_last_note_says_how_a_finding_stands(connection):
    """All of them stay."""
    add_note(connection, "k", Note("watching", 1, "sue", ""))
    add_note(connection, "k", Note("confirmed", 2, "eve", "same handwriting"))
    assert standings(connection, ["k", "other"]) == {"k": "confirmed"}
    assert [note.by for note in notes_of(connection, "k")] == ["eve", "sue"]
