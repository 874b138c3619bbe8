"""Labels from what people found, and from silence."""

import numpy as np
import pytest

from features.event_table import MISSING
from features.events import EventKind
from tests.unit.training.labels.worlds import bench, look
from training.labels import draw_ledger
from training.labels.adjudications import Adjudications
from training.labels.reliability import estimate_reliability
from training.labels.verdicts import verdict_labels

FILED = "0 filed ann 100 c1\n"
APPEALED = "9 adjudicated ann legitimate c1 verdict_source=appeal\n"


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


@pytest.mark.parametrize(
    ("second", "label", "known_at"),
    [
        ("9 adjudicated ann legitimate c1 verdict_source=appeal", 0, 9),
        ("9 adjudicated ann abusive c1 verdict_source=appeal", 1, 9),
        ("9 adjudicated ann undetermined c1 verdict_source=appeal", 1, 5),
        ("9 adjudicated ann legitimate c1 verdict_source=inspection", 1, 9),
        ("3 adjudicated ann legitimate c1 verdict_source=appeal", 0, 5),
        (APPEALED + "12 adjudicated ann abusive c1 verdict_source=platform", 1, 12),
        (APPEALED + "12 adjudicated ann undetermined c1 verdict_source=platform", 0, 9),
        (APPEALED + "12 adjudicated ann abusive c1 reviewer_id=eve", 0, 12),
    ],
)
def test_verdict_label_of_a_claim_ruled_on_twice_follows_the_more_reliable(draw, at, second, label, known_at):
    """What an appeal or the platform overturns is void; between others, reliability and the usual share decide."""
    first = "5 adjudicated ann abusive c1 reviewer_id=rita\n"
    assert label_of_one(draw, at, first + second, 20, None) == (label, at(known_at))


def test_overturned_verdicts_do_not_outvote_the_ruling_that_set_them_right():
    """Two confident accusations and the appeal that heard both: the appeal stands, however sure the two were."""
    rulings = Adjudications(
        2,
        *(np.array(column) for column in ([0, 0, 0, 1, 1, 1], [0, 0, 2, 0, 0, 1], [0, 1, -1, 0, 1, -1])),
        np.array([1, 1, 0, 1, 1, 0]),
        np.array([1, 2, 3, 1, 2, 3]),
        ("rita", "tom"),
    )
    labels = verdict_labels(rulings, estimate_reliability(rulings))
    assert labels.abusive.tolist() == [0, 1]
    assert labels.probability[0] < 0.05
    assert labels.probability[1] > 0.9
    assert labels.known_at_ms.tolist() == [3, 3]


def test_probability_of_a_claim_tells_how_sure_its_label_is(draw, at):
    """One accusation is less sure than two, and surer than one that is contradicted; of silence nothing is told."""
    events = draw("""
        0 filed ann 100 c1
        0 filed ann 100 c2
        0 filed ann 100 c3
        0 filed ann 100 c4
        2 adjudicated ann abusive c1 reviewer_id=rita
        2 adjudicated ann abusive c2 reviewer_id=rita
        3 adjudicated ann abusive c2 reviewer_id=tom
        2 adjudicated ann abusive c3 reviewer_id=rita
        3 adjudicated ann legitimate c3 reviewer_id=tom
    """)
    one, two, contradicted, none = labels_of(
        events, events.rows_of(EventKind.CLAIM_FILED), at(9), None
    ).probability.tolist()
    assert contradicted < one < two < 1
    assert np.isnan(none)


def test_labels_of_more_rulings_are_more_often_right():
    """What reliability decides is nearer to the truth than what was found last."""
    random = np.random.default_rng(11)
    world = bench(random, claims=40_000)
    for source, share, rates in ((0, 0.6, (0.85, 0.97)), (4, 0.5, (0.92, 0.98)), (1, 0.6, (0.6, 0.9))):
        claim = np.flatnonzero(random.random(40_000) < share)
        world.rule(claim, source, look(random, world.truth[claim], *rates))
    rulings = world.rulings()
    labels = verdict_labels(rulings, estimate_reliability(rulings))
    disputed = np.bincount(rulings.claim, minlength=40_000) > 1
    last = np.zeros(40_000)
    last[rulings.claim] = rulings.verdict
    wrong = (labels.abusive != world.truth)[disputed].mean()
    assert wrong < 0.5 * (last != world.truth)[disputed].mean()
