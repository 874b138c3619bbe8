"""Labels from what people found, and from silence."""

import numpy as np
import pytest

from features.event_table import MISSING
from features.events import EventKind
from training.labels import draw_ledger

FILED = "0 filed ann 100 c1\n"


def labels_of(events, rows, known_by_ms, maturity_days):
    ledger = draw_ledger(events, rows, known_by_ms)
    return ledger.labels if maturity_days is None else ledger.with_silence(np.full(len(rows), float(maturity_days)))


def label_of_one(draw, at, drawing, known_by, maturity_days=45):
    events = draw(FILED + drawing)
    labels = labels_of(events, events.rows_of(EventKind.CLAIM_FILED), at(known_by), maturity_days)
    return labels.abusive.tolist()[0], labels.known_at_ms.tolist()[0]


@pytest.mark.parametrize(
    ("drawing", "known_by", "abusive", "known_at"),
    [
        ("", 44.99, -1, None),
        ("", 45, 0, 45),
        ("", 400, 0, 45),
        ("5 adjudicated ann abusive c1", 10, 1, 5),
        ("5 adjudicated ann legitimate c1", 10, 0, 5),
        ("5 adjudicated ann abusive c1", 5, -1, None),
        ("5 adjudicated ann abusive c1", 5.01, 1, 5),
        ("60 adjudicated ann abusive c1", 50, 0, 45),
        ("60 adjudicated ann abusive c1", 70, 1, 60),
        ("5 adjudicated ann abusive c1\n9 adjudicated ann legitimate c1", 10, 0, 9),
        ("9 adjudicated ann legitimate c1\n5 adjudicated ann abusive c1", 10, 0, 9),
        ("5 adjudicated ann abusive c1\n9 adjudicated ann legitimate c1", 8, 1, 5),
        ("5 adjudicated ann abusive c1\n5 adjudicated ann legitimate c1", 8, 0, 5),
        ("5 adjudicated ann undetermined c1", 400, -1, None),
        ("50 adjudicated ann undetermined c1", 48, 0, 45),
        ("5 adjudicated ann abusive c1\n9 adjudicated ann undetermined c1", 400, 1, 5),
        ("5 adjudicated bob abusive c0", 10, -1, None),
        ("5 adjudicated bob abusive c2", 400, 0, 45),
    ],
)
def test_verdict_label_of_one_claim_follows_its_verdicts(draw, at, *, drawing, known_by, abusive, known_at):
    """The latest finding known before the moment counts; lasting silence counts as clean; undetermined as neither."""
    assert label_of_one(draw, at, drawing, known_by) == (abusive, MISSING if known_at is None else at(known_at))


@pytest.mark.parametrize(
    ("drawing", "abusive", "known_at"),
    [("", -1, None), ("5 adjudicated ann abusive c1", 1, 5), ("5 adjudicated ann legitimate c1", 0, 5)],
)
def test_verdict_label_without_maturity_takes_silence_for_nothing(draw, at, *, drawing, abusive, known_at):
    """A claim that nobody ruled on stays unknown however old it is, unless silence is told to count."""
    expected = (abusive, MISSING if known_at is None else at(known_at))
    assert label_of_one(draw, at, drawing, 4_000, maturity_days=None) == expected


def test_verdict_labels_of_several_claims_come_in_the_order_asked_for(draw, at):
    """Each claim has its own verdict and its own age."""
    events = draw("""
        0 filed ann 100 c1
        1 filed bob 100 c2
        2 filed eve 100 c3
        3 adjudicated eve abusive c3
        4 adjudicated ann abusive c1
    """)
    labels = labels_of(events, events.rows_of(EventKind.CLAIM_FILED)[::-1], at(20), 10)
    assert labels.abusive.tolist() == [1, 0, 1]
    assert labels.known_at_ms.tolist() == [at(3), at(11), at(4)]
    assert labels.kind == "verdict_or_silence"
    assert labels.abusive.dtype == "int8"


def test_verdict_labels_of_rows_that_are_no_claims_are_refused(draw, at):
    """A verdict about a claim is found from the claim's own row."""
    events = draw(FILED + "5 adjudicated ann abusive c1")
    with pytest.raises(ValueError, match="row 1 is no claim_filed event"):
        draw_ledger(events, events.rows_of(EventKind.CLAIM_ADJUDICATED), at(10))


def test_verdict_labels_of_no_claims_are_none(draw, at):
    """Nothing asked, nothing answered."""
    events = draw(FILED)
    ledger = draw_ledger(events, events.rows_of(EventKind.CLAIM_ADJUDICATED), at(10))
    assert ledger.labels.abusive.tolist() == []
    assert ledger.weights(ledger.weighable).values.tolist() == []
