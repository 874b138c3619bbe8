"""Only a bundle that a service would take is ever promoted, what the gate lets pass or somebody answers for."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from serving.bundle import BundleError, write_bundle
from training import promote as module
from training.gate.checks import Refusal
from training.gate.running import Judged
from training.gate.speed import Speed
from training.tracking import TrackingError


@pytest.fixture
def promoted(trained, tmp_path, monkeypatch):
    """Registered versions 3 and 4 with a bundle; its folder, what promotion did, and what is on record."""
    bundle = write_bundle(tmp_path / "registered", trained.bundle)
    done: list[str] = []
    names: list[str] = []
    held = SimpleNamespace(champion=None, records=[])

    class Entry:
        def __enter__(self):
            done.append("stored")
            self.path = str(tmp_path / f"entry-{len(names)}")
            Path(self.path).mkdir()
            self.tag = "clearclaim:newest"
            return self

        def __exit__(self, *_error):
            return None

    def create(tag, **_about):
        names.append(tag.partition(":")[0])
        return Entry()

    def find(name):
        if name == "champion" and held.champion is None:
            raise TrackingError("no model with alias champion")
        number = {"challenger": "3", "champion": held.champion}.get(name, name)
        return SimpleNamespace(version=number, run_id=f"run-{number}")

    def set_alias(version, role):
        done.append(f"{role} {version.version}")
        held.champion = version.version if role == "champion" else held.champion

    def write(promotion, version):
        assert promotion.version == version.version
        done.append("on record")
        held.records.append(promotion)

    monkeypatch.setattr(module, "connect", lambda: "")
    monkeypatch.setattr(module, "find_version", find)
    monkeypatch.setattr(
        module,
        "download_bundle",
        lambda version, folder: shutil.copytree(bundle.path, folder / f"bundle-{version.version}"),
    )
    monkeypatch.setattr(module, "set_alias", set_alias)
    monkeypatch.setattr(module, "champion_version", lambda: held.champion)
    monkeypatch.setattr(module, "read_promotions", lambda: list(held.records))
    monkeypatch.setattr(module, "write_promotion", write)
    monkeypatch.setattr(module, "bentoml", SimpleNamespace(models=SimpleNamespace(create=create)))
    return SimpleNamespace(
        folder=bundle.path,
        version=bundle.model_version,
        entry=tmp_path / "entry-1",
        done=done,
        names=names,
        records=held.records,
    )


def saying(*refusals):
    """A gate that says this, and remembers which champion it was shown."""
    shown = []

    def gate(_bundle, champion):
        shown.append(None if champion is None else champion().model_version)
        return Judged(tuple(Refusal("gain", 1.0, 0.0, each) for each in refusals), (), Speed(0.1, 1.0, 2, 3))

    gate.shown = shown
    return gate


def test_promote_puts_the_bundle_into_the_store_and_on_record_before_it_names_the_champion(promoted, plan):
    """The alias never names what the service can't load, nor what nobody told."""
    assert module.promote("challenger", plan) == module.Promoted("3", promoted.version, "clearclaim:newest")
    assert promoted.done == ["stored", "on record", "champion 3"]
    assert promoted.names == ["clearclaim"]
    assert {path.name: path.read_bytes() for path in promoted.entry.iterdir()} == {
        path.name: path.read_bytes() for path in promoted.folder.iterdir()
    }


def test_promote_asks_the_gate_with_the_champion_that_is_in_force(promoted, plan):
    """At first there is none; then the challenger stands beside the champion's own bundle."""
    gate = saying()
    module.promote("3", plan, gate=gate)
    judged = module.promote("4", plan, gate=gate, signature=module.Signature("ann", "newer")).judged
    assert gate.shown == [None, promoted.version]
    assert judged.refusals == ()
    assert [(each.version, each.how, each.by, each.reason) for each in promoted.records[1:]] == [
        ("4", "promoted", "ann", "newer")
    ]


def test_promote_that_the_gate_refuses_changes_nothing(promoted, plan):
    """The error counts the reasons, and carries them."""
    module.promote("3", plan)
    before = list(promoted.done)
    with pytest.raises(module.RefusedError, match="for the 2 reasons above") as refused:
        module.promote("4", plan, gate=saying("it loses money", "it is slow"))
    assert [str(each) for each in refused.value.judged.refusals] == ["gain: it loses money", "gain: it is slow"]
    assert promoted.done == before


def test_promote_by_force_goes_on_record_with_name_reason_and_refusals(promoted, plan):
    """Who overrides the gate is remembered, with what it had said."""
    module.promote("3", plan)
    module.promote("4", plan, gate=saying("it loses money"), signature=module.Signature("ann", "the law", force=True))
    forced = promoted.records[-1]
    assert (forced.how, forced.by, forced.reason) == ("forced", "ann", "the law")
    assert forced.refusals == ("gain: it loses money",)
    assert promoted.done[-1] == "champion 4"


