"""Integers in, columns out."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.arrays import Ints
from features.assemble import Assembler
from features.catalog import reasons
from features.catalog.entities import BUYER, MERCHANT
from features.catalog.measures import CLAIMED, CLAIMED_SQUARES, CLAIMS, ORDERS
from features.definition import (
    ClaimAmount,
    ClaimCategory,
    ClaimElapsed,
    ClaimGap,
    ClaimShare,
    FeatureGroup,
    Link,
    LinkGroup,
    Prior,
    Rate,
    RateGroup,
    RecencyGroup,
    RelativeGroup,
    SpreadGroup,
    Text,
    TotalGroup,
    UsualGroup,
    Window,
)
from features.definition.quantity import SQUARE_BITS
from features.event_table import MISSING
from features.events import LARGEST_AMOUNT, LATEST_MS
from features.facts import FACT_FIELDS
from features.plan import WindowTotals, compile_plan, default_plan

WORDS, REASON = Text("words", "词"), reasons.BUYER_ORDERS
EVER = Window.ever()
NOTHING = dict.fromkeys(FACT_FIELDS, MISSING) | {
    "known_at_ms": 1_704_067_200_000,
    "claim_type": -1,
    "claim_reason": -1,
}
COUNTS = TotalGroup(BUYER, (CLAIMS, ORDERS), (EVER,), REASON)
AT_MERCHANT = TotalGroup(MERCHANT, (CLAIMS, ORDERS), (EVER,), REASON)
SPREAD = SpreadGroup("spread", BUYER, CLAIMS, CLAIMED, CLAIMED_SQUARES, (EVER,), WORDS, REASON)


def assemble(
    groups: list[FeatureGroup],
    totals: list[list[int]] | Ints,
    *,
    last_rise_ms: list[int] | None = None,
    **facts: int,
) -> list[list[float | None]]:
    """The columns of groups over buyers and merchants, for one claim a row of totals; None is missing."""
    entities = [
        entity for entity in (BUYER, MERCHANT) if entity in {getattr(group, "entity", None) for group in groups}
    ]
    rows = np.array(totals, dtype=np.int64)
    number = len(rows)
    window = WindowTotals(
        rows,
        np.tile(np.array(last_rise_ms or [], dtype=np.int64), (number, 1)),
        np.full((number, len(Link)), MISSING),
    )
    told = np.tile(np.array([list((NOTHING | facts).values())], dtype=np.int64), (number, 1))
    vectors = Assembler(compile_plan(groups, entities)).assemble(window, told)
    assert vectors.dtype == np.float64
    return [[None if np.isnan(value) else value for value in vector] for vector in vectors.tolist()]


def squares_of(amounts: list[int]) -> list[int]:
    """The totals that a spread is made from."""
    high = sum(amount * amount >> SQUARE_BITS for amount in amounts)
    low = sum(amount * amount & ((1 << SQUARE_BITS) - 1) for amount in amounts)
    return [len(amounts), sum(amounts), high, low]


def test_totals_are_taken_as_they_are():
    """Each claim has its own."""
    assert assemble([COUNTS], [[3, 7], [0, 2**53]]) == [[3, 7], [0, 2**53]]


def test_rate_leans_on_its_prior():
    """(of + rate * strength) / (per + strength), without history the prior."""
    rate = RateGroup("rate", BUYER, CLAIMS, ORDERS, Prior(0.25, 8), (EVER,), WORDS, REASON)
    assert assemble([COUNTS, rate], [[1, 4], [0, 0], [10, 0]]) == [[1, 4, 3 / 12], [0, 0, 0.25], [10, 0, 1.5]]


def test_relative_rate_is_one_rate_over_another():
    """Each side leans on its own prior."""
    relative = RelativeGroup(
        "relative", Rate(BUYER, CLAIMS, ORDERS, Prior(0.5, 2)), Rate(MERCHANT, CLAIMS, ORDERS, Prior(0.25, 4)),
        (EVER,), WORDS, REASON,
    )  # fmt: skip
    found = assemble([COUNTS, AT_MERCHANT, relative], [[3, 6, 1, 4], [0, 0, 0, 0]])
    assert [row[-1] for row in found] == [(4 / 8) / (2 / 8), 0.5 / 0.25]


def test_usual_is_the_claims_number_over_the_mean():
    """A claim of 90 where 60 is usual is 1.5 times that; without its number it is nothing."""
    usual = UsualGroup("usual", "amount_minor", Rate(BUYER, CLAIMED, CLAIMS, Prior(20, 1)), (EVER,), WORDS, REASON)
    group = TotalGroup(BUYER, (CLAIMED, CLAIMS), (EVER,), REASON)
    assert assemble([group, usual], [[100, 1]], amount_minor=90) == [[100, 1, 1.5]]
    assert assemble([group, usual], [[0, 0]], amount_minor=90) == [[0, 0, 4.5]]
    assert assemble([group, usual], [[100, 1]], amount_minor=0) == [[100, 1, 0]]
    assert assemble([group, usual], [[100, 1]]) == [[100, 1, None]]


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([], None),
        ([5], None),
        ([0, 0], 0),
        ([100, 300], 100),
        ([LARGEST_AMOUNT] * 1_000, 0),
        ([LARGEST_AMOUNT, LARGEST_AMOUNT - 1], 0.5),
        ([0, LARGEST_AMOUNT], LARGEST_AMOUNT / 2),
        ([LARGEST_AMOUNT - 1] * 4 + [LARGEST_AMOUNT - 5] * 4, 2),
    ],
)
def test_spread_is_the_standard_deviation(amounts, expected):
    """Exactly, also where squares outgrow floats; of less than two numbers there is none."""
    assert assemble([SPREAD], [squares_of(amounts)]) == [[expected]]


def test_spread_of_as_many_of_the_largest_amounts_as_totals_can_hold_is_exact():
    """Seven million claims for the most there is, one of which asks for a unit less."""
    number = 7_000_000
    high, low = squares_of([LARGEST_AMOUNT])[2:]
    less_high, less_low = squares_of([LARGEST_AMOUNT - 1])[2:]
    totals = [number, number * LARGEST_AMOUNT - 1, (number - 1) * high + less_high, (number - 1) * low + less_low]
    assert max(totals) < 2**63
    assert assemble([SPREAD], [totals]) == [[pytest.approx((number - 1) ** 0.5 / number, rel=1e-12)]]


@given(amounts=st.lists(st.integers(0, LARGEST_AMOUNT) | st.integers(0, 3), min_size=2, max_size=30))
def test_spread_of_any_amounts_is_right_to_the_last_bits(amounts):
    """Held against fractions, which round nothing."""
    mean = Fraction(sum(amounts), len(amounts))
    variance = sum((amount - mean) ** 2 for amount in amounts) / len(amounts)
    ((found,),) = assemble([SPREAD], [squares_of(amounts)])
    assert found == pytest.approx(float(variance) ** 0.5, rel=1e-14, abs=0)


def test_recency_is_in_seconds_and_missing_where_there_is_none():
    """The smallest integer is no time, and nothing overflows on the way."""
    recency = RecencyGroup(BUYER, (CLAIMS, ORDERS), REASON)
    known_at_ms = NOTHING["known_at_ms"]
    found = assemble([recency], np.empty((1, 0)), last_rise_ms=[known_at_ms - 1_500, MISSING])
    assert found == [[1.5, None]]
    assert assemble([recency], np.empty((1, 0)), last_rise_ms=[0, 1], known_at_ms=LATEST_MS)[0][0] == LATEST_MS / 1000


def test_links_are_told_under_their_own_names():
    """In whatever order the catalogue names them."""
    groups = [LinkGroup(link, WORDS, REASON) for link in reversed(Link)]
    plan = default_plan()
    assembler = Assembler(replace(plan, catalog=tuple(groups)))
    cuts, recent, _ = plan.widths
    window = WindowTotals(np.zeros((1, cuts), np.int64), np.zeros((1, recent), np.int64), np.array([[4, 2, MISSING]]))
    ((bits, pictures, size),) = assembler.assemble(window, np.array([list(NOTHING.values())])).tolist()
    assert (np.isnan(bits), pictures, size) == (True, 2, 4)


def test_claims_own_columns_are_made_from_its_facts():
    """Amounts, shares, hours and flags; what the claim lacks is missing in each."""
    groups = [
        ClaimAmount("amount", "amount_minor", WORDS, REASON),
        ClaimShare("share", "amount_minor", "order_amount_minor", WORDS, REASON),
        ClaimElapsed("payment", "order_paid_at_ms", WORDS, REASON),
        ClaimGap("delay", "order_promised_at_ms", "order_delivered_at_ms", WORDS, REASON),
        ClaimCategory(
            "claim_type", dict.fromkeys(("refund_only", "return_refund", "exchange", "repair"), WORDS), REASON
        ),
    ]
    now, hour = NOTHING["known_at_ms"], 3_600_000
    told = assemble(
        groups, np.empty((1, 0)), amount_minor=25, order_amount_minor=100, order_paid_at_ms=now - 3 * hour,
        order_promised_at_ms=now - 2 * hour, order_delivered_at_ms=now - hour // 2, claim_type=2,
    )  # fmt: skip
    assert told == [[25, 0.25, 3, 1.5, 0, 0, 1, 0]]
    assert assemble(groups, np.empty((1, 0))) == [[None, None, None, None, 0, 0, 0, 0]]
    for missing in ("order_promised_at_ms", "order_delivered_at_ms"):
        both = {"order_promised_at_ms": now, "order_delivered_at_ms": now, missing: MISSING}
        assert assemble(groups, np.empty((1, 0)), **both)[0][3] is None
    assert assemble(groups, np.empty((1, 0)), amount_minor=5, order_amount_minor=0)[0][1] is None


def test_claims_are_assembled_together_as_one_by_one():
    """A claim's vector doesn't hang on who is assembled beside it; no claims make no vectors."""
    plan = default_plan()
    random = np.random.default_rng(20_260_301)
    cuts, recent, links = plan.widths
    number = 7
    window = WindowTotals(
        random.integers(0, 10**6, (number, cuts)),
        random.integers(0, 10**12, (number, recent)),
        random.integers(0, 5, (number, links)),
    )
    facts = random.integers(0, 10**6, (number, len(FACT_FIELDS)))
    assembler = Assembler(plan)
    together = assembler.assemble(window, facts)
    assert together.shape == (number, len(plan.columns))
    assert not np.isnan(together).all(axis=0).any()
    for row in range(number):
        one = slice(row, row + 1)
        alone = WindowTotals(window.totals[one], window.last_rise_ms[one], window.linked[one])
        assert assembler.assemble(alone, facts[one]).tobytes() == together[one].tobytes()
    none = WindowTotals(window.totals[:0], window.last_rise_ms[:0], window.linked[:0])
    assert assembler.assemble(none, facts[:0]).shape == (0, len(plan.columns))
