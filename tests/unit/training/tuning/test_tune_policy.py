"""`clearclaim-train tune-policy`, as a data scientist types it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from features.events import Event, EventKind
from serving.bundle import write_bundle
from serving.policy import default_policy_path, read_policy
from training.cli import main
from training.train import Trained


@pytest.fixture(scope="module")
def files(
    shop: tuple[Event, ...],
    table_of: Callable[..., pa.Table],
    trained: Trained,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder with the shop's events, a model of it, and the ids of merchants that agreed."""
    folder = tmp_path_factory.mktemp("tuning")
    pq.write_table(table_of(shop), folder / "events.parquet")
    write_bundle(folder / "bundle", trained.bundle)
    silent = [replace(each, event_id=each.event_id) for each in shop if each.kind is not EventKind.CLAIM_ADJUDICATED]
    pq.write_table(table_of(silent), folder / "silent.parquet")
    (folder / "consents.txt").write_text("".join(f"shop-{number}\n" for number in range(4)))
    return folder


def tune(files: Path, out: Path, *more: object, events: str = "events.parquet") -> Result:
    arguments = (
        "--events",
        files / events,
        "--model",
        files / "bundle",
        "--policy",
        default_policy_path(),
        "--out",
        out,
    )
    return CliRunner().invoke(main, ["tune-policy", *map(str, (*arguments, "--settings", 30, *more))])


def test_tune_policy_writes_a_policy_and_reports_both_periods(files: Path, tmp_path: Path) -> None:
    """The file holds and differs in what was searched only; the page has a limit's standing on either period."""
    out = tmp_path / "tuned.toml"
    limit = ("--at-most", "reviews_per_day=1.5", "--consents", files / "consents.txt")
    done = tune(files, out, "--search", "actions.auto_approve_up_to_minor=0:5000", *limit)
    assert done.exit_code == 0, done.output
    tuned, given = read_policy(out).model_dump(), read_policy(default_policy_path()).model_dump()
    assert {table for table in given if tuned[table] != given[table]} <= {"actions"}
    assert "reviews_per_day at most 1.5" in done.output
    assert "saved, tuned on" in done.output
    assert "saved, reported on" in done.output
    assert "of all claims, 80% have an authority" in done.output


def test_tune_policy_says_that_a_gain_is_not_shown(files: Path, tmp_path: Path) -> None:
    """A limit that forces a worse policy has no gain to show, and nobody may read one into the page."""
    done = tune(files, tmp_path / "tuned.toml", "--at-most", "reviews_per_day=0.5")
    assert done.exit_code == 0, done.output
    assert "the gain is NOT shown on the later period" in done.output


def test_tune_policy_with_limits_that_nothing_keeps_writes_nothing(files: Path, tmp_path: Path) -> None:
    """One line, exit code 1, no file."""
    out = tmp_path / "tuned.toml"
    done = tune(files, out, "--at-most", "reviews_per_day=0", "--at-least", "automatic_share=1",
                "--search", "costs.merchant_loss_weight=1:2")  # fmt: skip
    assert done.exit_code == 1
    assert "no settings keep all limits on the training period" in done.output
    assert not out.exists()


@pytest.mark.parametrize(
    ("more", "events", "says"),
    [
        (("--search", "review.sensitivity=0:1"), "events.parquet", "is a fact, no choice"),
        (("--at-most", "hats=3"), "events.parquet", "hats: is not measured"),
        (("--report-from", "2020-01-01"), "events.parquet", "the later period must begin after"),
        (("--consents", "missing.txt"), "events.parquet", "missing.txt: can't be read"),
        ((), "silent.parquet", "has 0 abusive and 0 honest claims that a label tells of"),
        ((), "missing.parquet", "missing.parquet: no such file"),
    ],
)
def test_tune_policy_with_bad_input_says_what_in_one_line(
    files: Path, tmp_path: Path, more: tuple[str, ...], events: str, says: str
) -> None:
    """Exit code 1, no trace, no file."""
    done = tune(files, tmp_path / "tuned.toml", *more, events=events)
    assert done.exit_code == 1
    assert says in done.output
    assert done.output.splitlines()[-1].startswith("Error: ")
    assert not (tmp_path / "tuned.toml").exists()


def test_tune_policy_does_not_write_over_the_given_policy(files: Path) -> None:
    """What was in force must still be there to go back to."""
    done = tune(files, default_policy_path())
    assert done.exit_code == 1
    assert "is the given policy itself" in done.output
