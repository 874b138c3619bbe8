"""The stand-in label: refunds over the days after a claim, against the average."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.event_table import MISSING, EventTable
from features.events import EventKind
from training.labels import high_refund_labels

# Bob spends ten thousand and has a thousand refunded: with ann's part, the average stays near a tenth.
BOB = """
    0 paid bob 1000000
    1 decided bob 100000 b1
"""
CLAIM = "10 filed ann 50 c1\n"


def label(draw, at, drawing, known_by=200, **settings):
    events = draw(CLAIM + drawing)
    labels = high_refund_labels(events, events.rows_of(EventKind.CLAIM_FILED), at(known_by), **settings)
    return labels.abusive.tolist()[0]


@pytest.mark.parametrize(
    ("drawing", "abusive"),
    [
        ("", 0),
        ("20 paid ann 100", 0),
        ("20 paid ann 100\n30 decided ann 20 a1", 0),
        ("20 paid ann 100\n30 decided ann 90 a1", 1),
        ("30 decided ann 1 a1", 1),
        ("20 paid ann 100\n30 decided bob 90 a1", 0),
        ("20 paid bob 100\n30 decided ann 1 a1", 1),
        ("10 decided ann 50 c1", 0),
        ("10.00000002 decided ann 50 a1", 1),
        ("100 decided ann 50 a1", 1),
        ("100.00000002 decided ann 50 a1", 0),
        ("9 paid ann 10000\n30 decided ann 50 a1", 1),
        ("10 paid ann 10000\n30 decided ann 50 a1", 1),
        ("11 paid ann 10000\n30 decided ann 50 a1", 0),
        ("100 paid ann 10000\n30 decided ann 50 a1", 0),
        ("101 paid ann 10000\n30 decided ann 50 a1", 1),
        ("5 decided ann 90 a1\n20 paid ann 100", 0),
    ],
)
def test_proxy_label_of_one_claim_counts_its_window_only(draw, at, drawing, abusive):
    """The window opens after the claim's own moment and closes with the ninetieth day, its end included."""
    assert label(draw, at, BOB + drawing) == abusive


def test_proxy_label_at_three_averages_exactly_is_not_above_them(draw, at):
    """All spend is 1000, all refunds 100: of 100 spent, 30 refunded is three averages, and 31 is more."""
    drawing = "20 paid ann 100\n30 decided ann {} a1\n0 paid bob 900\n1 decided bob {} b1"
    assert label(draw, at, drawing.format(30, 70)) == 0
    assert label(draw, at, drawing.format(31, 69)) == 1
    assert label(draw, at, drawing.format(31, 69), multiple=3.5) == 0


def test_proxy_label_of_the_largest_sums_is_exact(draw, at):
    """Products of sums pass the end of int64, and float64 would lose the last unit."""
    whole = 10**12
    drawing = (
        f"20 paid ann {whole}\n30 decided ann {{}} a1\n0 paid bob {whole}\n0 paid bob {whole}\n1 decided bob {{}} b1"
    )
    assert label(draw, at, drawing.format(whole - 1, 1)) == 0
    assert label(draw, at, drawing.format(whole - 1, 0)) == 0
    assert label(draw, at, drawing.format(whole - 1, 2), multiple=2.5) == 1


def test_proxy_label_ignores_in_the_average_what_is_known_when_drawn(draw, at):
    """A large refund at the very moment of drawing would raise the average, and isn't known before it."""
    drawing = BOB + "20 paid ann 100\n30 decided ann 90 a1\n{} decided bob 1000000 b2"
    assert label(draw, at, drawing.format(200), known_by=200) == 1
    assert label(draw, at, drawing.format(199), known_by=200) == 0


@pytest.mark.parametrize(("known_by", "abusive"), [(99, -1), (100, -1), (100.00000002, 1)])
def test_proxy_label_before_its_window_has_passed_is_unknown(draw, at, known_by, abusive):
    """What is known at the moment of drawing isn't counted yet, so the window's end must lie before it."""
    assert label(draw, at, BOB + "30 decided ann 50 a1", known_by) == abusive


def test_proxy_label_of_a_claim_without_a_buyer_is_unknown(draw, at):
    """Nobody's refunds can't be followed."""
    events = draw("10 filed - 50 c1\n30 decided - 50 a1" + BOB)
    labels = high_refund_labels(events, events.rows_of(EventKind.CLAIM_FILED), at(200))
    assert (labels.abusive.tolist(), labels.known_at_ms.tolist()) == ([-1], [MISSING])


def test_proxy_label_where_nobody_spends_goes_by_refunds_alone(draw, at):
    """Refunds without spend exceed every average, even an undefined one."""
    assert label(draw, at, "30 decided ann 1 a1") == 1
    assert label(draw, at, "") == 0


def test_proxy_labels_are_known_when_their_windows_end(draw, at):
    """A horizon is how long it takes to know."""
    events = draw(BOB + "10 filed ann 50 c1\n20 filed bob 50 c2")
    labels = high_refund_labels(events, events.rows_of(EventKind.CLAIM_FILED)[::-1], at(200), horizon_days=30)
    assert labels.known_at_ms.tolist() == [at(50), at(40)]
    assert labels.kind == "high_refund_proxy"


HISTORY = st.lists(
    st.tuples(
        st.integers(0, 12), st.sampled_from(["paid", "filed", "decided"]), st.sampled_from("ab-"), st.integers(0, 9)
    ),
    max_size=14,
)


def by_loops(events: EventTable, row: int, known_by_ms: int, horizon_ms: int) -> int:
    """The definition, word for word."""

    def total(kind: EventKind, buyer: int | None, after: int, until: int) -> int:
        return sum(
            int(events["amount_minor"][other])
            for other in events.rows_of(kind)
            if (events["buyer_id"][other] == buyer if buyer is not None else events["buyer_id"][other] >= 0)
            and after < events["known_at_ms"][other] <= until
            and events["known_at_ms"][other] < known_by_ms
        )

    buyer, as_of = int(events["buyer_id"][row]), int(events["known_at_ms"][row])
    if buyer < 0 or as_of + horizon_ms >= known_by_ms:
        return -1
    refunded, spent = (
        total(kind, buyer, as_of, as_of + horizon_ms) for kind in (EventKind.CLAIM_DECIDED, EventKind.ORDER_PAID)
    )
    refunded_by_all, spent_by_all = (
        total(kind, None, 0, known_by_ms) for kind in (EventKind.CLAIM_DECIDED, EventKind.ORDER_PAID)
    )
    return int(refunded > 0 and (spent == 0 or refunded * spent_by_all > 2 * refunded_by_all * spent))


def drawing_of(history) -> str:
    return "\n".join(
        f"{day} {kind} {who} {amount} c{number}" for number, (day, kind, who, amount) in enumerate(history)
    )


@settings(deadline=None)  # a busy machine is no failure
@given(history=HISTORY, known_by=st.integers(1, 14))
def test_proxy_labels_of_any_history_agree_with_loops(draw, at, history, known_by):
    """Sorting, running totals and searches give what reading the definition aloud gives."""
    events, known_by_ms = draw(drawing_of(history)), at(known_by)
    claims = events.rows_of(EventKind.CLAIM_FILED)
    labels = high_refund_labels(events, claims, known_by_ms, horizon_days=3, multiple=2.0)
    assert labels.abusive.tolist() == [by_loops(events, int(row), known_by_ms, 3 * 86_400_000) for row in claims]
