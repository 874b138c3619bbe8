"""What was ruled before a moment, and what of it counts as a vote."""

import pyarrow as pa
import pytest

from features.event_file import from_events
from features.event_table import code_of, from_arrow
from features.events import EventKind
from tests.unit.training.labels.conftest import event
from training.labels.adjudications import adjudications

CASE = """
0 filed ann 100 c1
1 filed bob 100 c2
2 adjudicated ann abusive c1 reviewer_id=rita
3 adjudicated ann legitimate c1 reviewer_id=tom
4 adjudicated bob undetermined c2 verdict_source=inspection reviewer_id=depot
5 adjudicated ann legitimate c1 reviewer_id=rita
6 adjudicated ann abusive c1 verdict_source=appeal
"""


def rulings_of(events, known_by_ms):
    return adjudications(events, events.rows_of(EventKind.CLAIM_FILED), known_by_ms)


def told(rulings):
    names = (*rulings.reviewer_ids, "-")
    return [
        (claim, names[reviewer], verdict)
        for claim, reviewer, verdict in zip(
            rulings.claim.tolist(), rulings.reviewer.tolist(), rulings.verdict.tolist(), strict=True
        )
    ]


def test_adjudications_name_claim_reviewer_and_verdict_in_order_of_time(draw, at):
    """Each ruling is there, with who gave it."""
    rulings = rulings_of(draw(CASE), at(9))
    assert told(rulings) == [(0, "rita", 1), (0, "tom", 0), (0, "rita", 0), (0, "-", 1), (1, "depot", 2)]
    assert rulings.reviewer_ids == ("depot", "rita", "tom")


@pytest.mark.parametrize(("known_by", "count"), [(2, 0), (2.01, 1), (4.5, 3), (9, 5)])
def test_adjudications_known_at_the_moment_or_later_play_no_part(draw, at, known_by, count):
    """The moment itself is outside."""
    assert len(rulings_of(draw(CASE), at(known_by))) == count


def test_adjudications_of_claims_not_asked_for_are_left_out(draw, at):
    """Positions are among the claims asked for."""
    events = draw(CASE)
    rows = events.rows_of(EventKind.CLAIM_FILED)
    assert told(adjudications(events, rows[1:], at(9))) == [(0, "depot", 2)]
    assert told(adjudications(events, rows[:0], at(9))) == []


def test_adjudications_of_a_claim_that_was_not_known_yet_play_no_part(draw, at):
    """A ruling that came before its claim tells of a claim that nobody had."""
    events = draw("1 adjudicated ann abusive c1\n5 filed ann 100 c1")
    assert len(rulings_of(events, at(5))) == 0
    assert len(rulings_of(events, at(5.01))) == 1


@pytest.mark.parametrize("turn", [1, 2, 3, 6])
def test_adjudications_in_another_order_of_rows_are_the_same(at, turn):
    """Neither codes nor order hang on how a file is laid out."""
    lines = CASE.strip().splitlines()
    events = [event(number, line) for number, line in enumerate(lines)]
    expected = rulings_of(from_arrow(from_events(events)), at(9))
    turned = from_arrow(from_events([*events[:2], *events[2:][turn:], *events[2:][:turn]]))
    assert told(rulings_of(turned, at(9))) == told(expected)


def test_votes_are_the_last_findings_of_each_voter(draw, at):
    """Whoever rules again corrects himself, and `undetermined` is no vote."""
    votes = rulings_of(draw(CASE), at(9)).votes()
    assert told(votes) == [(0, "tom", 0), (0, "rita", 0), (0, "-", 1)]


def test_votes_of_a_source_that_names_nobody_are_one_voters(draw, at):
    """Two inspections without a name can't be told from one that was corrected; sources stay apart."""
    votes = rulings_of(
        draw("""
        0 filed ann 100 c1
        1 adjudicated ann abusive c1
        2 adjudicated ann abusive c1 verdict_source=inspection
        3 adjudicated ann legitimate c1
    """),
        at(9),
    ).votes()
    assert votes.source.tolist() == [code_of("verdict_source", word) for word in ("inspection", "reviewer")]
    assert votes.verdict.tolist() == [1, 0]


def test_vote_of_two_findings_at_one_moment_is_the_one_in_the_buyers_favour(draw, at):
    """Where nothing tells which was meant, nobody is accused."""
    for first, second in (("abusive", "legitimate"), ("legitimate", "abusive")):
        drawing = f"0 filed ann 100 c1\n5 adjudicated ann {first} c1\n5 adjudicated ann {second} c1"
        assert rulings_of(draw(drawing), at(9)).votes().verdict.tolist() == [0]


def test_adjudications_of_events_that_know_no_reviewers_name_nobody(at):
    """Events may come without the column."""
    lines = [line.split(" reviewer_id")[0] for line in CASE.strip().splitlines()]
    table = from_events([event(number, line) for number, line in enumerate(lines)]).drop(["reviewer_id"])
    assert isinstance(table, pa.Table)
    rulings = rulings_of(from_arrow(table), at(9))
    assert (rulings.reviewer.tolist(), rulings.reviewer_ids) == ([-1] * 5, ())
