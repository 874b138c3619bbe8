"""A history is learned from as of its end, and rehearsed as of a moment in its past."""

from __future__ import annotations

from tests.unit.training.recovery.lending import DAY_MS, START_MS, advance


def test_rehearsal_takes_place_at_the_start_of_the_latest_quarter_of_the_examples(advances):
    """A quarter of what may teach by the end tests what was learned by then."""
    start_ms = advances.rehearsal.known_by_ms
    test = advances.examples.since(start_ms)
    assert len(test) == len(advances.examples) - int(len(advances.examples) * 0.75)
    assert (test.as_of_ms >= start_ms).all()
    assert test.vectors.tobytes() == advances.examples.vectors[-len(test) :].tobytes()
    assert test.recovered_share.tolist() == advances.examples.recovered_share[-len(test) :].tolist()


def test_rehearsal_knows_only_advances_that_were_old_enough_by_then(advances):
    """Between what it learned from and its test lies the time that settling takes."""
    rehearsal = advances.rehearsal
    assert rehearsal.as_of_ms.max() <= rehearsal.known_by_ms - rehearsal.settling.days * DAY_MS
    assert len(rehearsal) < len(advances.examples) * 0.75


def test_advances_too_few_to_rehearse_are_drawn_all_the_same(draw_all):
    """One example, or none, has no past."""
    events = [*advance(0), *advance(1, day=480)]
    drawn = draw_all(events)
    assert (len(drawn.examples), drawn.rehearsal) == (1, None)
    assert drawn.examples.known_by_ms == START_MS + 500 * DAY_MS