def test_promote_by_force_that_nothing_speaks_against_is_an_ordinary_one(promoted, plan):
    """Force that wasn't needed isn't held against anybody."""
    module.promote("3", plan, gate=saying(), signature=module.Signature("ann", "in case", force=True))
    assert promoted.records[-1].how == "promoted"


@pytest.mark.parametrize("signature", [{}, {"by": "ann"}, {"reason": "the law"}, {"by": " ", "reason": "the law"}])
def test_force_without_a_name_and_a_reason_is_refused(signature):
    """Both go on record, so both must be there."""
    with pytest.raises(module.PromotionError, match="--force needs --by NAME and --reason TEXT"):
        module.Signature(**signature, force=True)


def test_force_does_not_promote_a_bundle_that_fails_its_own_checks(promoted, plan):
    """No service would take it, whoever wants it."""
    (promoted.folder / "card.md").write_text("Better than it is.")
    with pytest.raises(BundleError, match=r"card\.md: differs from its SHA-256"):
        module.promote("3", plan, gate=saying(), signature=module.Signature("ann", "the law", force=True))
    assert promoted.done == []


def test_promote_of_the_champion_itself_only_fills_this_machines_store(promoted, plan):
    """Each machine has a store of its own: nothing is judged anew, and nobody becomes champion."""
    module.promote("3", plan)
    again = module.promote("champion", plan, gate=saying("it loses money"))
    assert (again.version, again.judged) == ("3", None)
    assert promoted.done == ["stored", "on record", "champion 3", "stored"]


def test_promote_beside_another_promotion_is_refused(promoted, plan):
    """What was held against a champion that is gone meanwhile passed no gate."""
    module.promote("3", plan)

    def slow_gate(_bundle, _champion):
        module.promote("5", plan)
        return saying()(None, None)

    with pytest.raises(module.PromotionError, match="another version became champion while version 4 was held"):
        module.promote("4", plan, gate=slow_gate)
    assert promoted.done[-1] == "champion 5"


@pytest.mark.usefixtures("promoted")
def test_promote_shows_the_gate_a_champion_that_cannot_be_fetched_as_such(plan, monkeypatch):
    """The gate hears of it as of any broken bundle, and says so."""
    module.promote("3", plan)
    fetch = module.download_bundle

    def gone(version, folder):
        if version.version == "3":
            raise TrackingError("run-3 has no bundle")
        return fetch(version, folder)

    monkeypatch.setattr(module, "download_bundle", gone)
    with pytest.raises(BundleError, match="run-3 has no bundle"):
        module.promote("4", plan, gate=saying())


def test_roll_back_returns_to_the_champion_before_and_once_more_further(promoted, plan):
    """Without a gate, and on record as what it is."""
    for version in ("3", "7", "5"):
        module.promote(version, plan)
    assert module.roll_back(None, plan, by="ann", reason="queues grew").version == "7"
    assert module.roll_back(None, plan).version == "3"
    assert [(each.version, each.how) for each in promoted.records[3:]] == [("7", "rolled_back"), ("3", "rolled_back")]
    assert (promoted.records[3].by, promoted.records[3].reason) == ("ann", "queues grew")
    assert promoted.done[-3:] == ["stored", "on record", "champion 3"]
    with pytest.raises(module.PromotionError, match="no champion before this one is on record"):
        module.roll_back(None, plan)


@pytest.mark.usefixtures("promoted")
def test_roll_back_to_a_number_takes_only_what_was_champion(plan):
    """Else it would be a way around the gate."""
    for version in ("3", "7"):
        module.promote(version, plan)
    with pytest.raises(module.PromotionError, match="version 4 never was champion"):
        module.roll_back("4", plan)
    with pytest.raises(module.PromotionError, match="version 7 is champion already"):
        module.roll_back("7", plan)
    assert module.roll_back("3", plan).version == "3"


def test_roll_back_to_a_bundle_that_is_broken_changes_nothing(promoted, plan):
    """The one in force stays."""
    for version in ("3", "7"):
        module.promote(version, plan)
    before = list(promoted.done)
    (promoted.folder / "card.md").write_text("Better than it is.")
    with pytest.raises(BundleError, match=r"card\.md"):
        module.roll_back(None, plan)
    assert promoted.done == before


def test_promote_as_challenger_leaves_the_champion_alone(promoted, plan):
    """A model that only scores beside the champion goes under a name of its own, with its own alias."""
    assert module.promote("4", plan, "challenger").model_version == promoted.version
    assert promoted.done == ["stored", "challenger 4"]
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
