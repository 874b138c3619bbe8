"""Windows, warranties and refunds, each with the rule or the key of the policy that it shows."""

from dataclasses import replace

import pytest

from features.events import LATEST_MS
from serving.decision import BuyerHistory, Window
from serving.policy import Policy
from tests.unit.serving.entitled import DAY_MS, KNOWN_BUYER, POLICY, RETURN, TRIAL, find, ms, terms


def test_window_closes_at_midnight_and_its_last_millisecond_is_within() -> None:
    """30 days after the day of delivery, in the policy's zone; told, and refused to nobody."""
    closes = ms("2026-04-04T00:00")
    inside, outside = (find(replace(RETURN, as_of_ms=moment)) for moment in (closes - 1, closes))
    assert inside.window == Window(30, RETURN.order_delivered_at_ms, closes, True)
    assert outside.window == replace(inside.window, within=False)
    assert replace(outside, window=inside.window) == inside
    assert inside.because["window"] == "entitlements.return_window_days"


@pytest.mark.parametrize(
    ("delivered", "closes"),
    [("2026-03-04T23:59:59.999", "2026-04-04T00:00"), ("2026-03-05T00:00", "2026-04-05T00:00")],
)
def test_delivery_before_or_after_midnight_makes_a_day_of_difference(delivered: str, closes: str) -> None:
    """The day of delivery is that of the policy's zone, to the millisecond."""
    assert find(replace(RETURN, order_delivered_at_ms=ms(delivered))).window.closes_at_ms == ms(closes)


def test_window_over_a_change_of_clocks_closes_at_local_midnight() -> None:
    """In London 30 days from the middle of March have an hour less."""
    delivered = ms("2026-03-15T00:00", TRIAL)
    window = find(replace(RETURN, order_delivered_at_ms=delivered), policy=TRIAL).window
    assert window.closes_at_ms == ms("2026-04-15T00:00", TRIAL) == delivered + 31 * DAY_MS - 3_600_000


def test_claim_before_delivery_has_a_window_that_has_not_opened() -> None:
    """What has not arrived has no last day yet, and nothing is late."""
    assert find(replace(RETURN, order_delivered_at_ms=None)).window == Window(30, None, None, True)


def test_window_that_the_policy_leaves_out_never_closes() -> None:
    """A policy that promises nothing sets no limit either."""
    content = POLICY.model_dump()
    del content["entitlements"], content["categories"]
    found = find(replace(RETURN, as_of_ms=LATEST_MS), policy=Policy.model_validate(content))
    assert found.window == Window(None, RETURN.order_delivered_at_ms, None, True)
    assert (found.refund_timing, found.freight_payer, found.prepaid_label) == ("on_inspection", "buyer", False)


def test_law_stands_above_a_shorter_promise_or_rule() -> None:
    """Nothing shortens the seven days that the law gives, but where it doesn't cover the goods."""
    for found in (find(policy=terms(return_window_days=3)), find(window_days=3)):
        assert (found.window.days, found.because["window"]) == (7, "authorities.statutory_return_days")
    custom = find(replace(RETURN, category_id="custom_made"))
    assert custom.window == Window(0, RETURN.order_delivered_at_ms, RETURN.order_delivered_at_ms, False)
    assert custom.because["window"] == "categories.custom_made.entitlements.return_window_days"


@pytest.mark.parametrize(
    ("claim_type", "reason", "category_id", "days", "because"),
    [
        ("refund_only", "not_received", "", 15, "entitlements.refund_only_window_days"),
        ("refund_only", "damaged", "", 30, "entitlements.quality_window_days"),
        ("exchange", "changed_mind", "", 30, "entitlements.exchange_window_days"),
        ("exchange", "changed_mind", "electronics", 15, "categories.electronics.entitlements.exchange_window_days"),
        ("exchange", "defective", "electronics", 30, "entitlements.quality_window_days"),
        ("repair", "defective", "electronics", 365, "categories.electronics.entitlements.warranty_days"),
        ("repair", "defective", "beauty", 0, "categories.beauty.entitlements.warranty_days"),
        ("return_refund", "damaged", "custom_made", 30, "entitlements.quality_window_days"),
        ("return_refund", "damaged", "fresh_food", 2, "categories.fresh_food.entitlements.quality_window_days"),
    ],
)
def test_window_is_that_of_type_reason_and_category(
    claim_type: str, reason: str, category_id: str, days: int, because: str
) -> None:
    """Each type has its days, faulty goods have theirs, and a category may have others; the answer names the key."""
    found = find(replace(RETURN, claim_type=claim_type, reason=reason, category_id=category_id))
    assert (found.window.days, found.because["window"]) == (days, because)


