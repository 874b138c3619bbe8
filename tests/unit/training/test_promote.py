"""Only a bundle that a service would take is ever promoted."""

from __future__ import annotations

import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest

from serving.bundle import BundleError, write_bundle
from training import promote as module


@pytest.fixture
def promoted(trained, tmp_path, monkeypatch):
    """A registered version with a bundle; returns the folder of its bundle and what promotion did."""
    bundle = write_bundle(tmp_path / "registered", trained.bundle)
    done: list[str] = []

    class Entry:
        def __enter__(self):
            done.append("stored")
            (tmp_path / "entry").mkdir()
            return SimpleNamespace(path=str(tmp_path / "entry"), tag="clearclaim:newest")

        def __exit__(self, *_error):
            return None

    monkeypatch.setattr(module, "connect", lambda: "")
    monkeypatch.setattr(module, "find_version", lambda _name: SimpleNamespace(version=3, run_id="run"))
    monkeypatch.setattr(
        module, "download_bundle", lambda _version, folder: shutil.copytree(bundle.path, folder / "bundle")
    )
    monkeypatch.setattr(module, "set_alias", lambda version, role: done.append(f"{role} {version.version}"))

    def create(tag, **_about):
        names.append(tag.partition(":")[0])
        return Entry()

    names: list[str] = []
    model_store = SimpleNamespace(create=create)
    monkeypatch.setattr(module, "bentoml", SimpleNamespace(models=model_store))
    return SimpleNamespace(
        folder=bundle.path, version=bundle.model_version, entry=tmp_path / "entry", done=done, names=names
    )


def test_promote_puts_the_bundle_into_the_store_before_it_names_the_champion(promoted, plan):
    """The alias never names what the service can't load."""
    assert module.promote("challenger", plan) == module.Promoted("3", promoted.version, "clearclaim:newest")
    assert promoted.done == ["stored", "champion 3"]
    assert promoted.names == ["clearclaim"]
    assert {path.name: path.read_bytes() for path in promoted.entry.iterdir()} == {
        path.name: path.read_bytes() for path in promoted.folder.iterdir()
    }


def test_promote_as_challenger_leaves_the_champion_alone(promoted, plan):
    """A model that only scores beside the champion goes under a name of its own, with its own alias."""
    assert module.promote("4", plan, "challenger").model_version == promoted.version
    assert promoted.done == ["stored", "challenger 3"]
    assert promoted.names == ["clearclaim-challenger"]


def test_promote_of_a_bundle_whose_probes_come_out_otherwise_changes_nothing(promoted, plan, monkeypatch):
    """What a service would refuse is refused here, where somebody sees it."""
    monkeypatch.setattr("serving.booster.Booster.raw_score", lambda *_: 0.25)
    with pytest.raises(BundleError, match="row 0 of its probes"):
        module.promote("challenger", plan)
    assert promoted.done == []


def test_promote_of_a_bundle_from_another_catalogue_changes_nothing(promoted, plan):
    """A model is never put in force with columns that the service doesn't compute."""
    with pytest.raises(BundleError, match="train it again"):
        module.promote("challenger", replace(plan, catalog_hash="another"))
    assert promoted.done == []


def test_promote_of_a_damaged_bundle_changes_nothing(promoted, plan):
    """What was changed on the way is refused."""
    (promoted.folder / "card.md").write_text("Better than it is.")
    with pytest.raises(BundleError, match=r"card\.md: differs from its SHA-256"):
        module.promote("challenger", plan)
    assert promoted.done == []
