"""A retraining trains as the champion was trained, only on something new, and promotes only if told and let."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from serving.bundle import write_bundle
from training import retrain as retraining
from training.cli import main
from training.dataset import SplitConfig
from training.model.parameters import BoostingConfig, ParameterError
from training.retrain import Asked, recipe, retrain
from training.retrain_gate import Answer
from training.tracking import Registered, TrackingError

pytestmark = pytest.mark.slow


class NoSuchError(Exception):
    """As MLflow says that there is none."""

    error_code = "RESOURCE_DOES_NOT_EXIST"


@dataclass
class Registry:
    """What is registered, what was trained, and what the gate was asked and says."""

    folder: object
    bundles: dict[str, object] = field(default_factory=dict)
    trained: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    refusals: tuple[str, ...] = ()

    def find_version(self, role):
        if role not in self.bundles:
            raise TrackingError(f"no {role}") from NoSuchError()
        return SimpleNamespace(version={"champion": "1", "challenger": "2"}[role])

    @contextmanager
    def bundle_of(self, role):
        yield self.bundles[role]

    def log_training(self, trained, _source):
        self.trained.append(trained)
        number = len(self.trained) + 1
        self.bundles["challenger"] = write_bundle(self.folder / f"version-{number}", trained.bundle)
        return Registered("run", str(number), self.bundles["challenger"].model_version)

    def gate(self, version, *, promote):
        self.asked.append((version, promote))
        promoted = promote and not self.refusals
        return Answer(self.refusals, ("gate: figures",), "clearclaim:tag" if promoted else None)


@pytest.fixture
def registry(tmp_path, monkeypatch, trained):
    """A registry with the shop's model as champion."""
    known = Registry(tmp_path)
    known.bundles["champion"] = write_bundle(tmp_path / "version-1", trained.bundle)
    for name in ("find_version", "bundle_of", "log_training"):
        monkeypatch.setattr(retraining, name, getattr(known, name))
    monkeypatch.setattr(retraining, "connect", lambda: "sqlite:///mlflow.db")
    return known


@pytest.fixture(scope="module")
def files(shop, claim, table_of, tmp_path_factory):
    """The shop's events of the champion's training, and those with eighty days more."""
    folder = tmp_path_factory.mktemp("retrain")
    since = max(event.known_at_ms for event in shop)
    later = [event for number in range(600, 760) for event in claim(number) if event.known_at_ms > since]
    pq.write_table(table_of(shop), folder / "same.parquet")
    pq.write_table(table_of([*shop, *later]), folder / "more.parquet")
    return folder


def go(registry, plan, source, **asked):
    return retrain(Asked(str(source), **asked), plan, registry.gate, lambda *_: None)


def test_retraining_on_the_champions_own_data_trains_nothing(registry, plan, files):
    """It says so, and asks nobody about anything, even if told to promote."""
    done = go(registry, plan, files / "same.parquet", promote=True)
    assert "nothing changed" in done.lines[0]
    assert registry.bundles["champion"].model_version in done.lines[0]
    assert (registry.trained, registry.asked, done.version, done.refused) == ([], [], None, False)


def test_retraining_on_the_same_data_anyway_trains(registry, plan, files, trained):
    """As it was told; the data and the recipe are the same."""
    done = go(registry, plan, files / "same.parquet", anyway=True)
    (again,) = registry.trained
    assert again.latest.dataset.data_hash == trained.latest.dataset.data_hash
    assert again.config.boosting == trained.config.boosting
    assert registry.asked == [(done.version, False)]


def test_retraining_on_newer_data_keeps_the_champions_recipe_and_asks_the_gate(registry, plan, files, trained):
    """Label, gap and parameters stay; what changes is the data. Nothing is promoted unasked."""
    done = go(registry, plan, files / "more.parquet")
    (new,) = registry.trained
    assert (new.config.split, new.config.boosting) == (trained.config.split, trained.config.boosting)
    assert new.latest.dataset.data_hash != trained.latest.dataset.data_hash
    assert registry.asked == [("2", False)]
    assert "version 2 passes the gate and is ready" in done.lines[-1]
    assert "gate: figures" in done.lines


