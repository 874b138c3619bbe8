"""No label knows what came after it was drawn, and no proxy label what features know."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.event_table import MISSING, EventTable
from features.events import EventKind
from training.labels import draw_ledger, high_refund_labels

pytestmark = pytest.mark.slow


def silent_labels(events, rows, known_by_ms):
    return draw_ledger(events, rows, known_by_ms, 3).with_silence(np.full(len(rows), 3.0))


HISTORY = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.sampled_from(["paid", "filed", "decided", "adjudicated"]),
        st.sampled_from("ab"),
        st.integers(1, 9),
        st.integers(0, 3),
        st.sampled_from(["legitimate", "abusive", "undetermined"]),
    ),
    max_size=16,
)
KNOWN_BY = st.integers(1, 14)


def drawing_of(history) -> str:
    """Claims get their own ids; decisions and verdicts are about one of the first few rows."""
    lines = []
    for number, (day, kind, who, amount, about, verdict) in enumerate(history):
        claim = number if kind == "filed" else about
        lines.append(f"{day} {kind} {who} {verdict if kind == 'adjudicated' else amount} c{claim}")
    return "\n".join(lines)


def labels_by_claim(make_labels, events: EventTable, known_by_ms: int) -> dict[str, tuple[int, int]]:
    rows = events.rows_of(EventKind.CLAIM_FILED)
    rows = rows[events["known_at_ms"][rows] < known_by_ms]
    labels = make_labels(events, rows, known_by_ms)
    names = [events.ids["claim_id"][code].as_py() for code in events["claim_id"][rows].tolist()]
    return dict(zip(names, zip(labels.abusive.tolist(), labels.known_at_ms.tolist(), strict=True), strict=True))


@pytest.mark.parametrize(
    "make_labels",
    [
        silent_labels,
        lambda events, rows, by: high_refund_labels(events, rows, by, horizon_days=3, multiple=2.0),
    ],
    ids=["verdict", "proxy"],
)
@settings(deadline=None)  # a busy machine is no failure
@given(history=HISTORY, late=HISTORY, known_by=KNOWN_BY)
def test_labels_of_any_history_are_the_same_whatever_comes_later(draw, at, *, make_labels, history, late, known_by):
    """Events known at or after the moment of drawing can be cut off, or be any others, and no label changes."""
    early = [event for event in history if event[0] < known_by]
    others = [(known_by + day, *rest) for day, *rest in late]
    expected = labels_by_claim(make_labels, draw(drawing_of(early)), at(known_by))
    assert labels_by_claim(make_labels, draw(drawing_of(early + others)), at(known_by)) == expected


@settings(deadline=None)  # a busy machine is no failure
@given(history=HISTORY, names=st.permutations("ab"), known_by=KNOWN_BY, as_of=st.integers(0, 12))
def test_proxy_labels_ignore_whose_events_came_before_the_claim(draw, at, *, history, names, known_by, as_of):
    """Giving events up to a claim's moment to other buyers leaves the average, and so each label from then on."""
    swapped = [
        (day, kind, names["ab".index(who)] if day <= as_of and kind != "filed" else who, *rest)
        for day, kind, who, *rest in history
    ]

    def labels(lines):
        events = draw(drawing_of(lines))
        rows = events.rows_of(EventKind.CLAIM_FILED)
        rows = rows[events["known_at_ms"][rows] >= at(as_of)]
        return high_refund_labels(events, rows, at(known_by), horizon_days=3).abusive.tolist()

    assert labels(swapped) == labels(history)


@settings(deadline=None)  # a busy machine is no failure
@given(history=HISTORY, known_by=KNOWN_BY)
def test_known_labels_became_known_before_they_were_drawn_or_just_then(draw, at, history, known_by):
    """A label's own moment is never later than the moment of drawing."""
    events = draw(drawing_of(history))
    rows = events.rows_of(EventKind.CLAIM_FILED)
    for labels in (
        silent_labels(events, rows, at(known_by)),
        high_refund_labels(events, rows, at(known_by), horizon_days=3),
    ):
        assert (labels.known_at_ms[labels.is_known] <= at(known_by)).all()
        assert (labels.known_at_ms[~labels.is_known] == MISSING).all()
