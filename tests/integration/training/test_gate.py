"""The gate by command and on a simulated marketplace: what is harmed is what it names."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from features.plan import default_plan
from serving.bundle import read_bundle, write_bundle
from serving.calibration import Calibration
from serving.policy import default_policy_path, read_policy
from serving.scorer import Scorer
from training.gate.checks import refusals_of_calibration, refusals_of_gain, refusals_of_slices
from training.gate.comparing import compare
from training.gate.config import GateConfig
from training.gate.deciding import decide_duel
from training.gate.period import Model, draw_period
from training.source import events_from

# several commands in one process: MLflow takes seconds to import
IN_A_ROW = """
import json, sys
from click.testing import CliRunner
from training.cli import main
done = [CliRunner().invoke(main, each) for each in json.loads(sys.argv[1])]
print("\\n" + json.dumps([[each.exit_code, each.stdout, each.stderr] for each in done]))
"""
STEPS = {
    "without events": ["promote", "--model", "2"],
    "too large": ["promote", "--model", "2", "--gate", "strict.toml"],
    "nameless force": ["promote", "--model", "2", "--gate", "strict.toml", "--force", "--reason", "a new law"],
    "force": ["promote", "--model", "2", "--gate", "strict.toml", "--force", "--by", "ann", "--reason", "a new law"],
    "champion itself": ["promote", "--model", "champion"],
    "history": ["history", "--json", "history.json"],
    "rollback": ["rollback"],
    "rollback to nobody": ["rollback", "--to", "9"],
    "rollback too far": ["rollback"],
}


@pytest.fixture(scope="module")
def place(week, tmp_path_factory):
    """Another machine at the same MLflow, as it is at the week's end, with a model store of its own."""
    folder = tmp_path_factory.mktemp("gate")
    shutil.copy(week.workshop.folder / "mlflow.db", folder / "mlflow.db")
    (folder / "strict.toml").write_text("leaves = 1\n")
    return folder


