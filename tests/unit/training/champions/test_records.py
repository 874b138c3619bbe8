"""Records of promotions are never overwritten, and come back as they were written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from mlflow.exceptions import MlflowException

from training.champions import records
from training.champions.promotion import Promotion
from training.tracking import TrackingError

MOMENT = datetime(2026, 5, 4, 3, 2, 1, 9, tzinfo=UTC)
PROMOTION = Promotion(
    id=records.new_id(MOMENT),
    at_ms=1_777_863_721_000,
    version="3",
    bundle_version="abc",
    how="forced",
    by="安娜",
    reason='it "was" time',
    refusals=("gain: it loses money", "latency: slow"),
    cost_change="+1.00 CNY",
)
VERSION = SimpleNamespace(version="3", run_id="run-3")


@pytest.fixture
def registry(monkeypatch):
    """MLflow's registry as far as records need it: tags that are set one by one."""
    held = SimpleNamespace(tags={}, aliases={}, version_tags={}, run_tags={}, there=True)

    class Client:
        def get_registered_model(self, _name):
            if not held.there:
                raise MlflowException("not found")
            return held

        def set_registered_model_tag(self, _name, key, value):
            held.tags[key] = value

        def set_model_version_tag(self, _name, number, key, value):
            held.version_tags[number, key] = value

        def set_tag(self, run_id, key, value):
            held.run_tags[run_id, key] = value

    monkeypatch.setattr(records.mlflow, "MlflowClient", Client)
    return held


def test_record_comes_back_as_it_was_written(registry):
    """Names in any script, quotes and all refusals."""
    registry.tags["team"] = "somebody else's tag"
    records.write_promotion(PROMOTION, VERSION)
    assert records.read_promotions() == [PROMOTION]


def test_record_is_with_the_version_and_its_run_too(registry):
    """Whoever looks at either in MLflow sees who forced it, why, and against what."""
    records.write_promotion(PROMOTION, VERSION)
    for tags, of in ((registry.version_tags, "3"), (registry.run_tags, "run-3")):
        assert tags[of, "promotion"] == "forced"
        assert tags[of, "promoted_by"] == "安娜"
        assert tags[of, "promotion_reason"] == 'it "was" time'
        assert tags[of, "gate_refusals"] == "gain: it loses money\nlatency: slow"


@pytest.mark.usefixtures("registry")
def test_records_of_one_moment_are_all_kept():
    """Two machines that promote in the same microsecond write two tags, neither over the other."""
    for number in range(50):
        records.write_promotion(replace(PROMOTION, id=records.new_id(MOMENT), by=f"user-{number}"), VERSION)
    assert {each.by for each in records.read_promotions()} == {f"user-{number}" for number in range(50)}


@pytest.mark.usefixtures("registry")
def test_records_come_in_order_of_time():
    """Whatever order the registry gives them in."""
    moments = [1_777_863_721_000 + step for step in (5, 1, 3)]
    for at_ms in moments:
        records.write_promotion(replace(PROMOTION, id=records.new_id(MOMENT), at_ms=at_ms), VERSION)
    assert [each.at_ms for each in records.read_promotions()] == sorted(moments)


def test_record_of_a_newer_release_can_be_read(registry):
    """What it adds is left out; nothing else is lost."""
    records.write_promotion(PROMOTION, VERSION)
    (key,) = registry.tags
    registry.tags[key] = registry.tags[key].replace('{"id"', '{"colour": "red", "id"')
    assert records.read_promotions() == [PROMOTION]


@pytest.mark.parametrize("value", ["", "[]", "{}", "3"])
def test_record_that_was_changed_by_hand_is_named(registry, value):
    """The line says which tag it is."""
    registry.tags["champion.20260504"] = value
    with pytest.raises(TrackingError, match=r"the tag champion\.20260504 of the registered model"):
        records.read_promotions()


def test_champion_is_who_has_the_alias(registry):
    """And nobody where no version has it."""
    assert records.champion_version() is None
    registry.aliases["champion"] = 7
    assert records.champion_version() == "7"


def test_registry_without_the_model_says_what_to_run(registry):
    """Nothing was trained there yet."""
    registry.there = False
    for ask in (records.champion_version, records.read_promotions):
        with pytest.raises(TrackingError, match="run 'clearclaim-train train' first"):
            ask()
