"""`clearclaim-train dataset`: whichever engine makes the vectors, the content is the same."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from features.engines.spark import write_spark_vectors
from features.event_file import from_events
from tests.unit.training.conftest import CLAIMS, DAY_MS, START_MS, draw_claim
from training import vectors
from training.cli import main


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """Some months of a small shop, as a folder of files."""
    events = [event for number in range(CLAIMS) for event in draw_claim(number)]
    table = from_events([event for event in events if event.known_at_ms < START_MS + CLAIMS * DAY_MS // 2])
    folder = tmp_path_factory.mktemp("lake")
    for number in range(2):
        pq.write_table(table.filter(np.arange(len(table)) % 2 == number), folder / f"part-{number}.parquet")
    return folder


@pytest.fixture
def on_session(session, monkeypatch):
    """Spark in the session that is there, since starting one takes longer than all else."""
    monkeypatch.setattr(
        vectors,
        "spark_vectors",
        lambda plan, events, out, _master, progress: write_spark_vectors(session, plan, events, out, progress=progress),
    )


def written(events, out, engine):
    options = ["--events", str(events), "--out", str(out), "--engine", engine, "--gap-days", "45"]
    done = CliRunner().invoke(main, ["dataset", *options])
    assert done.exit_code == 0, done.output
    assert f"claims in {out}: written" in done.output
    return json.loads((out / "manifest.json").read_text())


@pytest.mark.usefixtures("on_session")
def test_dataset_by_spark_has_the_content_of_batch(lake, tmp_path):
    """The same hashes, to the byte of the manifest, though Spark's rows come in no order."""
    batch = written(lake, tmp_path / "batch", "batch")
    assert written(lake, tmp_path / "spark", "spark") == batch
    assert batch["claims"] == CLAIMS


def test_spark_on_a_store_is_refused_in_one_line(tmp_path):
    """Executors read files; a store is somewhere else for each of them."""
    options = ["--events", "sqlite:///shop.db", "--out", str(tmp_path / "dataset"), "--engine", "spark"]
    refused = CliRunner().invoke(main, ["dataset", *options])
    assert refused.exit_code == 1
    assert refused.output == ("Error: Spark reads files: write the store's with 'clearclaim events export' first\n")
    assert list(tmp_path.iterdir()) == []
