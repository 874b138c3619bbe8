"""A claim's vector from its own past is the one that the engines find among all events."""

from __future__ import annotations

import numpy as np
import pytest

from features.assemble import Assembler
from features.engines.batch import feature_vectors
from features.event_file import from_events
from features.event_table import MISSING, from_arrow
from features.events import EventKind
from tests.parity.histories import PARTIES, PLANS, crowd, random_history
from training.leakage.narrowing import narrow, number_anew, turn_round
from training.leakage.past import Histories, known_before, later_turned_round


def table_of_history(seed, size, parties):
    return from_arrow(from_events(random_history(seed, size, parties)))


@pytest.mark.parametrize(("catalogue", "parties"), [("shipped", "crowd"), ("odd", "few"), ("odd", "crowd")])
def test_vector_of_a_claims_own_past_is_the_engines(catalogue, parties):
    """Histories with ties, missing ids, rings that are full, and pictures that are nearly the same."""
    plan = PLANS[catalogue]()
    events = table_of_history(3, 500, PARTIES if parties == "few" else crowd(3))
    rows = events.rows_of(EventKind.CLAIM_FILED)
    expected, assembler = feature_vectors(plan, events, rows), Assembler(plan)
    for place in range(0, len(rows), len(rows) // 8):
        histories = Histories.of(assembler, events, int(rows[place]))
        for cut in (known_before, later_turned_round):
            assert histories.vector(cut).tobytes() == expected[place].tobytes()


def test_known_before_leaves_nothing_of_the_same_moment_but_the_claim():
    """Strictly before: another event at the claim's moment is not known yet."""
    events = table_of_history(5, 300, PARTIES)
    row = int(events.rows_of(EventKind.CLAIM_FILED)[10])
    known, place = known_before(events, row)
    moments = known["known_at_ms"]
    assert moments[place] == events["known_at_ms"][row]
    assert (np.delete(moments, place) < moments[place]).all()
    assert len(known) == int((events["known_at_ms"] < moments[place]).sum()) + 1


def test_turn_round_changes_later_outcomes_and_nothing_else():
    """Every later verdict, refund, action and inspection is another; all earlier ones and all else stay."""
    events = table_of_history(7, 400, PARTIES)
    moment = int(np.median(events["known_at_ms"]))
    turned = turn_round(events, moment)
    kinds = {
        "verdict": EventKind.CLAIM_ADJUDICATED,
        "action": EventKind.CLAIM_DECIDED,
        "amount_minor": EventKind.CLAIM_DECIDED,
        "inspection": EventKind.RETURN_INSPECTED,
    }
    for name in events.columns:
        changed = set(np.flatnonzero(turned[name] != events[name]).tolist())
        if name == "merchant_at_fault":
            assert changed <= set(events.rows_of(EventKind.CLAIM_ADJUDICATED).tolist())
        elif name in kinds:
            own = events.rows_of(kinds[name])
            assert changed == set(own[events["known_at_ms"][own] >= moment].tolist())
        else:
            assert not changed


def test_number_anew_keeps_who_is_who():
    """Codes are others, words and what is missing are the same; pictures stay with their events."""
    events = table_of_history(9, 200, crowd(9))
    rows = np.arange(0, len(events), 3)
    few = number_anew(narrow(events, rows))
    for name, words in events.ids.items():
        before = [None if code < 0 else words[code].as_py() for code in events[name][rows].tolist()]
        after = [None if code < 0 else few.ids[name][code].as_py() for code in few[name].tolist()]
        assert after == before
        assert len(few.ids[name]) == len({word for word in before if word is not None})
    shown = [events.pictures.hash[events.pictures.row == row].tolist() for row in rows.tolist()]
    assert [few.pictures.hash[few.pictures.row == place].tolist() for place in range(len(rows))] == shown
    assert few["amount_minor"][few["amount_minor"] != MISSING].tolist() == [
        amount for amount in events["amount_minor"][rows].tolist() if amount != MISSING
    ]
