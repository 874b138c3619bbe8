"""How long a claim takes, by a clock that the test turns."""

from __future__ import annotations

import pytest

from features.plan import Plan
from serving.bundle import write_bundle
from serving.scorer import Scorer
from tests.unit.serving.small_champion import champion_contents
from training.gate.speed import measure_speed


class Turned:
    """A clock that goes on by so much at each look; on its third call in a hundred, somebody else had the machine."""

    def __init__(self, step_ns: int) -> None:
        self._now, self._looks, self._step = 0, 0, step_ns

    def __call__(self) -> int:
        self._looks += 1
        self._now += self._step * (1_000 if self._looks % 100 == 6 else 1)
        return self._now


@pytest.mark.parametrize("recovers", [False, True])
def test_speed_is_the_median_of_many_calls_and_size_that_of_all_models(tmp_path, plan: Plan, recovers):
    """A call now and then that takes a thousand times as long changes nothing; the second model counts, too."""
    contents = champion_contents(plan, recovers=recovers)
    bundle = write_bundle(tmp_path / "bundle", contents)
    with Scorer(bundle) as scorer:
        speed = measure_speed(bundle, scorer, Turned(250_000))
    assert speed.score_ms == 0.25
    assert speed.explain_ms == 0.25
    texts = [contents.model_text] + ([contents.recovery.model_text] if recovers else [])
    assert speed.trees == sum(text.count("\nTree=") for text in texts)
    assert speed.trees < speed.leaves <= 7 * speed.trees
