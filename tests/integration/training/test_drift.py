"""In a simulated marketplace, drift is found where there is some, and not where there is none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.event_file import read_events
from features.plan import default_plan
from serving.bundle import write_bundle
from training.drift.comparing import compare
from training.drift.judging import Advice, Judgement, judge
from training.drift.later import Asked, later_from_events
from training.drift.reference import reference_of
from training.model.gradient_boosting import BoostingConfig
from training.train import TrainingConfig, train

LEARNED, LOOKED_AT = 0.45, 0.75  # of the period: a model of the first part is held against the last


@dataclass(frozen=True)
class Looked:
    """What was found, and how many claims it was found on."""

    judgement: Judgement
    claims: int

    def finding(self, topic: str):
        return next(found for found in self.judgement.findings if found.topic == topic)


def put_to_the_test(events_file: Path, folder: Path) -> Looked:
    """Train on the first part of a world, and look at its last."""
    events, plan = read_events(events_file).sort_by("known_at_ms"), default_plan()
    first, last = events["known_at_ms"][0].as_py(), events["known_at_ms"][-1].as_py()
    learned_ms, looked_ms = (round(first + (last - first) * share) for share in (LEARNED, LOOKED_AT))
    past = events.filter(pc.less(events["known_at_ms"], pa.scalar(learned_ms)))
    trained = train(past, plan, TrainingConfig(boosting=BoostingConfig(rounds=80)))
    bundle = write_bundle(folder / "bundle", trained.bundle)
    reference = reference_of(bundle)
    later = later_from_events(str(events_file), plan, bundle, reference.to_ms, Asked(looked_ms))
    return Looked(judge(compare(bundle, reference, later, plan)), len(later))


def test_calm_world_is_not_found_to_drift(week, tmp_path):
    """Festivals, late parcels and merchants in decline are all there; the model still holds."""
    looked = put_to_the_test(week.workshop.events, tmp_path)
    assert looked.claims > 1_000
    assert looked.judgement.advice is Advice.NONE, looked.judgement.reasons


@pytest.mark.slow
def test_drifting_world_is_found_and_calls_for_a_retraining(week, tmp_path):
    """Abuse changes its sorts and its frequency: the probabilities no longer hold, and the reason says by how much."""
    out = tmp_path / "drift"
    week.workshop.do("simulate", "--orders", "30000", "--days", "400", "--scenario", "drift", "--out", out)
    looked = put_to_the_test(out / "events.parquet", tmp_path)
    assert looked.judgement.advice is Advice.RETRAIN
    assert looked.finding("calibration").advice is Advice.RETRAIN
    assert "given" in looked.judgement.reasons[0]


def test_drift_of_the_champion_on_what_it_learned_from_has_nothing_later_to_look_at(week, tmp_path):
    """The registered model remembers its training's time; since then nothing was filed."""
    out = tmp_path / "drift.json"
    done = week.workshop.run("drift", "--events", week.workshop.events, "--json", out)
    assert done.returncode == 3, done.stderr
    assert "no claim was filed in the period" in done.stdout
    assert json.loads(out.read_text())["later"]["claims"] == 0


def test_retraining_on_what_the_champion_learned_from_changes_nothing(week, look):
    """No run, no version, no promotion."""
    before = look(week.workshop)
    printed = week.workshop.do("retrain", "--events", week.workshop.events, "--promote")
    assert "nothing changed" in printed
    assert look(week.workshop) == before