@pytest.fixture(scope="module")
def done(place):
    """What each step came to: exit code, what it printed, and what it complained of."""
    told = subprocess.run(
        [sys.executable, "-c", IN_A_ROW, json.dumps(list(STEPS.values()))],
        cwd=place,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "MLFLOW_TRACKING_URI": f"sqlite:///{place / 'mlflow.db'}",
            "BENTOML_HOME": str(place / "bentoml"),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    answers = json.loads(told.stdout.splitlines()[-1])
    return {
        name: SimpleNamespace(code=code, out=out, err=err.splitlines())
        for name, (code, out, err) in zip(STEPS, answers, strict=True)
    }


def test_promote_without_events_says_what_to_give(done):
    """A champion is in force, so there is something to compare with."""
    assert done["without events"].code == 1
    assert any(line.startswith("comparable: ") and "give --events" in line for line in done["without events"].err)
    assert done["without events"].err[-1].startswith("Error: version 2 doesn't become champion, for the 1 reason above")


def test_promote_that_is_refused_names_each_reason_with_its_limit(done):
    """All that apply, each in one line; the last line says how to override."""
    assert done["too large"].code == 1
    assert done["too large"].out == ""
    reasons = [line for line in done["too large"].err if line.startswith(("comparable: ", "size: "))]
    assert len(reasons) == 2
    assert "the budget is 1" in reasons[1]
    assert "--force --by NAME --reason TEXT" in done["too large"].err[-1]


def test_force_needs_a_name(done):
    """Nothing is promoted by nobody."""
    assert done["nameless force"].code == 1
    assert done["nameless force"].err == ["Error: --force needs --by NAME and --reason TEXT: both go on record"]


def test_force_is_on_record_with_name_reason_and_what_the_gate_said(done, place, using_mlflow):
    """In the history, and in MLflow with the version and its run."""
    assert done["force"].code == 0
    assert "in spite of size: " in done["force"].out
    forced = json.loads((place / "history.json").read_text())["history"][-1]
    assert (forced["version"], forced["how"], forced["by"], forced["reason"]) == ("2", "forced", "ann", "a new law")
    assert [each.partition(":")[0] for each in forced["refusals"]] == ["comparable", "size"]
    with using_mlflow(f"sqlite:///{place / 'mlflow.db'}") as mlflow:
        version = mlflow.MlflowClient().get_model_version("clearclaim-abuse", "2")
        run = mlflow.MlflowClient().get_run(version.run_id)
    for tags in (version.tags, run.data.tags):
        assert tags["promoted_by"] == "ann"
        assert tags["promotion_reason"] == "a new law"
        assert "size: " in tags["gate_refusals"]


def test_promoting_the_champion_itself_brings_it_to_this_machine_and_on_no_record(done, place):
    """The store got its bundle once more; the history has what it had."""
    assert done["champion itself"].code == 0
    assert "version 2 " in done["champion itself"].out
    assert [each["version"] for each in json.loads((place / "history.json").read_text())["history"]] == [*"1212"]


def test_history_says_who_was_champion_when(done, place):
    """From the first promotion on, over machines: each time ends where the next begins."""
    told = json.loads((place / "history.json").read_text())
    assert told["champion"] == "2"
    assert [each["how"] for each in told["history"]] == ["promoted", "promoted", "rolled_back", "forced"]
    assert [each["by"] for each in told["history"][1:]] == ["ann", "bert", "ann"]
    ends = [each["until_ms"] for each in told["history"]]
    assert ends == [*(each["at_ms"] for each in told["history"][1:]), None]
    assert told["history"][1]["cost_change"] == "+0.00 CNY per 1,000 claims (+0.00 to +0.00)"
    lines = done["history"].out.splitlines()
    assert lines[0].split() == ["version", "bundle", "from", "until", "how", "by", "why"]
    assert any("the queue grew" in line for line in lines)


def test_rollback_returns_and_then_has_nowhere_to_go(done, place, using_mlflow):
    """From the forced version to the first; before that there was none."""
    assert done["rollback"].code == 0
    assert "version 1 " in done["rollback"].out
    assert done["rollback to nobody"].err == [
        "Error: version 9 never was champion, as far as is on record; promote it instead"
    ]
    assert "no champion before this one is on record" in done["rollback too far"].err[-1]
    with using_mlflow(f"sqlite:///{place / 'mlflow.db'}") as mlflow:
        assert str(mlflow.MlflowClient().get_model_version_by_alias("clearclaim-abuse", "champion").version) == "1"


@pytest.fixture(scope="module")
def champion(week):
    bundle = read_bundle(week.workshop.champion)
    with Scorer(bundle) as scorer:
        yield Model("champion", bundle, scorer)


@pytest.fixture(scope="module")
def period(week, champion):
    """The marketplace's claims after the champion had stopped to learn."""
    return draw_period(events_from(str(week.workshop.events)), default_plan(), [champion])


@pytest.fixture(scope="module")
def refused(period, champion):
    """Hold a challenger with its own way to score against the champion."""

    def run(scorer, config):
        policy = read_policy(default_policy_path())
        duel = decide_duel(period, Model("challenger", champion.bundle, scorer), champion, policy)
        found = compare(duel)
        return [
            *refusals_of_gain(found, config, duel.currency),
            *refusals_of_calibration(duel, found, config, beside_champion=True),
            *refusals_of_slices(found, config, duel.currency),
        ]

    return run


def scoring(champion, change):
    """The champion, but for what is done to its probabilities: told those and the vectors."""
    scorer = champion.scorer
    return SimpleNamespace(
        complete=scorer.complete,
        recovery_probabilities=scorer.recovery_probabilities,
        score_many=lambda vectors: change(scorer.score_many(vectors), vectors),
    )


def test_challenger_that_learned_from_shuffled_labels_is_refused_for_its_gain(refused, champion):
    """All that such a model can learn is how many claims are abusive, which it says of each."""
    share = champion.fact("periods", "calibration", "abusive_share")
    found = refused(scoring(champion, lambda given, _: np.full(len(given), share)), GateConfig())
    assert found[0].check == "gain"
    assert found[0].figure > found[0].limit


def test_challenger_with_shifted_knots_is_refused_for_its_calibration(refused, champion, tmp_path):
    """The trees are the champion's, and what they say is made a third of what it was; money and slices aside."""
    knots = champion.bundle.contents.calibration
    shifted = Calibration(knots.x, tuple(each / 3 for each in knots.y))
    bundle = write_bundle(tmp_path / "shifted", replace(champion.bundle.contents, calibration=shifted, probes=None))
    aside = GateConfig(money_margin=9, slice_money_margin=9, slice_review_margin=1)
    with Scorer(bundle) as scorer:
        found = refused(scorer, aside)
    assert {each.check for each in found} == {"calibration"}


def test_challenger_that_harms_one_band_of_amounts_is_refused_for_that_slice(refused, champion, period):
    """It suspects everybody who asks for a middling amount: the honest of that band, and of no other, are looked at."""
    amount = period.names.index("claim_amount_minor")
    low, high = np.quantile(period.vectors[:, amount], [0.4, 0.6], method="higher")

    def suspect(given, vectors):
        return np.where((vectors[:, amount] >= low) & (vectors[:, amount] < high), 0.6, given)

    found = refused(scoring(champion, suspect), GateConfig())
    bands = [each.says for each in found if each.check == "slice" and each.says.startswith("amount ")]
    assert bands
    assert {each.partition(":")[0] for each in bands} == {f"amount from {low / 100:,.2f}"}
    assert any("more of the honest claims go to a person" in each for each in bands)
