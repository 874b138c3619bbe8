"""Who bore what, by hand."""

import pyarrow as pa
import pytest

from features.event_file import from_events
from serving.decision.authority import find_authority
from serving.decision.facts import ClaimFacts
from serving.insight.record import record_of
from serving.insight.returns.bearing import REFUNDS
from serving.insight.returns.figures import Returns
from serving.insight.returns.ledger import SCHEMA, Ledger
from serving.insight.returns.working_out import work_out
from serving.policy import default_policy_path, read_policy
from tests.spec.drawing import BASE_MS, draw

DAY_MS = 86_400_000
POLICY = read_policy(default_policy_path())
UNTIL_MS = BASE_MS + 40 * DAY_MS


def told(table: str, ledger: Ledger | None = None) -> Returns:
    """The figures of what is drawn."""
    record = record_of(from_events(list(draw(table).events)), BASE_MS, UNTIL_MS)
    return work_out(record, POLICY) if ledger is None else work_out(record, POLICY, ledger=ledger)


def parts(returns: Returns) -> dict[str, int]:
    """What is borne, by part, without those that are nothing."""
    return {name: minor for party in returns.costs.parties for name, minor in party.parts.items() if minor}


ADVANCES = """
    known_at | kind            | claim | type        | amount | action                   | recovered
    1d       | claim_filed     | back  | refund_only | 9000   |                          |
    1d       | claim_decided   | back  |             | 9000   | pre_payment_compensation |
    9d       | advance_settled | back  |             | 9000   |                          | 9000
    2d       | claim_filed     | part  | refund_only | 5000   |                          |
    2d       | claim_decided   | part  |             | 5000   | pre_payment_compensation |
    9d       | advance_settled | part  |             | 5000   |                          | 2000
    3d       | claim_filed     | open  | refund_only | 700    |                          |
    3d       | claim_decided   | open  |             | 700    | pre_payment_compensation |
"""


def test_advance_is_borne_by_who_paid_it_back_and_by_the_platform_for_the_rest() -> None:
    """What came back is the merchant's, what didn't the platform's, and what isn't settled is open."""
    returns = told(ADVANCES.replace("| type ", "| claim_type "))
    fee = POLICY.costs.advance_fee_minor
    assert parts(returns) == {
        "advances_recovered": 11_000,
        "advances_lost": 3_000,
        "advance_fees": 3 * fee,
        "advances_open": 700,
    }
    costs = returns.costs
    assert (costs.advances, costs.advanced_minor, costs.settled_minor, costs.recovered_minor) == (
        3,
        14_700,
        14_000,
        11_000,
    )
    assert (costs.recovered.count, costs.recovered.of) == (1, 2)
    assert costs.refunded_minor == returns.total.refunded_minor == 14_700


@pytest.mark.parametrize(
    ("response", "amount", "part"),
    [("agreed", 5000, "refunds_charged"), ("timed_out", 5000, "refunds_charged"), ("refused", 5000, "refunds_untold"),
     ("refused", 900, "refunds_borne")],
)  # fmt: skip
def test_approval_without_a_ledger_is_borne_as_the_events_show(response: str, amount: int, part: str) -> None:
    """An authority on record charges the merchant; small approvals are the platform's; all else nobody told."""
    returns = told(f"""
        known_at | kind               | claim | claim_type  | amount   | action       | merchant_response
        1d       | claim_filed        | c     | refund_only | {amount} |              |
        1d       | claim_decided      | c     |             | {amount} | auto_approve |
        2d       | merchant_responded | c     |             |          |              | {response}
    """)
    assert parts(returns) == {part: amount}


def test_ledger_says_who_was_charged_before_any_event() -> None:
    """A ruling's party comes before the events', and its refund before the decision's."""
    row = {"claim_id": "c", "decided_at_ms": BASE_MS, "charged_to": "platform", "ruled_refund_minor": 300}
    ledger = Ledger(pa.Table.from_pylist([row], schema=SCHEMA))
    returns = told(
        """
        known_at | kind               | claim | claim_type  | amount | action        | merchant_response
        1d       | claim_filed        | c     | refund_only | 500    |               |
        1d       | claim_decided      | c     |             | 0      | manual_review |
        2d       | merchant_responded | c     |             |        |               | agreed
        """,
        ledger,
    )
    assert parts(returns) == {"refunds_borne": 300, "refused": 200, "reviews": POLICY.costs.review_cost_minor}


@pytest.mark.parametrize(
    ("verdict", "refunded", "refused"), [("legitimate", 500, 0), ("abusive", 0, 0), ("undetermined", 0, 500)]
)
def test_reviewed_claim_is_paid_by_its_verdict(verdict: str, refunded: int, refused: int) -> None:
    """A decision to review pays nothing by itself; who is refused without being found abusive bears it."""
    returns = told(f"""
        known_at | kind              | claim | claim_type  | amount | action        | verdict
        1d       | claim_filed       | c     | refund_only | 500    |               |
        1d       | claim_decided     | c     |             | 0      | manual_review |
        2d       | claim_adjudicated | c     |             |        |               | {verdict}
    """)
    assert returns.total.refunded_minor == refunded
    assert parts(returns).get("refused", 0) == refused


def test_exchange_pays_nothing_however_it_is_ruled() -> None:
    """Who asks for goods gets no money."""
    returns = told("""
        known_at | kind              | claim | claim_type | amount | action        | verdict
        1d       | claim_filed       | c     | exchange   | 500    |               |
        1d       | claim_decided     | c     |            | 0      | manual_review |
        2d       | claim_adjudicated | c     |            |        |               | legitimate
    """)
    assert returns.total.refunded_minor == sum(parts(returns).get(name, 0) for name in REFUNDS) == 0


@pytest.mark.parametrize("after", [0, 24, 24 * 7, 24 * 7 + 14, 24 * 7 + 16, 24 * 8, 24 * 9])
def test_statutory_window_is_that_of_the_decision(after: int) -> None:
    """Returns without a ledger are charged on the very days on which the guard would charge them."""
    delivered = BASE_MS + DAY_MS
    filed = delivered + after * 3_600_000
    returns = told(f"""
        known_at    | kind          | claim | claim_type    | amount | action       | category | order_delivered_at
        1d+{after}h | claim_filed   | c     | return_refund | 5000   |              | apparel  | 1d
        1d+{after}h | claim_decided | c     |               | 5000   | auto_approve |          |
    """)
    facts = ClaimFacts(
        amount_minor=5000,
        claim_type="return_refund",
        as_of_ms=filed,
        category_id="apparel",
        order_delivered_at_ms=delivered,
    )
    charged = find_authority(facts, POLICY) is not None
    assert parts(returns) == ({"refunds_charged": 5000} if charged else {"refunds_untold": 5000})
