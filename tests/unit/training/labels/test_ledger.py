"""A ledger is drawn at a moment, and nothing in it depends on what came to be known then or later."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.event_table import EventTable
from features.events import ACTIONS, CLAIM_TYPES, VERDICT_SOURCES, VERDICTS, EventKind
from tests.unit.training.labels.worlds import DAY_MS, START_MS, platform
from training.labels.ledger import draw_ledger

pytestmark = pytest.mark.slow

LINES = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 12), st.just("filed"), st.sampled_from(CLAIM_TYPES), st.integers(1, 99)),
        st.tuples(st.integers(0, 12), st.just("decided"), st.sampled_from(ACTIONS), st.integers(0, 1_000_000)),
        st.tuples(
            st.integers(0, 12),
            st.just("adjudicated"),
            st.sampled_from([f"{verdict} {source}" for verdict in VERDICTS for source in VERDICT_SOURCES]),
            st.sampled_from("xyz"),
        ),
    ),
    max_size=20,
)


def drawing_of(history, claims, about):
    """Lines in the order given; claims get ids of their own, and the rest is about one of the first few."""
    lines = []
    for number, (day, kind, word, detail) in enumerate(history):
        if kind == "filed":
            lines.append(f"{day} filed ann {detail} c{claims + number} claim_type={word}")
            continue
        claim = f"c{about[number % len(about)]}"
        if kind == "decided":
            lines.append(f"{day} decided ann 5 {claim} action={word} audit_propensity_ppm={detail}")
        else:
            verdict, source = word.split()
            lines.append(f"{day} adjudicated ann {verdict} {claim} verdict_source={source} reviewer_id={detail}")
    return "\n".join(lines)


def parts(ledger):
    """Everything in a ledger, as bytes and numbers."""

    def flat(value):
        if isinstance(value, np.ndarray):
            return (value.dtype.str, value.shape, value.tobytes())
        if dataclasses.is_dataclass(value):
            return tuple(flat(getattr(value, field.name)) for field in dataclasses.fields(value))
        if isinstance(value, dict):
            return tuple((key, flat(each)) for key, each in sorted(value.items()))
        return value

    weights = ledger.weights(ledger.weighable)
    return {
        **{field.name: flat(getattr(ledger, field.name)) for field in dataclasses.fields(ledger)},
        "weights": flat(weights),
        "silence": flat(ledger.with_silence()),
    }


def ledger_of(events, known_by_ms, mature_days=None):
    rows = events.rows_of(EventKind.CLAIM_FILED)
    rows = rows[events["known_at_ms"][rows] < known_by_ms]
    return draw_ledger(events, rows, known_by_ms, mature_days)


@settings(deadline=None, max_examples=150)  # a busy machine is no failure
@given(early=LINES, late=LINES, known_by=st.integers(1, 13), about=st.lists(st.integers(0, 8), min_size=1, max_size=6))
def test_ledger_of_any_history_is_the_same_whatever_comes_later(draw, at, *, early, late, known_by, about):
    """Rulings, rates, delays, chances, weights and labels: not a bit changes with what is known then or later."""
    before = [event for event in early if event[0] < known_by]
    after = [(known_by + day, *rest) for day, *rest in late]
    lines = drawing_of(before, 0, about)
    expected = parts(ledger_of(draw(lines), at(known_by), 3))
    grown = parts(ledger_of(draw(lines + "\n" + drawing_of(after, 100, about)), at(known_by), 3))
    turned = parts(ledger_of(draw(drawing_of(after, 100, about) + "\n" + lines), at(known_by), 3))
    for name, value in expected.items():
        assert grown[name] == value, name
        assert turned[name] == value, name


CHANGED_LATER = ["verdict", "verdict_source", "known_at_ms", "action", "audit_propensity_ppm", "amount_minor"]


@pytest.fixture(scope="module")
def halfway():
    """A platform's events, its truth left aside, and a moment in their middle."""
    events, _ = platform(np.random.default_rng(9), claims=6_000)
    return events, START_MS + 70 * DAY_MS


@pytest.mark.parametrize("field", CHANGED_LATER)
def test_ledger_when_a_field_of_later_events_changes_stays_as_it_was(halfway, field):
    """Half of what there is comes later; whatever it says, the ledger of before is the same."""
    events, moment_ms = halfway
    later = np.flatnonzero(events["known_at_ms"] >= moment_ms)
    assert len(later) > 2_000
    column = events[field].copy()
    moved = column[later] >= 0
    column[later[moved]] = column[later][moved][::-1]
    if field == "known_at_ms":
        column[later] = np.maximum(column[later] - DAY_MS, moment_ms)
    changed = EventTable({**events.columns, field: column}, events.ids, events.pictures)
    assert parts(ledger_of(changed, moment_ms)) == parts(ledger_of(events, moment_ms))


@pytest.mark.parametrize("kind", [EventKind.CLAIM_FILED, EventKind.CLAIM_DECIDED, EventKind.CLAIM_ADJUDICATED])
def test_ledger_when_later_events_of_a_kind_are_dropped_stays_as_it_was(halfway, kind):
    """They might as well never happen."""
    events, moment_ms = halfway
    gone = np.intersect1d(events.rows_of(kind), np.flatnonzero(events["known_at_ms"] >= moment_ms))
    kept = np.setdiff1d(np.arange(len(events)), gone)
    fewer = EventTable({name: column[kept] for name, column in events.columns.items()}, events.ids, events.pictures)
    assert len(gone) > 500
    assert parts(ledger_of(fewer, moment_ms)) == parts(ledger_of(events, moment_ms))


def test_ledger_when_an_earlier_verdict_changes_is_another(halfway):
    """So the tests above can fail."""
    events, moment_ms = halfway
    rulings = events.rows_of(EventKind.CLAIM_ADJUDICATED)
    early = rulings[events["known_at_ms"][rulings] < moment_ms][:50]
    column = events["verdict"].copy()
    column[early] = 1 - column[early]
    changed = EventTable({**events.columns, "verdict": column}, events.ids, events.pictures)
    assert parts(ledger_of(changed, moment_ms))["labels"] != parts(ledger_of(events, moment_ms))["labels"]


def test_ledger_of_claims_asked_for_before_they_were_filed_leaves_them_unknown(halfway):
    """A training asks about all its claims at once; those of the test have no label before the test."""
    events, moment_ms = halfway
    rows = events.rows_of(EventKind.CLAIM_FILED)
    ledger = draw_ledger(events, rows, moment_ms)
    later = events["known_at_ms"][rows] >= moment_ms
    assert not ledger.labels.is_known[later].any()
    assert not ledger.weighable[later].any()
    assert not ledger.silent()[later].any()
    alone = ledger_of(events, moment_ms)
    assert ledger.propensities.chance[~later].tobytes() == alone.propensities.chance.tobytes()
    assert ledger.labels.probability[~later].tobytes() == alone.labels.probability.tobytes()