def test_days_for_faulty_goods_lengthen_a_window_and_never_shorten_it() -> None:
    """Who has faulty goods has no less time than who has changed their mind."""
    found = find(replace(RETURN, reason="defective"), policy=terms(quality_window_days=10))
    assert (found.window.days, found.because["window"]) == (30, "entitlements.return_window_days")


def test_warranty_is_for_repair_and_exchange() -> None:
    """A year for electronics, from the day after delivery, whatever the window of an exchange."""
    exchange = find(replace(RETURN, claim_type="exchange", category_id="electronics"))
    assert exchange.warranty == Window(365, RETURN.order_delivered_at_ms, ms("2027-03-05T00:00"), True)
    assert exchange.because["warranty"] == "categories.electronics.entitlements.warranty_days"
    assert find(replace(RETURN, claim_type="repair", category_id="beauty")).warranty == Window(
        0, RETURN.order_delivered_at_ms, RETURN.order_delivered_at_ms, False
    )
    assert find().warranty is None


@pytest.mark.parametrize(
    ("p", "timing", "key"),
    [
        (0.0, "immediate", "refund_immediately_below"),
        (0.0199, "immediate", "refund_immediately_below"),
        (0.02, "on_carrier_scan", "refund_on_carrier_scan_below"),
        (0.0999, "on_carrier_scan", "refund_on_carrier_scan_below"),
        (0.10, "on_inspection", "refund_on_carrier_scan_below"),
        (1.0, "on_inspection", "refund_on_carrier_scan_below"),
    ],
)
def test_refund_of_a_return_waits_by_risk(p: float, timing: str, key: str) -> None:
    """At once, when the carrier takes the parcel, or when it has been opened; a limit itself is above."""
    found = find(p=p)
    assert (found.refund_timing, found.because["refund_timing"]) == (timing, f"entitlements.{key}")
    assert found.refund_due_days == (0 if timing == "immediate" else 7)
    assert found.refund_due_at_ms == (RETURN.as_of_ms if timing == "immediate" else None)


def test_refund_by_risk_follows_the_category() -> None:
    """What can be worn and sent back is refunded at once less often."""
    assert find(p=0.015).refund_timing == "immediate"
    assert find(replace(RETURN, category_id="womens_wear"), p=0.015).refund_timing == "on_carrier_scan"


def test_refund_that_a_person_has_yet_to_grant_is_due_at_no_moment() -> None:
    """Nothing is due before somebody decides."""
    reviewed = find(p=0.0, action="manual_review")
    assert (reviewed.refund_timing, reviewed.refund_due_at_ms) == ("immediate", None)


def test_refund_without_a_return_waits_for_nothing() -> None:
    """Goods that stay can't be scanned or inspected, whatever a rule says."""
    found = find(replace(RETURN, claim_type="refund_only"), p=0.9, refund_timing="on_inspection")
    assert (found.refund_timing, found.because["refund_timing"]) == ("immediate", "no_goods_come_back")


@pytest.mark.parametrize("claim_type", ["exchange", "repair"])
def test_exchange_and_repair_have_no_refund(claim_type: str) -> None:
    """No money goes back."""
    found = find(replace(RETURN, claim_type=claim_type), refund_timing="immediate", refund_route="bank_transfer")
    assert (found.refund_timing, found.refund_due_days, found.refund_due_at_ms) == (None, None, None)
    assert found.refund_routes == ()
    assert set(found.because) == {"window", "freight_payer", "prepaid_label", "warranty", "quota"}


@pytest.mark.parametrize(("p", "history", "because"), [(None, KNOWN_BUYER, "degraded"), (0.0, None, "history_missing")])
def test_what_is_not_known_gets_what_is_safest(p: float | None, history: BuyerHistory | None, because: str) -> None:
    """Without a probability or a history: a refund after inspection, even against a rule, and the answer says why."""
    found = find(history=history, p=p, refund_timing="immediate")
    assert (found.refund_timing, found.because["refund_timing"]) == ("on_inspection", because)


def test_bank_transfer_comes_first_once_card_refunds_lapse() -> None:
    """180 days after payment the order of the routes turns; none is lost."""
    lapses = ms("2026-08-29T00:00")
    before, after = (find(replace(RETURN, as_of_ms=moment)) for moment in (lapses - 1, lapses))
    assert (before.refund_routes, before.because["refund_routes"]) == (
        ("original_payment", "bank_transfer"),
        "entitlements.refund_routes",
    )
    assert (after.refund_routes, after.because["refund_routes"]) == (
        ("bank_transfer", "original_payment"),
        "entitlements.bank_transfer_after_days",
    )
    assert find(replace(RETURN, as_of_ms=lapses, order_paid_at_ms=None)).refund_routes[0] == "original_payment"
