"""Pseudonyms in whole tables of events: each distinct id is hashed once."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from features.event_file import read_events
from features.events import EventError
from features.store import Store
from features.store.bulk import Change
from serving.access.id_key import agree_on_id_key
from serving.access.pseudonyms import FIELDS, Pseudonyms
from serving.settings import ID_KEY


def with_pseudonyms(table: pa.Table, pseudonyms: Pseudonyms) -> pa.Table:
    """A table of events with pseudonyms in the place of ids of people; everything else as it was."""
    for field, kind in FIELDS.items():
        if field not in table.column_names:
            continue
        column = table[field].combine_chunks().dictionary_encode()
        distinct = pa.array([pseudonyms.of(kind, plain) for plain in column.dictionary.to_pylist()], pa.string())
        hashed = distinct.take(column.indices)  # no id, no index: it stays empty
        table = table.set_column(table.schema.get_field_index(field), table.schema.field(field), hashed)
    return table


def change_of(pseudonyms: Pseudonyms | None, *, pseudonymised: bool) -> Change | None:
    """What an import does to events: nothing, hash their ids, or take pseudonyms as they come."""
    if pseudonymised:
        return KeepPseudonyms()
    return None if pseudonyms is None else HashIds(pseudonyms)


def read_for(store: Store, path: Path, pseudonyms: Pseudonyms | None, *, pseudonymised: bool) -> pa.Table:
    """Read a file of events as a store takes them, once the store agrees to the key.

    Raises:
        EventError: if the file can't be read, or its ids are hashed already or not yet.
        StoreError: if the store was made with another key.
    """
    agree_on_id_key(store, pseudonyms)
    events = read_events(path)
    change = change_of(pseudonyms, pseudonymised=pseudonymised)
    if change is None:
        return events
    change.refuse(events, str(path))
    return change.apply(events)


class HashIds:
    """Makes pseudonyms of what an import brings; refuses what has them already."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms

    def refuse(self, table: pa.Table, where: str) -> None:
        """Refuse events whose ids are pseudonyms: hashed twice they would be other people.

        Raises:
            EventError: naming the first such field.
        """
        for field, good in _looks(table):
            if pc.any(good).as_py():
                raise EventError(
                    f"{where}: field {field}: holds pseudonyms, as an export does; say --pseudonymised, "
                    "so that they aren't hashed again"
                )

    def apply(self, table: pa.Table) -> pa.Table:
        """The events with pseudonyms."""
        return with_pseudonyms(table, self._pseudonyms)


class KeepPseudonyms:
    """Takes pseudonyms as they come; refuses plain ids."""

    def refuse(self, table: pa.Table, where: str) -> None:
        """Refuse events with an id that is no pseudonym.

        Raises:
            EventError: naming the first such field; the id itself isn't told.
        """
        for field, good in _looks(table):
            if not pc.all(good).as_py():
                raise EventError(
                    f"{where}: field {field}: holds ids that are no pseudonyms; leave --pseudonymised out "
                    f"and set {ID_KEY}, so that they are hashed"
                )

    def apply(self, table: pa.Table) -> pa.Table:
        """The events as they are."""
        return table


def _looks(table: pa.Table) -> list[tuple[str, pa.ChunkedArray]]:
    """For each field with ids of people, which of the ids that are there look like pseudonyms."""
    return [
        (field, pc.match_substring_regex(table[field].drop_null(), f"^{kind}~[0-9a-f]{{32}}$"))
        for field, kind in FIELDS.items()
        if field in table.column_names and table[field].null_count < len(table)
    ]
