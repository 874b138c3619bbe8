"""What is seen in a condition: its fields, what it compares them with, and whether that is all it does."""

import pytest

from features.plan import default_plan
from serving.policy.expressions import ExpressionError, compile_expression
from serving.policy.samples import candidates_of
from serving.policy.tokens import atoms, text_of, tokens_of
from serving.policy.vocabulary import as_lines, vocabulary
from tests.unit.serving.policies import LISTS


@pytest.mark.parametrize(
    ("source", "constants"),
    [
        ("claim.amount_minor > 5", {"claim.amount_minor": (5,)}),
        ("5 < claim.amount_minor", {"claim.amount_minor": (5,)}),
        ("order.days_since_delivery >= -2.5", {"order.days_since_delivery": (-2.5,)}),
        ("(claim.amount_minor) <= (1e3)", {"claim.amount_minor": (1000.0,)}),
        ('claim.reason in ["expired", "damaged"]', {"claim.reason": ("expired", "damaged")}),
        ('claim.id == "claim.amount_minor" // claim.quantity', {"claim.id": ("claim.amount_minor",)}),
        (r"claim.id == 'it\'s' || claim.id == r'a\'", {"claim.id": ("it's", "a\\")}),
        ("lists.vip_buyers && !lists.bad_goods", {"lists.vip_buyers": (), "lists.bad_goods": ()}),
        ("!(has(order.amount_minor) && claim.quantity > 1)", {"order.amount_minor": (), "claim.quantity": (1,)}),
    ],
)
def test_comparison_of_a_field_with_constants_is_seen_whole(
    source: str, constants: dict[str, tuple[object, ...]]
) -> None:
    """Spaces, brackets, comments, the side that the constant stands on: none of it matters."""
    whole = compile_expression(source, LISTS).whole
    assert whole.constants == constants
    assert {field.key for field in whole.fields} == set(constants)
    assert whole.exact


@pytest.mark.parametrize(
    "source",
    [
        "claim.amount_minor > order.amount_minor",
        "claim.amount_minor / claim.quantity > 100",
        'claim.id.startsWith("X")',
        'claim.id < "m"',
        'claim.type == "repair" ? lists.vip_buyers : lists.bad_goods',
        '["a", "b"].exists(start, claim.id.startsWith(start))',
        "double(claim.amount_minor) * 0.5 > 3.0",
    ],
)
def test_condition_that_computes_is_not_taken_for_exact(source: str) -> None:
    """Trying constants tells nothing certain of it."""
    assert not compile_expression(source, LISTS).whole.exact


def test_conditions_joined_by_and_or_and_not_are_taken_apart() -> None:
    """Each is tried on its own, so that none hides behind another; what a `?` chooses stays whole."""
    source = (
        "(claim.quantity > 1 || !(order.delivered && lists.vip_buyers)) && "
        "!has(order.amount_minor) && (true ? true : false)"
    )
    assert [text_of(source, each) for each in atoms(tokens_of(source))] == [
        "claim.quantity > 1",
        "order.delivered",
        "lists.vip_buyers",
        "has(order.amount_minor)",
        "true ? true : false",
    ]


def test_not_before_a_comparison_of_flags_is_about_the_first() -> None:
    """`!a == b` compares; it isn't the contrary of `a == b`."""
    source = "!order.delivered == lists.vip_buyers"
    assert [text_of(source, each) for each in atoms(tokens_of(source))] == [source]


def test_condition_on_a_missing_field_does_not_hold_and_neither_does_its_contrary() -> None:
    """What is missing is neither large nor small; another condition can decide all the same."""
    claim = {"order": {}, "claim": {"quantity": 2}}
    for source, holds in (
        ("order.amount_minor > 5", False),
        ("!(order.amount_minor > 5)", False),
        ("has(order.amount_minor)", False),
        ("!has(order.amount_minor)", True),
        ("order.amount_minor > 5 || claim.quantity == 2", True),
        ("order.amount_minor > 5 && claim.quantity == 2", False),
    ):
        assert compile_expression(source, {}).whole.holds(claim) is holds, source


def test_names_bound_by_a_condition_are_no_fields() -> None:
    """In `["a"].exists(x, x == claim.id)` nothing is called x; elsewhere it is unknown."""
    compile_expression('["a"].exists(x, x == claim.id)', {})
    with pytest.raises(ExpressionError, match="x: nothing that rules can ask about"):
        compile_expression("x == claim.id", {})


def test_every_column_of_the_catalogue_can_be_asked() -> None:
    """Under the name of whom it is about; a type or reason of claim by its word instead."""
    known = vocabulary({})
    asked = {field.column for field in known.values() if field.column is not None}
    left_out = set(default_plan().names) - asked
    assert known["buyer.orders_365d"].column == "buyer_orders_365d"
    assert known["buyer_merchant.claims_90d"].column == "buyer_merchant_claims_90d"
    assert known["ring.size"].column == "ring_size"
    assert {name for name in left_out if "_is_" not in name} == {
        "claim_amount_minor",
        "claim_quantity",
        "claim_evidence_count",
    }


def test_every_field_has_a_line_of_meaning() -> None:
    """What rules can ask is written down, lists included."""
    lines = list(as_lines(LISTS))
    assert len(lines) == len(vocabulary(LISTS))
    assert any(line.startswith("lists.vip_buyers ") and "buyer is on this list" in line for line in lines)
    assert all(field.meaning.strip() for field in vocabulary(LISTS).values())


def test_candidates_stay_within_what_a_field_can_be() -> None:
    """A probability over 1 and an hour of 24 are nothing to try; counts are tried whole."""
    known = vocabulary({})
    assert candidates_of(known["claim.hour_of_day"], [23]) == [0, 22, 23]
    assert candidates_of(known["claim.hour_of_day"], [30]) == [0, 23]
    assert all(0 <= value <= 1 for value in candidates_of(known["probabilities.abuse"], [0.0, 1.0, 2.0]))
    assert candidates_of(known["buyer.orders_ever"], [2.5]) == [0.0, 1.0, 2.0, 3.0]
    assert candidates_of(known["claim.type"], ["repair"]) == ["refund_only", "return_refund", "exchange", "repair"]
