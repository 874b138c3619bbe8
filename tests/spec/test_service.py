"""How orders were delivered, claims answered, returns found, advances recovered and people content, by hand."""

import pytest

from features.definition.quantity import LONGEST_SECONDS
from features.events import INSPECTIONS, VERDICT_SOURCES
from tests.spec.drawing import draw


def test_deliveries_later_than_promised_are_late(answer):
    """2 of 3 promised deliveries were late, with a prior of 0.1 worth 10; on the dot is in time."""
    drawing = draw("""
        known_at | kind            | occurred_at | order_promised_at
        1d       | order_delivered | 1d          | 1d-1ms
        1d       | order_delivered | 1d          | 1d
        8d       | order_delivered | 8d          | 7d
        8d       | order_delivered | 8d          | -
        9d       | claim_filed     |             |
            merchant_late_share_7d  = 2.0/11
            merchant_late_share_30d = 3.0/13
    """)
    assert answer(drawing) == drawing.expected


def test_delivery_is_late_by_when_it_happened_not_by_when_it_was_known(answer):
    """A carrier that reports late is not late."""
    drawing = draw("""
        known_at | kind            | occurred_at | order_promised_at | = merchant_late_share_7d
        5d       | order_delivered | 1d          | 2d                |
        6d       | claim_filed     |             |                   | 1.0/11
    """)
    assert answer(drawing) == drawing.expected


def test_shipping_time_runs_from_payment(answer):
    """An hour and three, with a prior of a day worth 5 orders; an order whose payment nobody told isn't counted."""
    drawing = draw("""
        known_at | kind          | occurred_at | order_paid_at | = merchant_mean_shipping_seconds_30d
        1d       | order_shipped | 1d+1h       | 1d            |
        2d       | order_shipped | 2d+3h       | 2d            |
        3d       | order_shipped | 3d          | -             |
        4d       | claim_filed   |             |               | 446400/7
    """)
    assert answer(drawing) == drawing.expected


def test_response_time_runs_from_the_claim(answer):
    """Two hours, and a moment that came before the claim, which is none; half a day is the prior, worth 5 answers."""
    drawing = draw("""
        known_at | kind               | occurred_at | claim_filed_at | = merchant_mean_response_seconds_30d
        1d       | merchant_responded | 1d+2h+999ms | 1d             |
        1d       | merchant_responded | 1d          | 1d+1h          |
        1d       | merchant_responded | 1d          | -              |
        2d       | claim_filed        |             |                | 223200/7
    """)
    assert answer(drawing) == drawing.expected


def test_response_time_is_no_longer_than_400_days(answer):
    """One mistaken date doesn't drown a month of answers."""
    drawing = draw(f"""
        known_at | kind               | occurred_at | claim_filed_at | = merchant_mean_response_seconds_30d
        1d       | merchant_responded | 9000d       | 1d             |
        2d       | claim_filed        |             |                | {216_000 + LONGEST_SECONDS}/6
    """)
    assert answer(drawing) == drawing.expected


def test_refusals_and_timeouts_are_of_all_answers(answer):
    """2 of 4 answers refused and 1 was none, with priors of 0.2 and 0.1, worth 5 each."""
    drawing = draw("""
        known_at | kind               | merchant_response | = merchant_refusal_share_90d | = merchant_timeout_share_90d
        1d       | merchant_responded | refused           |                              |
        2d       | merchant_responded | agreed            |                              |
        3d       | merchant_responded | refused           |                              |
        4d       | merchant_responded | timed_out         |                              |
        5d       | claim_filed        |                   | 3.0/9                        | 1.5/9
    """)
    assert answer(drawing) == drawing.expected


def test_recovered_share_is_of_money_advanced(answer):
    """300 of 1000 came back within the quarter, with a prior of 0.7 worth 20,000."""
    drawing = draw("""
        known_at | kind            | amount | recovered
        0d       | advance_settled | 5000   | 5000
        91d      | advance_settled | 400    | 0
        92d      | advance_settled | 600    | 300
        93d      | claim_filed     |        |
            merchant_recovered_share_90d  = 14300/21000
            merchant_recovered_share_ever = 19300/26000
            merchant_advances_90d         = 2
            merchant_advances_ever        = 3
            merchant_advanced_minor_90d   = 1000
            merchant_advanced_minor_ever  = 6000
            buyer_advances_ever           = 3
    """)
    assert answer(drawing) == drawing.expected


