"""How satisfied buyers are."""

import numpy as np

from features.event_file import from_events
from serving.insight.feedback.satisfaction import rated, satisfaction
from serving.insight.record import record_of
from tests.spec.drawing import BASE_MS, draw

DAY_MS = 86_400_000
DRAWN = """
    known_at | kind           | buyer | claim | rating | feedback_step
    0d       | claim_filed    | ann   | c1    | -      | -
    1d       | feedback_given | ann   | c1    | 5      | -
    1d       | feedback_given | ann   | c1    | 2      | return
    2d       | feedback_given | ann   | c1    | 3      | answer
    8d       | feedback_given | ann   | c1    | 1      | -
    9d       | feedback_given | ann   | c1    | 4      | return
"""


def test_ratings_of_steps_stand_beside_those_of_the_whole() -> None:
    """The share is of those about the whole; each step has its own; what was given outside the period plays no part."""
    record = record_of(from_events(list(draw(DRAWN).events)), BASE_MS, BASE_MS + 10 * DAY_MS)
    found = satisfaction(record.ratings, BASE_MS, BASE_MS + 8 * DAY_MS)
    assert (found.given, found.whole.count, found.whole.share) == (3, 1, 1.0)
    assert {step: each.mean for step, each in found.by_step.items()} == {"answer": 3.0, "return": 2.0}
    assert record.claims["rating"].to_pylist() == [1]  # the last of the whole, though a step was rated later


def test_no_ratings_say_nothing() -> None:
    """Nobody rated, so nothing is told, and nothing fails."""
    found = satisfaction(record_of(from_events([]), 0, BASE_MS).ratings, 0, BASE_MS)
    assert (found.given, found.whole, found.by_step) == (0, rated(np.zeros(0, dtype=np.int64)), {})
    assert found.whole.share is None
