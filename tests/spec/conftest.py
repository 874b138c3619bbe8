"""Each spec runs on every engine: it draws a history, and `answer` says what an engine makes of its claims."""

from collections.abc import Callable

import numpy as np
import pytest

from features.plan import Plan, default_plan
from tests.spec.drawing import Drawing
from tests.spec.engines import ENGINES

Answer = Callable[..., list[dict[str, float | None]]]


@pytest.fixture(params=list(ENGINES), scope="session")
def answer(request: pytest.FixtureRequest) -> Answer:
    """For each claim of a drawing, the values of the columns that the drawing expects something of; None is missing."""
    engine = ENGINES[request.param]

    def ask(drawing: Drawing, plan: Plan | None = None) -> list[dict[str, float | None]]:
        plan = plan or default_plan()
        vectors = engine(plan, drawing.events).vectors
        named = [dict(zip(plan.names, vector.tolist(), strict=True)) for vector in vectors]
        return [
            {name: None if np.isnan(values[name]) else values[name] for name in expected}
            for values, expected in zip(named, drawing.expected, strict=True)
        ]

    return ask
