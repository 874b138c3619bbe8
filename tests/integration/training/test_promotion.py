"""A challenger waits; only promotion changes what is in force, and one command leads back."""

from __future__ import annotations

import yaml


def test_first_training_registers_a_challenger_and_no_champion(week):
    """Training puts nothing in force."""
    registry = week.registry["first training"]
    assert registry.aliases == {"challenger": "1"}
    assert registry.champion is None


def test_first_promotion_makes_the_challenger_champion(week):
    """The alias moves in MLflow and the bundle stands in BentoML's model store."""
    registry = week.registry["first promotion"]
    assert registry.aliases == {"challenger": "1", "champion": "1"}
    assert registry.champion.endswith(f"-{registry.bundle_versions['1']}")


def test_second_training_leaves_the_champion_in_force(week):
    """The new version is the challenger; the champion stays until somebody promotes."""
    before, after = week.registry["first promotion"], week.registry["second training"]
    assert after.aliases == {"challenger": "2", "champion": "1"}
    assert after.champion == before.champion
    assert after.runs == before.runs + 1


def test_second_promotion_makes_the_new_version_champion(week):
    """It is a new entry in the model store, and the one that a service would take."""
    before, after = week.registry["second training"], week.registry["second promotion"]
    assert after.aliases == {"challenger": "2", "champion": "2"}
    assert after.champion > before.champion


def test_second_promotion_went_through_the_gate(week):
    """An equal challenger is not inferior: the page shows both, and no difference."""
    printed = week.printed["second promotion"]
    row = next(line.split() for line in printed.splitlines() if line.startswith("AUC"))
    assert row[1] == row[2]
    assert row[3:] == ["+0.0000", "+0.0000", "to", "+0.0000"]
    assert "parity wasn't looked at: a file has no served vectors" in printed


def test_rollback_goes_back_to_the_champion_before(week):
    """The earlier version is in force, and newest in the store."""
    before, after = week.registry["second promotion"], week.registry["way back"]
    assert after.aliases == {"challenger": "2", "champion": "1"}
    assert after.champion > before.champion
    assert "version 1 " in week.printed["way back"]
    assert after.champion in week.printed["way back"]


def test_model_store_keeps_who_was_champion_when(week):
    """Each promotion is an entry, in order of time, with the registered version that it was."""
    entries = sorted(path for path in week.workshop.champions.iterdir() if path.is_dir())
    labels = [yaml.safe_load((entry / "model.yaml").read_text())["labels"] for entry in entries]
    assert [label["registered_version"] for label in labels] == ["1", "2", "1"]


def test_promotion_of_a_model_that_isnt_there_is_refused_in_one_line(week, look):
    """A typing error changes nothing."""
    before = look(week.workshop)
    done = week.workshop.run("promote", "--model", "nobody")
    assert done.returncode == 1
    assert [line for line in done.stderr.splitlines() if line.startswith("Error: ")] == done.stderr.splitlines()[-1:]
    assert "no model 'clearclaim-abuse' with version or alias 'nobody'" in done.stderr
    assert "Traceback" not in done.stderr
    assert look(week.workshop) == before
