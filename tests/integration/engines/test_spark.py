"""The batch kernel on Spark: the same bits, however many parts there are, and nothing asked of the executors."""

import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.engines import spark_session as sessions
from features.engines.spark import spark_vectors, write_spark_vectors
from features.engines.spark_files import on_parts
from features.engines.spark_session import SparkError, zip_features
from features.event_file import from_events
from features.events import EventError, EventKind
from tests.integration.engines.conftest import NOT_FOR_EXECUTORS
from tests.integration.engines.found import by_batch, invented, same, without, write
from tests.parity.histories import PLANS


def vectors_of(session, plan, events, parts):
    """What Spark finds, by claim: its rows come in no order."""
    out = events.with_name("spark.parquet")
    claims = write_spark_vectors(session, plan, events, out, parts=parts)
    found = pq.read_table(out).sort_by("claim_id")
    assert claims == len(found)
    return pa.table(found.columns, names=found.column_names)


def by_claim(table):
    return table.sort_by("claim_id")


@pytest.mark.parametrize(("plan_name", "parts"), [("shipped", 3), ("odd", 1), ("odd", 7)])
def test_spark_on_a_random_history_gives_the_bits_of_batch(session, tmp_path, plan_name, parts):
    """All in one part, some, or more parts than there are buyers: no number changes."""
    plan, events = PLANS[plan_name](), write(invented(seed=21, size=400), tmp_path / "events.parquet")
    assert same(vectors_of(session, plan, events, parts), by_claim(by_batch(plan, events)))


def test_spark_on_a_simulated_market_gives_the_bits_of_batch(session, world):
    """Histories as they are: with households, rings and pictures that are shown again."""
    plan = PLANS["shipped"]()
    found = vectors_of(session, plan, world, None)
    assert same(found, by_claim(by_batch(plan, world)))
    assert max(found["ring_size"].to_pylist()) > 1
    assert max(found["claim_pictures_of_others"].to_pylist()) > 0


def test_events_without_buyers_and_pictures_are_no_matter(session, tmp_path):
    """Parts of some passes are empty then, all of them."""
    events = without(invented(22, 60), "buyer_id", "device_id", "evidence_hashes")
    plan, path = PLANS["odd"](), write(events, tmp_path / "events.parquet")
    assert same(vectors_of(session, plan, path, 2), by_claim(by_batch(plan, path)))


def test_folder_of_files_without_claims_gives_vectors_without_rows(session, tmp_path):
    """Spark's own way to lay events out; the columns of the vectors are there."""
    plan = PLANS["odd"]()
    events = [each for each in invented(23, 40) if each.kind is not EventKind.CLAIM_FILED]
    for number, part in enumerate([events[:20], events[20:]]):
        write(part, tmp_path / "events" / f"part-{number}.parquet")
    found = vectors_of(session, plan, tmp_path / "events", 1)
    assert found.num_rows == 0
    assert found.column_names == ["claim_id", "as_of_ms", *plan.names]


def test_wrong_event_is_named_and_what_was_written_before_stays(session, tmp_path):
    """Before anything is computed; rows have no number on a cluster, so the event's id says which."""
    plan, events = PLANS["odd"](), invented(24, 40)
    before = vectors_of(session, plan, write(events, tmp_path / "events.parquet"), 1)
    for wrong, complaint in [
        ([*events, events[3]], "two events are 'event 3'"),
        ([each if each.event_id != "event 7" else _spoilt(each) for each in events], "event 'event 7', field merchant"),
    ]:
        pq.write_table(from_events(wrong), tmp_path / "events.parquet")
        with pytest.raises(EventError, match=complaint):
            vectors_of(session, plan, tmp_path / "events.parquet", 1)
    left = pq.read_table(tmp_path / "spark.parquet").sort_by("claim_id")
    assert same(left, before)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.parquet", "spark.parquet"]


def _spoilt(event):
    spoilt = object.__new__(type(event))
    for name, value in event.as_dict().items():
        object.__setattr__(spoilt, name, "" if name == "merchant_id" else value)
    return spoilt


def test_column_that_is_unknown_or_file_that_is_missing_is_refused(session, tmp_path):
    """As in every other engine, by name."""
    table = from_events(invented(25, 5))
    pq.write_table(table.append_column("colour", pa.array(["red"] * 5)), tmp_path / "events.parquet")
    for name, complaint in [("events.parquet", "'colour' is not a field"), ("none.parquet", "no Parquet file")]:
        with pytest.raises(EventError, match=complaint):
            vectors_of(session, PLANS["odd"](), tmp_path / name, 1)


def test_folder_of_something_else_is_never_replaced(session, tmp_path):
    """A slip in a path costs nobody a folder."""
    events = write(invented(26, 5), tmp_path / "events.parquet")
    with pytest.raises(FileExistsError, match="folder of something else"):
        write_spark_vectors(session, PLANS["odd"](), events, tmp_path, parts=1)


def test_executors_are_sent_the_package_and_have_none_of_the_others(session):
    """Python, NumPy and pyarrow are enough: everything above ran where importing others is an error."""

    def look(_):
        import sys  # noqa: PLC0415 - runs on the executor

        return pa.table({"path": [" ".join(sys.path)], "modules": [" ".join(sys.modules)]})

    sessions.send_features(session)
    schema = pa.schema([("path", pa.string()), ("modules", pa.string())])
    found = on_parts(session.range(1), look, schema).toArrow().to_pylist()
    assert "clearclaim_features.zip" in found[0]["path"]
    assert set(found[0]["modules"].split()).isdisjoint(NOT_FOR_EXECUTORS)


def test_package_that_is_sent_runs_with_numpy_and_pyarrow_alone(tmp_path):
    """No Spark is needed to see it: an interpreter with the zip file in front, and nothing else of ours."""
    script = """
import sys
sys.path.insert(0, sys.argv[1])
import features.engines.spark
assert features.__file__.startswith(sys.argv[1])
print(" ".join({name.split(".")[0] for name in sys.modules}))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(zip_features(tmp_path))], capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()).isdisjoint({*NOT_FOR_EXECUTORS, "pyspark"})


def test_without_java_one_line_says_what_to_install(monkeypatch, tmp_path):
    """And that another engine does without."""
    monkeypatch.setattr(sessions, "has_java", lambda: False)
    with pytest.raises(SparkError, match=r"needs Java 17 or later.*openjdk-17-jre-headless.*'partitioned'"):
        spark_vectors(PLANS["odd"](), tmp_path / "events.parquet", tmp_path / "out")


@pytest.mark.usefixtures("session")
def test_second_session_in_a_process_is_refused():
    """It would be the first one in disguise, and stop it at the end."""
    with pytest.raises(SparkError, match="is running in this process"), sessions.spark_session("local[1]"):
        pass
