"""The gate on real bundles: what was done to each is what it is refused for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import lightgbm
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from features.parity import Parity
from serving.bundle import BundleError, read_bundle, write_bundle
from serving.calibration import Calibration
from training.cli import main
from training.gate import running
from training.gate.duel import GateError
from training.gate.running import Evidence, judge_promotion, lines_of


@pytest.fixture(scope="module")
def place(shop, table_of, trained, tmp_path_factory) -> Path:
    """A folder with the shop's events, its model, and the ids of its merchants, who all agreed to be charged."""
    folder = tmp_path_factory.mktemp("gate")
    pq.write_table(table_of(shop), folder / "events.parquet")
    (folder / "consents.txt").write_text("".join(f"shop-{number}\n" for number in range(5)))
    write_bundle(folder / "model", trained.bundle)
    return folder


@pytest.fixture(scope="module")
def champion(place):
    return read_bundle(place / "model")


@pytest.fixture
def judge(place, champion, plan, tmp_path):
    """Run the gate on a changed copy of the champion against the champion."""

    def run(limits="", *, alone=False, events="events.parquet", fetch=None, **changed):
        contents = replace(champion.contents, probes=None, **changed)
        challenger = write_bundle(tmp_path / "challenger", contents)
        (tmp_path / "gate.toml").write_text(limits)
        evidence = Evidence(
            events=None if events is None else str(place / events),
            consents=place / "consents.txt",
            gate=tmp_path / "gate.toml",
        )
        fetch = None if alone else fetch or (lambda: champion)
        return judge_promotion(challenger, fetch, plan, evidence, lambda *_: None)

    return run


def checks(judged):
    return [each.check for each in judged.refusals]


def test_gate_lets_the_same_model_pass(judge):
    """Another card makes another version, which is as good: not inferior, and nothing else speaks against it."""
    judged = judge("calibration_limit = 0.3", card="# Another card\n")
    assert judged.refusals == ()
    assert judged.comparison.other_action_share == 0
    assert judged.cost_change == "+0.00 CNY per 1,000 claims (+0.00 to +0.00)"
    assert any(line.startswith("scoring a claim takes") for line in lines_of(judged))
    assert next(lines_of(judged)).startswith("challenger ")


def test_gate_refuses_a_model_of_one_tree_for_its_gain(judge, champion):
    """It knows nothing of a claim, gives all the same probability, and costs more."""
    one_tree = lightgbm.Booster(model_str=champion.contents.model_text).model_to_string(num_iteration=1)
    flat = Calibration(x=(-9.0, 9.0), y=(0.33, 0.33))
    judged = judge("calibration_limit = 0.3\ncalibration_margin = 1", model_text=one_tree, calibration=flat)
    assert set(checks(judged)) <= {"gain", "slice"}
    assert checks(judged)[0] == "gain"


def test_gate_refuses_shifted_knots_for_calibration(judge, champion):
    """The same trees, the same ranking; what they say is a third of it."""
    calibration = champion.contents.calibration
    lowered = Calibration(calibration.x, tuple(each / 3 for each in calibration.y))
    judged = judge("money_margin = 9\nslice_money_margin = 9\nslice_review_margin = 1", calibration=lowered)
    assert set(checks(judged)) == {"calibration"}
    assert judged.comparison.figures["auc"].difference.value == 0


def test_gate_refuses_what_takes_too_long_or_too_much(judge):
    """Each budget of the file is held against what was measured here."""
    judged = judge("calibration_limit = 0.3\nscore_ms = 0\nexplain_ms = 0\nleaves = 1", card="# Another\n")
    assert checks(judged) == ["latency", "latency", "size"]


def test_gate_refuses_where_the_store_is_not_at_parity(judge, monkeypatch):
    """Parity counts with or without a champion."""
    monkeypatch.setattr(running, "parity_of", lambda *_: Parity(5, 50, {"buyer_orders_1d": 2}, ()))
    assert checks(judge("calibration_limit = 0.3", card="# Another\n")) == ["parity"]


def test_gate_of_a_first_champion_asks_what_it_can(judge, champion):
    """Calibration and budgets, without any comparison; without events, budgets alone, and it says so."""
    lowered = Calibration(champion.contents.calibration.x, tuple(y / 3 for y in champion.contents.calibration.y))
    with_events = judge("leaves = 1", alone=True, calibration=lowered)
    assert checks(with_events) == ["calibration", "size"]
    assert with_events.cost_change == ""
    assert next(lines_of(with_events)).startswith("there is no champion yet")


def test_gate_of_a_first_champion_without_events_says_what_it_did_not_look_at(judge):
    """The first promotion stays one command, and hides nothing."""
    judged = judge(alone=True, events=None)
    assert judged.refusals == ()
    assert judged.notes == ("calibration and parity weren't looked at: no --events were given",)


def test_gate_without_events_refuses_to_replace_a_champion(judge):
    """What is missing is said, with the option that gives it."""
    judged = judge(events=None)
    assert checks(judged) == ["comparable"]
    assert "give --events" in judged.refusals[0].says


def test_gate_refuses_where_the_champion_cannot_be_read(judge):
    """It is a reason like any other, which a person may override: else a broken champion would stay for ever."""

    def broken():
        raise BundleError("champion: card.md: differs from its SHA-256")

    (refusal,) = judge(fetch=broken).refusals
    assert str(refusal) == "comparable: champion: card.md: differs from its SHA-256"


def test_gate_refuses_where_nothing_came_after_what_the_models_learned(judge, champion):
    """A model that learned until the end can't be held to anything yet."""
    training = {**champion.contents.training, "periods": {"calibration": {"to_ms": 1_800_000_000_000}}}
    (refusal,) = judge(training=training).refusals
    assert refusal.check == "comparable"
    assert "give later events" in refusal.says


def test_gate_file_with_an_unknown_key_stops_the_gate(judge):
    """A mistyped limit is no reason against a model but a mistake to mend."""
    with pytest.raises(GateError, match="key money_margn: unknown"):
        judge("money_margn = 1")


def compare(place, *more):
    arguments = ("--events", place / "events.parquet", "--challenger", place / "model", "--champion", place / "model")
    return CliRunner().invoke(main, ["compare", *map(str, (*arguments, *more))])


def test_compare_prints_a_table_and_writes_the_same_as_json(place):
    """Each figure of both models with the difference and its interval."""
    done = compare(place, "--json", place / "out" / "figures.json")
    assert done.exit_code == 0, done.output
    told = json.loads((place / "out" / "figures.json").read_text())
    assert told["challenger"] == told["champion"]
    assert told["figures"]["auc"]["difference"] == [0.0, 0.0, 0.0]
    row = next(line.split() for line in done.stdout.splitlines() if line.startswith("AUC"))
    assert row[1:] == [f"{told['figures']['auc']['champion'][0]:.4f}"] * 2 + ["+0.0000", "+0.0000", "to", "+0.0000"]
    few = [each for each in told["slices"] if not each["figures"]]
    assert all(each["labels"] < 100 for each in few)
    for each in few:
        assert f"{each['slicing']} {each['value']}" in done.stdout
    assert f"{told['claims']:,} claims, {told['labels']:,} with a label (verdict)" in done.stdout


def test_compare_on_days_that_a_model_learned_from_is_refused(place, trained):
    """In one line, with the day until which it did."""
    learned = datetime.fromtimestamp(int(trained.latest.dataset.calibration.as_of_ms[-1]) / 1_000, UTC).date()
    done = compare(place, "--from", "2023-12-01")
    assert done.exit_code == 1
    assert f"learned from claims until {learned}; give a later day" in done.stderr.splitlines()[-1]
