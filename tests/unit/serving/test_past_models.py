"""Models by version: whichever of the model store's a past decision names, and why one isn't to be had."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import bentoml
import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models.model import ModelStore
from click.testing import CliRunner

from features.plan import Plan
from features.store import Store
from serving.bundle import Bundle, write_bundle
from serving.claim_desk import ClaimDesk
from serving.cli import main
from serving.model import Model, load_model
from serving.past_decision import models
from serving.past_decision.models import PastModels
from serving.policy import default_policy_path
from tests.unit.serving.claims import make_claim


@pytest.fixture
def keep(tmp_path: Path) -> Iterator[Callable[[str, Path], None]]:
    """BentoML with an empty model store of the test's own, and a way to put a bundle into it."""
    folder = tmp_path / "models"
    folder.mkdir()
    BentoMLContainer.model_store.set(ModelStore(folder))

    def keep_(tag: str, bundle: Path) -> None:
        with bentoml.models.create(tag) as stored:
            shutil.copytree(bundle, stored.path, dirs_exist_ok=True)

    yield keep_
    BentoMLContainer.model_store.reset()


@pytest.fixture
def newer(champion_bundle: Bundle, tmp_path: Path) -> Bundle:
    """Another version of the champion's model."""
    return write_bundle(tmp_path / "newer", replace(champion_bundle.contents, card="# Newer\n"))


def test_model_is_found_by_its_version_though_it_is_no_longer_the_champion(
    keep: Callable[[str, Path], None], champion_bundle: Bundle, newer: Bundle, plan: Plan
) -> None:
    """The newest entry is in force, and each of before is still there."""
    keep("clearclaim:1", champion_bundle.path)
    keep("clearclaim:2", newer.path)
    source = PastModels("clearclaim:latest", plan)
    for number, bundle in ((1, champion_bundle), (2, newer)):
        found = source.find(bundle.model_version)
        assert found.model is not None
        assert (found.model.version, found.said) == (bundle.model_version, f"clearclaim:{number}")
    assert source.find(newer.model_version) is source.find(newer.model_version), "it is loaded once"


def test_model_that_is_not_there_is_said(
    keep: Callable[[str, Path], None], champion_bundle: Bundle, newer: Bundle, plan: Plan, bundle: Bundle
) -> None:
    """Removed, of another name, damaged, or of another catalogue: one line says which."""
    assert PastModels("clearclaim", plan).find("x").said == "none of 0 models clearclaim in BentoML's model store is x"
    keep("other:1", newer.path)
    keep("clearclaim:1", champion_bundle.path)
    keep("clearclaim:2", bundle.path)
    source = PastModels("clearclaim", plan)
    assert source.find(newer.model_version).model is None
    assert "was trained on feature catalogue" in source.find(bundle.model_version).said
    card = Path(bentoml.models.get("clearclaim:1").path) / "card.md"
    card.write_text("rewritten")
    damaged = source.find(champion_bundle.model_version)
    assert damaged.model is None
    assert "card.md: differs from its SHA-256" in damaged.said


def test_few_models_are_kept_in_memory(
    keep: Callable[[str, Path], None],
    champion_bundle: Bundle,
    newer: Bundle,
    plan: Plan,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever reads decisions of many models doesn't fill the memory with them."""
    monkeypatch.setattr(models, "KEPT", 1)
    keep("clearclaim:1", champion_bundle.path)
    keep("clearclaim:2", newer.path)
    source = PastModels("clearclaim", plan)
    first = source.find(champion_bundle.model_version)
    source.find(newer.model_version)
    assert source.find(champion_bundle.model_version) is not first


def test_replay_finds_the_model_of_then_in_the_model_store(
    keep: Callable[[str, Path], None],
    champion_bundle: Bundle,
    newer: Bundle,
    plan: Plan,
    store: Store,
    open_desk: Callable[..., ClaimDesk],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As an operator types it: then and now side by side, exit code 0; 1 where something differs or isn't there."""
    keep("clearclaim:1", champion_bundle.path)
    keep("clearclaim:2", newer.path)
    model: Model = load_model(champion_bundle.path, plan)
    open_desk(model=model).score(make_claim())
    monkeypatch.setenv("CLEARCLAIM_POLICY", str(default_policy_path()))

    def run(claim_id: str, *more: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["ledger", "replay", claim_id, "--store", store.name, *more])
        return done.exit_code, done.output

    code, output = run("C1")
    assert code == 0
    assert f"model   {model.version}: clearclaim:1\n" in output
    assert "the current one" in output
    assert output.endswith("values are the same\n")
    code, output = run("C1", "--policy", str(default_policy_path().parent / "trial_gbp.toml"))
    assert code == 1
    assert "MISSING; give its file with --policy" in output
    code, output = run("C2")
    assert (code, output) == (1, f"Error: claim 'C2' has no decision in store {store.name}; check its id\n")