@pytest.mark.parametrize("source", VERDICT_SOURCES)
def test_verdicts_by_source_count_their_own_source_alone(answer, source):
    """Who ruled is counted apart, whatever was found."""
    another = VERDICT_SOURCES[VERDICT_SOURCES.index(source) - 1]
    drawing = draw(f"""
        known_at | kind              | verdict_source | verdict
        1d       | claim_adjudicated | {source}       | abusive
        2d       | claim_adjudicated | {another}      | legitimate
        3d       | claim_adjudicated | {source}       | undetermined
        4d       | claim_filed       |                |
            buyer_verdicts_by_{source}_ever  = 2
            buyer_verdicts_by_{another}_ever = 1
    """)
    assert answer(drawing) == drawing.expected


def test_merchant_at_fault_is_a_share_of_verdicts(answer):
    """1 of 3 verdicts found the merchant at fault: what nobody said is no fault, and dilutes. The prior is 0.2 of 5."""
    drawing = draw("""
        known_at | kind              | merchant_at_fault | = merchant_fault_share_90d | = product_fault_share_90d
        1d       | claim_adjudicated | true              |                            |
        2d       | claim_adjudicated | false             |                            |
        3d       | claim_adjudicated | -                 |                            |
        4d       | claim_filed       |                   | 2.0/8                      | 2.0/8
    """)
    assert answer(drawing) == drawing.expected


@pytest.mark.parametrize("finding", INSPECTIONS)
def test_returns_count_by_what_was_found(answer, finding):
    """A return counts when it is shipped, and what was in it when it is opened."""
    another = INSPECTIONS[INSPECTIONS.index(finding) - 1]
    drawing = draw(f"""
        known_at | kind             | inspection
        0d       | return_shipped   |
        1d       | return_inspected | {finding}
        91d      | return_shipped   |
        92d      | return_inspected | {another}
        93d      | claim_filed      |
            buyer_returns_90d            = 1
            buyer_returns_ever           = 2
            buyer_returns_{finding}_ever = 1
            buyer_returns_{another}_ever = 1
    """)
    assert answer(drawing) == drawing.expected


def test_mean_rating_leans_on_its_prior(answer):
    """1 and 5 stars: a prior of 4 is worth 2 ratings for a buyer and 5 for a merchant; a quarter forgets the first."""
    drawing = draw("""
        known_at | kind           | rating | = buyer_mean_rating_ever | = merchant_mean_rating_90d
        0d       | claim_filed    |        | 4                        | 4
        1d       | feedback_given | 1      |                          |
        50d      | feedback_given | 5      |                          |
        60d      | claim_filed    |        | 14.0/4                   | 26.0/7
        92d      | claim_filed    |        | 14.0/4                   | 25.0/6
    """)
    assert answer(drawing) == drawing.expected


def test_later_events_of_a_claim_belong_to_its_device_address_and_card(answer):
    """A ruling reaches all that the claim came from."""
    drawing = draw("""
        known_at | kind              | buyer | device | address | payment | category | claim_reason | verdict
        0d       | order_paid        | ann   | phone  | home    | card    | mugs     |              |
        1d       | claim_filed       | ann   | phone  | home    | card    | mugs     | not_received |
        2d       | claim_adjudicated | ann   | phone  | home    | card    | mugs     |              | abusive
        3d       | claim_filed       | bob   | phone  | home    | card    | mugs     | other        |
            device_claims_7d                = 1
            device_abusive_verdicts_ever    = 1
            device_claim_rate_30d           = 1.5/6
            address_claims_30d              = 1
            address_claims_not_received_30d = 1
            address_abusive_verdicts_ever   = 1
            payment_claims_30d              = 1
            payment_abusive_verdicts_ever   = 1
            category_claim_rate_30d         = 11.0/101
        3d       | claim_filed       | bob   | -      | -       | -       | -        | other        |
            device_claims_7d                = 0
            device_abusive_verdicts_ever    = 0
            address_claims_30d              = 0
            payment_claims_30d              = 0
            category_claim_rate_30d         = 0.1
    """)
    assert answer(drawing) == drawing.expected
