"""Events come from a file or a store, and are the same from either."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from features.event_file import write_events
from features.events import EventError
from features.plan import default_plan
from features.store import Store, StoreError
from features.store.bulk import import_events
from training.source import events_from


@pytest.fixture(scope="module")
def events(shop, table_of):
    return table_of(shop[:400])


def test_events_from_a_file_are_in_the_order_in_which_they_became_known(events, tmp_path):
    """Whatever the order of the file's rows."""
    path = tmp_path / "events.parquet"
    write_events(events.take(pa.array(np.random.default_rng(1).permutation(len(events)))), path)
    assert events_from(str(path)).equals(events)


def test_events_from_a_store_are_those_of_its_log(events, tmp_path):
    """A service's own store is as good as a file."""
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    store = Store.open(url, default_plan())
    import_events(store, events, "events")
    store.close()
    assert events_from(url).equals(events)


def test_events_from_a_missing_file_are_refused_in_one_line(tmp_path):
    """The message names the file."""
    with pytest.raises(EventError, match=r"missing\.parquet") as caught:
        events_from(str(tmp_path / "missing.parquet"))
    assert "\n" not in str(caught.value)


def test_events_from_a_file_of_something_else_are_refused_in_one_line(tmp_path):
    """A wrong file is an error of the user, not of the program."""
    path = tmp_path / "events.parquet"
    path.write_text("no parquet")
    with pytest.raises(EventError, match=r"events\.parquet") as caught:
        events_from(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite:///{}/no/such/folder/shop.db", "nosuchdatabase://{}"])
def test_events_from_a_store_that_cannot_be_opened_are_refused(tmp_path, url):
    """A URL that leads nowhere is named as such."""
    with pytest.raises(StoreError):
        events_from(url.format(tmp_path))
