"""A dataset as files: what a training learns from, named by its content, whole or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from features.event_file import write_events
from serving.bundle import write_bundle
from training.cli import main
from training.dataset import SplitConfig, build_dataset, gather
from training.dataset.folder import CLAIMS, DatasetFolder, write_dataset
from training.dataset.keeping import FromDataset, Making, vectors_for
from training.stored.cache import VECTORS
from training.stored.folder import MANIFEST
from training.train import train
from training.vectors import FileEngine

pytestmark = pytest.mark.slow

SPLIT = SplitConfig(gap_days=45)


@pytest.fixture(scope="module")
def events(shop, table_of):
    return table_of(shop)


@pytest.fixture(scope="module")
def path(events, tmp_path_factory) -> Path:
    """The shop as a file."""
    path = tmp_path_factory.mktemp("events") / "events.parquet"
    write_events(events, path)
    return path


@pytest.fixture(scope="module")
def folder(events, plan, tmp_path_factory) -> DatasetFolder:
    return write_dataset(events, plan, SPLIT, tmp_path_factory.mktemp("dataset") / "dataset", Making())


def test_folder_holds_each_claim_with_its_vector_label_weight_and_period(folder, events, plan):
    """What is in the files is what a training makes in memory; claims without a label are there, and say so."""
    dataset = build_dataset(events, plan, SPLIT)
    vectors, claims = (pq.read_table(folder.path / name) for name in (VECTORS, CLAIMS))
    assert vectors.select(["claim_id", "as_of_ms"]).equals(claims.select(["claim_id", "as_of_ms"]))
    assert vectors.column_names[2:] == list(plan.names)
    assert len(claims) == len(gather(events, plan).spine.rows)
    where = np.array(claims["period"].to_pylist(), dtype=object)
    for period in dataset.periods:
        mine = where == period.name
        assert np.asarray(claims["abusive"].filter(mine)).tolist() == period.abusive.tolist()
        assert np.asarray(claims["weight"].filter(mine)).tolist() == period.weights.tolist()
        assert np.asarray(claims["label_weight"].filter(mine)).tolist() == period.label_weights.tolist()
        found = np.column_stack([np.asarray(vectors[name].filter(mine)) for name in plan.names])
        np.testing.assert_array_equal(found, period.vectors)
    outside = claims.filter(where == None)  # noqa: E711 - element by element
    assert outside["abusive"].null_count == outside["weight"].null_count == len(outside) > 0


def test_manifest_says_what_it_is(folder, plan):
    """Hashes, how time was cut, how many there are, and which columns."""
    facts = json.loads((folder.path / MANIFEST).read_text())
    assert facts["catalog_hash"] == plan.catalog_hash
    assert (facts["split"]["gap_days"], facts["gap_days"], facts["label"]) == (45, 45, "verdict")
    assert list(facts["periods"]) == ["train", "calibration", "test"]
    assert list(facts["columns"][VECTORS]) == ["claim_id", "as_of_ms", *plan.names]
    assert sorted(facts["files"]) == [CLAIMS, VECTORS]
    assert sorted(path.name for path in folder.path.iterdir()) == [CLAIMS, MANIFEST, VECTORS]


@pytest.mark.parametrize("change", ["an event", "the label", "the gap"])
def test_content_hash_follows_the_content(folder, shop, table_of, plan, tmp_path, change):
    """Another verdict, another sort of label, another cut: another dataset."""
    events = [
        replace(event, verdict="abusive" if event.verdict == "legitimate" else "legitimate")
        if change == "an event" and event.event_id == "claim_adjudicated-7-0"
        else event
        for event in shop
    ]
    split = {"the label": replace(SPLIT, label="verdict_unweighted"), "the gap": replace(SPLIT, gap_days=40)}
    other = write_dataset(table_of(events), plan, split.get(change, SPLIT), tmp_path / "dataset", Making())
    assert other.facts["content_hash"] != folder.facts["content_hash"]


def test_parts_on_disk_give_the_same_folder(folder, events, path, plan, tmp_path):
    """Whichever engine made the vectors, the manifest is the same to the byte."""
    making = Making(FileEngine.PARTITIONED, str(path))
    write_dataset(events, plan, SPLIT, tmp_path / "dataset", making)
    assert (tmp_path / "dataset" / MANIFEST).read_bytes() == (folder.path / MANIFEST).read_bytes()


def test_command_writes_once_and_says_so(folder, path, tmp_path):
    """A second run does nothing; one that finds a changed file writes anew, and so does one with other options."""
    out = tmp_path / "dataset"

    def run(*options: str) -> str:
        done = CliRunner().invoke(main, ["dataset", "--events", str(path), "--out", str(out), *options])
        assert done.exit_code == 0, done.output
        return done.stdout

    first = run("--gap-days", "45")
    assert f"content      {folder.facts['content_hash']}" in first
    assert first.endswith(f"claims in {out}: written\n")
    assert first.startswith("train        2023-11-")
    written = (out / MANIFEST).stat().st_mtime_ns
    assert run("--gap-days", "45").endswith("the same dataset is there, nothing to do\n")
    assert (out / MANIFEST).stat().st_mtime_ns == written
    (out / CLAIMS).write_bytes(b"nothing")
    assert run("--gap-days", "45").endswith("written\n")
    assert pq.read_table(out / CLAIMS).num_rows == folder.facts["claims"]
    assert run("--gap-days", "44").endswith("written\n")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--gap-days", "200"], "the events span too little time"),
        (["--master", "local"], "--master is for the engine spark, not for batch"),
    ],
)
def test_command_that_fails_leaves_nothing(path, tmp_path, options, complaint):
    """Whole or not at all, and one line."""
    out = tmp_path / "new" / "dataset"
    refused = CliRunner().invoke(main, ["dataset", "--events", str(path), "--out", str(out), *options])
    assert refused.exit_code == 1
    assert complaint in refused.output.splitlines()[-1]
    assert not list(tmp_path.glob("**/*"))[1:]


@pytest.mark.parametrize("place", ["dataset", "nowhere"])
def test_training_that_streams_gives_the_bundle_of_one_in_memory(
    trained, folder, events, path, plan, quick, place, tmp_path
):
    """Model, calibration, figures, probes and data hash: not a byte differs."""
    if place == "dataset":
        streamed = train(events, plan, quick, vectors_of=FromDataset(folder.path, streamed=True))
    else:
        with vectors_for(str(path), streamed=True) as vectors_of:
            streamed = train(events, plan, quick, vectors_of=vectors_of)
    one, other = (write_bundle(tmp_path / name, each.bundle) for name, each in (("a", trained), ("b", streamed)))
    assert one.model_version == other.model_version
    assert streamed.bundle.training == trained.bundle.training
    assert streamed.latest.metrics == trained.latest.metrics


def test_data_hash_is_told_anew_for_what_was_changed(trained):
    """It is kept, since it reads all vectors; a dataset made from another one has its own."""
    dataset = trained.latest.dataset
    first = dataset.data_hash
    assert dataset.data_hash == first
    assert replace(dataset, label="another").data_hash != first
    assert replace(dataset, claims=0).data_hash == first
