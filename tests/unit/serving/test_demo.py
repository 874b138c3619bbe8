"""What the demo decides by itself."""

import datetime as dt

import pytest

from features.event_file import from_events
from serving.demo.story import quarter_of
from serving.replay import Split
from tests.spec.drawing import draw


@pytest.mark.parametrize(
    ("days", "quarter"),
    [((0, 130), "2024Q1"), ((0, 91), "2024Q1"), ((95, 130), "2024Q2"), ((130,), "2024Q2")],
)
def test_quarter_to_report_is_the_last_whole_one_on_record(days: tuple[float, ...], quarter: str) -> None:
    """Recorded history has its own today; a history that is younger than a quarter shows the one that runs."""
    lines = "\n".join(f"{round(day * 24)}h | claim_filed" for day in days)
    *before, last = draw(f"known_at | kind\n{lines}").events
    assert str(quarter_of(Split(from_events(before), [last]), dt.UTC)) == quarter
