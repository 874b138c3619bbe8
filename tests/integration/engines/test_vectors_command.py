"""`clearclaim-train vectors`: one command, three engines, the same file."""

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from features.engines import spark_session as sessions
from tests.integration.engines.found import invented, same, write
from training.cli import main


@pytest.fixture
def events(tmp_path):
    return write(invented(31, 200), tmp_path / "events.parquet")


def run(events, out, *options):
    return CliRunner().invoke(main, ["vectors", "--events", str(events), "--out", str(out), *options])


def test_vectors_by_parts_are_those_of_the_whole_and_replace_what_was_there(events, tmp_path):
    """Whichever engine, the file holds the same; a second run leaves no trace of the first."""
    out = tmp_path / "new" / "vectors.parquet"
    whole = run(events, out)
    assert whole.exit_code == 0, whole.output
    expected = pq.read_table(out)
    parts = run(events, out, "--engine", "partitioned", "--rows", "50")
    assert parts.exit_code == 0, parts.output
    assert f"vectors of {len(expected)} claims in {out}" in parts.output
    assert same(pq.read_table(out), expected)
    assert [path.name for path in out.parent.iterdir()] == ["vectors.parquet"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--rows", "50"], "--rows is for the engine partitioned, not for batch"),
        (["--engine", "partitioned", "--master", "local"], "--master is for the engine spark, not for partitioned"),
        (["--engine", "partitioned", "--rows", "0"], "0 is not in the range"),
    ],
)
def test_option_of_another_engine_is_refused(events, tmp_path, options, complaint):
    """An option that would do nothing is a mistake that nobody sees."""
    refused = run(events, tmp_path / "vectors.parquet", *options)
    assert refused.exit_code != 0
    assert complaint in refused.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.parquet"]


@pytest.mark.parametrize("engine", ["batch", "partitioned"])
def test_file_that_is_missing_is_one_line(tmp_path, engine):
    """And the exit code says so."""
    refused = run(tmp_path / "none.parquet", tmp_path / "vectors.parquet", "--engine", engine)
    assert refused.exit_code == 1
    assert refused.output.splitlines()[-1].startswith(f"Error: {tmp_path / 'none.parquet'}: no such file")


def test_spark_without_java_is_one_line(events, tmp_path, monkeypatch):
    """It says what to install."""
    monkeypatch.setattr(sessions, "has_java", lambda: False)
    refused = run(events, tmp_path / "vectors", "--engine", "spark")
    assert refused.exit_code == 1
    assert refused.output.splitlines()[-1].startswith("Error: Spark needs Java 17 or later")
