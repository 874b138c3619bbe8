"""A platform's tables give the events that they were made of."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.event_file import read_events
from features.events import EVENT_FIELDS, KIND_FIELDS, EventKind, FieldType
from training.load import TablesMapping, load_tables
from training.load.reading import csv_blocks, database, files


def differences(found: list[dict], expected: list[dict]) -> Iterator[str]:
    """Where two lists of rows differ, for a message that a reader can use."""
    for ours, theirs in zip(found, expected, strict=True):
        for name, value in theirs.items():
            if ours[name] != value:
                yield f"{theirs['event_id']} {name}: {ours[name]!r} is not {value!r}"


def test_tables_of_the_shipped_example_give_the_events_that_they_were_made_of(platform, mapping, expected, tmp_path):
    """CSV parts, gzipped CSV, Parquet and SQLite; local times, yuan, Chinese words; facts of orders and claims."""
    report = load_tables(mapping, str(platform()), tmp_path / "out")
    found = read_events(tmp_path / "out" / "events.parquet").to_pylist()
    assert list(differences(found, expected)) == []
    assert report.events == len(expected)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["events.parquet"]


def test_report_of_the_shipped_example_accounts_for_every_row(platform, mapping, expected, tmp_path):
    """What was read is an event, or left out under a cause; unknown words are counted."""
    report = load_tables(mapping, str(platform()), tmp_path / "out")
    for table in report.tables:
        assert table.read == table.events + table.repeated + sum(table.left_out.values())
    by_name = {table.name: table for table in report.tables}
    others = sum(1 for row in expected if row["claim_reason"] == "other")
    assert others > 0
    assert by_name["claim_filed"].unknown == {"reason: 说不清": others}
    assert by_name["order_delivered"].left_out["not delivered yet"] > 0
    assert f"  unknown word in reason: 说不清 {others:>13,}".split() in [
        line.split() for line in str(report).splitlines()
    ]


def test_tables_in_many_parts_and_deals_give_the_same_file(platform, mapping, tmp_path, monkeypatch):
    """How large chunks are, and how often rows are dealt out, shows nowhere."""
    folder = str(platform())
    load_tables(mapping, folder, tmp_path / "whole")
    monkeypatch.setattr(files, "CHUNK_ROWS", 100)
    monkeypatch.setattr(database, "CHUNK_ROWS", 50)
    monkeypatch.setattr(csv_blocks.blocks, "__defaults__", (5_000,))
    load_tables(mapping, folder, tmp_path / "parts", rows_at_once=700)
    whole, parts = (read_events(tmp_path / name / "events.parquet") for name in ("whole", "parts"))
    assert parts.equals(whole)


def test_tables_that_have_every_field_by_its_name_give_every_field_back(events, tmp_path):
    """Whatever fields an event has, now or later, a table can hold them all."""
    given = {}
    for kind, kind_fields in KIND_FIELDS.items():
        names = ["event_id", "occurred_at_ms", "known_at_ms", *kind_fields.required, *kind_fields.optional]
        own = events.filter(pc.equal(events["kind"], str(kind))).select(names)
        pq.write_table(own, tmp_path / f"{kind}.parquet")
        given[kind] = names
    mapping = TablesMapping.model_validate({"money": {"currency": "CNY", "unit": "minor"}, "tables": by_name(given)})
    load_tables(mapping, str(tmp_path), tmp_path / "out")
    found = read_events(tmp_path / "out" / "events.parquet")
    assert list(differences(found.to_pylist(), events.to_pylist())) == []


def by_name(given: dict[EventKind, list[str]]) -> list[dict[str, object]]:
    """Tables whose columns are called as the fields are."""

    def field(name: str) -> dict[str, str]:
        return {"column": name, **({"unit": "ms"} if EVENT_FIELDS[name].type is FieldType.TIME else {})}

    return [
        {"kind": str(kind), "file": f"{kind}.parquet", "fields": {name: field(name) for name in names}}
        for kind, names in given.items()
    ]
