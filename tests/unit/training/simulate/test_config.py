from __future__ import annotations

import numpy as np
import pytest

from training.simulate import SimulationConfig
from training.simulate.scenarios import SCENARIOS


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"orders": 0, "days": 1}, "orders"),
        ({"orders": 50_000_001, "days": 1}, "orders"),
        ({"orders": 1, "days": 0}, "days"),
        ({"orders": 1, "days": 3_651}, "days"),
        ({"orders": 1, "days": 1, "seed": -1}, "seed"),
        ({"orders": 1, "days": 1, "end_ms": 1_782_864_000}, "end_ms"),
        ({"orders": 1, "days": 1, "end_ms": 4_102_444_800_001}, "end_ms"),
        ({"orders": 1, "days": 1, "scenario": "clam"}, "scenario"),
    ],
)
def test_config_out_of_range_names_the_setting_in_one_line(settings, name):
    """A setting out of range is refused before any work, in one line that names it and says what to use."""
    with pytest.raises(ValueError, match=rf"^{name} is (-?\d+|'clam'); use [^\n]+$"):
        SimulationConfig(**settings)


def test_config_default_end_is_midsummer_2026():
    """The period ends at 2026-07-01T00:00Z unless told otherwise, and starts `days` before."""
    config = SimulationConfig(orders=1, days=2)
    assert config.end_ms == 1_782_864_000_000
    assert config.end_ms - config.start_ms == 2 * 24 * 60 * 60 * 1_000


def test_stream_of_a_part_depends_on_seed_and_name_only():
    """A part of the world keeps its random numbers whatever other parts draw."""
    few, many = SimulationConfig(orders=1, days=1), SimulationConfig(orders=9, days=9)
    many.stream("buyers").random(100)
    expected = few.stream("orders").random(3).tolist()
    assert many.stream("orders").random(3).tolist() == expected
    assert few.stream("buyers").random(3).tolist() != expected
    assert SimulationConfig(orders=1, days=1, seed=8).stream("orders").random(3).tolist() != expected


def test_dice_of_a_part_depend_on_seed_and_name_only():
    """Dice fall the same in a marketplace of any size, period and scenario."""
    one, other = SimulationConfig(orders=1, days=1), SimulationConfig(orders=9, days=9, scenario="drift")
    things = np.arange(5)
    expected = one.dice("claims").uniform("luck", things).tolist()
    assert other.dice("claims").uniform("luck", things).tolist() == expected
    assert one.dice("orders").uniform("luck", things).tolist() != expected
    assert SimulationConfig(orders=1, days=1, seed=8).dice("claims").uniform("luck", things).tolist() != expected


def test_scenario_of_a_config_is_the_one_of_its_name():
    """The calm one unless told otherwise; each says in a sentence what befalls the marketplace."""
    assert SimulationConfig(orders=1, days=1).what_befalls == SCENARIOS["calm"]
    for name, scenario in SCENARIOS.items():
        assert SimulationConfig(orders=1, days=1, scenario=name).what_befalls is scenario
        assert len(scenario.meaning) > 20
    assert list(SCENARIOS) == ["calm", "festival", "ring_attack", "bad_batch", "policy_change", "drift"]
