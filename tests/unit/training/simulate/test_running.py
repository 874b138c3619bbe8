from __future__ import annotations

import json

import pytest

from features.plan import default_plan
from serving.bundle import write_bundle
from serving.policy import PolicyError, default_policy_path
from tests.unit.serving.small_champion import champion_contents
from training.simulate import SimulationConfig
from training.simulate.closed_loop import LoopConfig
from training.simulate.running import OUTCOMES_FILE, run_simulation

SMALL = SimulationConfig(orders=600, days=30)


@pytest.mark.parametrize("given", [{"policy": default_policy_path()}, {"model": "champion"}])
def test_policy_without_model_or_the_reverse_is_refused_in_one_line(tmp_path, given):
    """Half of what decides is refused before anything is written."""
    with pytest.raises(ValueError, match=r"^a policy and a model go together: [^\n]+$"):
        run_simulation(SMALL, tmp_path / "out", **given)
    assert not (tmp_path / "out").exists()


def test_first_day_after_the_end_is_refused_before_anything_is_written(tmp_path):
    """Nothing would be left to count."""
    with pytest.raises(ValueError, match=r"^from_day is 30, and the period has 30 days; [^\n]+$"):
        run_simulation(SMALL, tmp_path / "out", loop=LoopConfig(from_day=30))
    assert not (tmp_path / "out").exists()


def test_missing_policy_is_refused_before_anything_is_written(tmp_path):
    """A policy file that isn't there is named."""
    with pytest.raises(PolicyError, match=r"nowhere\.toml"):
        run_simulation(SMALL, tmp_path / "out", policy=tmp_path / "nowhere.toml", model="champion")
    assert not (tmp_path / "out").exists()


def test_run_writes_what_its_answers_were_worth(tmp_path):
    """outcomes.json says the figures that are returned, of every day, and lies beside the events."""
    ran = run_simulation(SMALL, tmp_path)
    assert json.loads((tmp_path / OUTCOMES_FILE).read_text()) == pytest.approx(ran.outcomes.as_dict(), nan_ok=True)
    assert ran.outcomes.days == 30
    assert ran.outcomes.claims == ran.written.claims > 20
    assert ran.outcomes.automatic + ran.outcomes.advanced + ran.outcomes.reviewed == ran.outcomes.claims
    assert ran.written.events_path == tmp_path / "events.parquet"


def test_outcomes_count_from_the_first_day_of_the_policy_under_the_old_rule_too(tmp_path):
    """So that a policy and the old rule are compared over the same days."""
    ran = run_simulation(SMALL, tmp_path, loop=LoopConfig(from_day=20))
    assert ran.outcomes.days == 10
    assert ran.outcomes.claims < ran.written.claims


def test_run_with_a_policy_and_a_bundle_is_driven_by_them(tmp_path):
    """From the first day on claims are answered otherwise than the old rule would."""
    bundle = write_bundle(tmp_path / "bundle", champion_contents(default_plan()))
    ran = run_simulation(SMALL, tmp_path / "new", policy=default_policy_path(), model=str(bundle.path))
    old = run_simulation(SMALL, tmp_path / "old")
    assert (ran.outcomes.automatic, ran.outcomes.reviewed) != (old.outcomes.automatic, old.outcomes.reviewed)
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"events.parquet", OUTCOMES_FILE, "truth"}
