"""What may teach at a moment: old enough, honest as far as known, and nothing of what became known later."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from features.events import EventKind
from tests.unit.training.recovery.lending import DAY_MS, HOUR_MS, START_MS, advance
from training.recovery.settling import FALLBACK_DAYS


def on_day(day):
    """When an advance of a day is old enough; so few of them tell of no delays."""
    return day + FALLBACK_DAYS


def at(day):
    return START_MS + round(day * DAY_MS)


def test_example_is_the_share_that_came_back(draw):
    """All, a part, or nothing of it, beside the vector of the claim."""
    events = [each for n, back in enumerate((1.0, 0.25, 0.0)) for each in advance(n, day=n, back=back)]
    examples = draw(events, on_day(10))
    assert examples.recovered_share.tolist() == [1.0, 0.25, 0.0]
    assert examples.vectors[:, 0].tolist() == [0, 1, 2]
    assert examples.as_of_ms.tolist() == [at(0), at(1), at(2)]
    assert (examples.advances, examples.came_back) == (3, pytest.approx(1.25 / 3))


def test_examples_are_claims_whose_first_decision_was_an_advance(draw):
    """Other answers advance nothing, and a person who pays later makes no advance either."""
    reviewed = advance(1, action="manual_review", back=None)
    later = replace(
        reviewed[1], event_id="later", action="pre_payment_compensation", known_at_ms=at(1), occurred_at_ms=at(1)
    )
    first = advance(3, back=0.5)
    overruled = replace(first[1], event_id="overruled", action="manual_review", known_at_ms=at(1), occurred_at_ms=at(1))
    approved = advance(4, action="auto_approve", back=None)
    examples = draw([*reviewed, later, *first, overruled, *approved], on_day(10))
    assert (examples.recovered_share.tolist(), examples.advances) == ([0.5], 1)


def test_advance_of_no_money_is_none(draw):
    """An exchange that the platform grants at its cost gives no money back."""
    assert draw([*advance(0, amount_minor=0), *advance(1)], on_day(10)).advances == 1


@pytest.mark.parametrize(("hours", "teaches"), [(-1, False), (0, True), (1, True)])
def test_advance_that_is_too_young_is_left_out_though_it_is_settled(draw, hours, teaches):
    """What is settled early is mostly what came back."""
    examples = draw([*advance(0, back=1.0), *advance(1, day=-1)], on_day(0) + hours / 24)
    assert len(examples) == 1 + teaches
    assert examples.too_young == (not teaches)


def test_age_is_told_by_delays_where_there_are_enough(draw):
    """Losses are written off after sixty days: an advance may teach from then on."""
    events = [each for n in range(300) for each in advance(n, day=n, back=float(n % 3 > 0))]
    examples = draw(events, 300)
    assert examples.settling.days == pytest.approx(60)
    assert len(examples) == 241  # of days 0 to 240
    assert examples.came_back == pytest.approx(160 / 241)


def test_examples_that_settled_early_alone_would_promise_too_much(draw):
    """The young half has shown repayments only; the share is that of the old half."""
    events = [each for n in range(400) for each in advance(n, day=n / 4, back=float(n % 2))]
    events = [event for event in events if event.known_at_ms < at(100)]
    settled = [event.recovered_minor / event.amount_minor for event in events if event.recovered_minor is not None]
    assert np.mean(settled) > 0.65
    assert draw(events, 100).came_back == pytest.approx(0.5, abs=0.05)


def test_claim_found_abusive_is_left_out_and_counted(draw):
    """Recovery is wanted for honest claims; those that nobody ruled on, or found honest, stay."""
    events = [each for n, verdict in enumerate(("abusive", "legitimate", None)) for each in advance(n, verdict=verdict)]
    examples = draw(events, on_day(1))
    assert examples.vectors[:, 0].tolist() == [1, 2]
    assert examples.found_abusive == 1


def test_advance_that_is_old_and_open_counts_as_lost(draw):
    """Nothing came back when practically all has that does."""
    examples = draw([*advance(0, back=None), *advance(1)], on_day(1))
    assert examples.recovered_share.tolist() == [0.0, 1.0]
    assert (examples.still_open, examples.open_share) == (1, 0.5)


def test_settlements_of_one_advance_add_up(draw):
    """Two instalments, each reported with its part of the advance."""
    events = advance(0, back=1.0, amount_minor=6_000)
    second = replace(events[2], event_id="second", amount_minor=4_000, recovered_minor=1_000)
    assert draw([*events, second], on_day(1)).recovered_share.tolist() == [0.7]


def test_share_is_never_more_than_all(draw):
    """Costs that a merchant pays on top are no reason to expect more than the advance."""
    events = advance(0)
    more = replace(events[2], recovered_minor=2 * events[2].amount_minor)
    assert draw([*events[:2], more], on_day(1)).recovered_share.tolist() == [1.0]


def altered(event, moment_ms):
    """An event that says the contrary, if it became known at the moment or later."""
    if event.known_at_ms < moment_ms:
        return event
    if event.kind is EventKind.ADVANCE_SETTLED:
        return replace(event, recovered_minor=event.amount_minor - event.recovered_minor)
    if event.kind is EventKind.CLAIM_ADJUDICATED:
        return replace(event, verdict="abusive" if event.verdict == "legitimate" else "legitimate")
    return event


def history():
    verdicts = ("abusive", "legitimate", None, None, None)
    return [
        each
        for n in range(300)
        for each in advance(
            n, day=n, back=float(n % 3 > 0), verdict=verdicts[n % 5], ruled_after_days=(3, 40, 90)[n % 3]
        )
    ]


def test_what_became_known_at_the_moment_or_later_changes_nothing(draw):
    """Settlements and verdicts turned round, or struck out, from the moment on: the examples are the same."""
    events, moment_ms = history(), at(200)
    expected = draw(events, 200)
    assert 0 < expected.came_back < 1
    assert expected.found_abusive > 0
    for others in (
        [altered(event, moment_ms) for event in events],
        [event for event in events if event.known_at_ms < moment_ms],
    ):
        examples = draw(others, 200)
        assert examples.recovered_share.tolist() == expected.recovered_share.tolist()
        assert examples.as_of_ms.tolist() == expected.as_of_ms.tolist()
        assert (examples.settling, examples.found_abusive) == (expected.settling, expected.found_abusive)


def test_settlement_moved_from_before_the_moment_to_the_moment_is_open(draw):
    """To the millisecond."""
    events = [*advance(0), *advance(1)]
    moment_ms = at(on_day(1))
    moved = [
        replace(event, known_at_ms=moment_ms, occurred_at_ms=moment_ms)
        if event.event_id == "advance_settled-1"
        else event
        for event in events
    ]
    before = [replace(event, known_at_ms=moment_ms - 1) if event.known_at_ms == moment_ms else event for event in moved]
    assert draw(moved, on_day(1)).recovered_share.tolist() == [1.0, 0.0]
    assert draw(before, on_day(1)).recovered_share.tolist() == [1.0, 1.0]


def test_examples_dont_hang_on_the_order_in_which_settlements_are_given(draw):
    """Events of one moment come in any order."""
    events = history()
    expected = draw(events, 250)
    random.Random(3).shuffle(events)
    assert draw(events, 250).recovered_share.tolist() == expected.recovered_share.tolist()


def test_history_without_an_advance_gives_no_example(draw):
    """Nor an error: most shops have none."""
    examples = draw(advance(0, action="manual_review", back=None), 100)
    assert (len(examples), examples.advances, examples.still_open) == (0, 0, 0)
    assert np.isnan(examples.came_back)


def test_settlement_of_a_claim_that_was_never_advanced_is_passed_over(draw):
    """A report that leads nowhere teaches nothing."""
    stray = replace(advance(7, settled_after_days=1)[2], known_at_ms=at(1) + HOUR_MS)
    assert draw([*advance(0), stray], on_day(5)).recovered_share.tolist() == [1.0]
