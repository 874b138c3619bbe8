"""The champion is the newest bundle in BentoML's model store, if it is fit to score."""

from dataclasses import replace
from pathlib import Path

import bentoml
import numpy as np
import pytest

from features.plan import Plan
from serving.bundle import Bundle, BundleError, write_bundle
from serving.model import find_champion, load_model
from tests.unit.serving.conftest import Promote
from tests.unit.serving.small_champion import champion_contents


def test_bundle_of_the_plan_is_loaded_and_scores(champion_bundle: Bundle, plan: Plan) -> None:
    """What was trained on the service's columns is ready to score them."""
    model = load_model(champion_bundle.path, plan)
    assert model.version == champion_bundle.model_version
    assert model.bundle == champion_bundle
    assert 0 < model.scorer.score(np.zeros(len(plan.columns))).abuse_probability < 1


def test_bundle_of_another_catalogue_is_not_loaded(bundle: Bundle, plan: Plan) -> None:
    """Columns that mean something else are never scored on."""
    with pytest.raises(BundleError, match="was trained on feature catalogue 0123456789abcdef"):
        load_model(bundle.path, plan)


def test_folder_that_holds_no_bundle_is_refused(plan: Plan, tmp_path: Path) -> None:
    """The message names the folder."""
    with pytest.raises(BundleError, match=rf"{tmp_path}: manifest\.json: can't be read"):
        load_model(tmp_path, plan)


@pytest.mark.parametrize("tag", ["clearclaim:latest", "clearclaim", "clearclaim:20260101"])
def test_champion_of_an_empty_model_store_is_none(promote: Promote, plan: Plan, tag: str) -> None:
    """A fresh installation has no model, and says so rather than failing."""
    assert promote
    assert find_champion(tag, plan) is None


def test_champion_is_the_newest_entry(promote: Promote, champion_bundle: Bundle, plan: Plan, tmp_path: Path) -> None:
    """Promotion makes a new entry; older ones stay and can be asked for by their tag."""
    newer = write_bundle(tmp_path / "newer", champion_contents(plan, card="# Another card\n"))
    promote("clearclaim:20260101", champion_bundle.path)
    first = find_champion("clearclaim:latest", plan)
    promote("clearclaim:20260102", newer.path)
    second = find_champion("clearclaim:latest", plan)
    older = find_champion("clearclaim:20260101", plan)
    assert first is not None
    assert second is not None
    assert older is not None
    assert [each.version for each in (first, second, older)] == [
        champion_bundle.model_version,
        newer.model_version,
        champion_bundle.model_version,
    ]


def test_champion_of_another_catalogue_is_refused_and_not_taken_for_none(
    promote: Promote, bundle: Bundle, plan: Plan
) -> None:
    """A champion that can't be used is an error: to go on without a model would hide it."""
    promote("clearclaim:20260101", bundle.path)
    with pytest.raises(BundleError, match=f"and this service computes {plan.catalog_hash}"):
        find_champion("clearclaim:latest", plan)


def test_champion_that_was_changed_in_the_model_store_is_refused(
    promote: Promote, champion_bundle: Bundle, plan: Plan
) -> None:
    """Whoever changes a file in the store is found out."""
    promote("clearclaim:20260101", champion_bundle.path)
    card = Path(bentoml.models.get("clearclaim:latest").path) / "card.md"
    card.write_text(card.read_text() + "\nApproved.\n")
    with pytest.raises(BundleError, match=r"card\.md: differs from its SHA-256"):
        find_champion("clearclaim:latest", plan)


@pytest.mark.parametrize("tag", ["bad tag!!", "Clear:Claim:1", ""])
def test_tag_that_is_none_is_refused_by_name(promote: Promote, plan: Plan, tag: str) -> None:
    """A mistyped setting is an error and not an empty store."""
    assert promote
    with pytest.raises(BundleError, match=f"model {tag}: .*name it as 'bentoml models list' does"):
        find_champion(tag, plan)


def test_model_of_a_plan_with_other_definitions_is_refused(champion_bundle: Bundle, plan: Plan) -> None:
    """Same columns, other definitions: the hash tells them apart."""
    with pytest.raises(BundleError, match="train it again"):
        load_model(champion_bundle.path, replace(plan, catalog_hash="f" * 16))