def test_retraining_again_trains_nothing_and_asks_about_the_challenger(registry, plan, files):
    """The first run was without --promote; the second only promotes."""
    go(registry, plan, files / "more.parquet")
    done = go(registry, plan, files / "more.parquet", promote=True)
    assert len(registry.trained) == 1
    assert "learned from these data already" in done.lines[0]
    assert registry.asked == [("2", False), ("2", True)]
    assert done.lines[-1] == "version 2 is champion, as clearclaim:tag"


@pytest.mark.parametrize("promote", [False, True])
def test_retraining_that_the_gate_refuses_says_why_and_promotes_nothing(registry, plan, files, promote):
    """Each reason is a line, and the champion stays."""
    registry.refusals = ("gain: costs more", "calibration: off")
    done = go(registry, plan, files / "more.parquet", promote=promote)
    assert done.refused
    assert done.answer.tag is None
    assert done.lines[-3:-1] == registry.refusals
    assert "stays challenger" in done.lines[-1]


def test_retraining_without_a_champion_is_the_first_training(registry, plan, files, tmp_path):
    """There is nothing to be like: the defaults, and the file of parameters."""
    del registry.bundles["champion"]
    params = tmp_path / "params.toml"
    params.write_text("rounds = 5\nlearning_rate = 0.1\n")
    go(registry, plan, files / "more.parquet", params=params)
    (new,) = registry.trained
    assert new.config.split == SplitConfig()
    assert new.config.boosting == BoostingConfig(rounds=5, learning_rate=0.1)


def test_retraining_with_an_mlflow_that_does_not_answer_is_refused(registry, plan, files, monkeypatch):
    """No answer doesn't mean no champion."""

    def fails(_):
        raise TrackingError("no answer") from OSError()

    monkeypatch.setattr(retraining, "find_version", fails)
    with pytest.raises(TrackingError, match="no answer"):
        go(registry, plan, files / "same.parquet")


def test_recipe_with_a_file_of_parameters_changes_those_alone(registry, tmp_path, trained):
    """The rest stays as the champion's."""
    params = tmp_path / "params.toml"
    params.write_text("num_leaves = 7\n")
    config = recipe(registry.bundles["champion"], params)
    assert asdict(config.boosting) == {**asdict(trained.config.boosting), "num_leaves": 7}
    assert config.split == trained.config.split


def test_recipe_with_a_wrong_file_of_parameters_is_refused(tmp_path):
    """One line with the file, the key and what it may be, before anything is trained."""
    path = tmp_path / "params.toml"
    path.write_text("leafs = 3")
    with pytest.raises(ParameterError, match="'leafs' is no parameter") as caught:
        recipe(None, path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(("refusals", "code"), [((), 0), (("gain: costs more",), 3)])
def test_retrain_command_exits_by_what_the_gate_says(registry, files, monkeypatch, refusals, code):
    """A scheduler can tell a refusal from an error."""
    registry.refusals = refusals
    monkeypatch.setattr("training.retrain_gate.gate_on", lambda *_: registry.gate)
    result = CliRunner().invoke(main, ["retrain", "--events", str(files / "more.parquet"), "--promote"])
    assert result.exit_code == code, result.output
    assert ("version 2 is champion" in result.stdout) is (code == 0)


def test_retrain_command_on_a_missing_file_is_refused_in_a_line(registry, tmp_path):
    """The line names the file, and nothing is trained."""
    result = CliRunner().invoke(main, ["retrain", "--events", str(tmp_path / "nowhere.parquet")])
    assert result.exit_code == 1
    assert "nowhere.parquet" in result.stderr.splitlines()[-1]
    assert registry.trained == []
