"""Answers as the service sends them."""

from __future__ import annotations

from typing import Any

from serving.answer import Answer, CostAnswer
from serving.insight.merchants.scorecard import MerchantCounts, MerchantScorecard
from serving.policy import default_policy_path, read_policy
from serving.policy_card.making import make_card


def answer_content() -> dict[str, Any]:
    """The JSON of an answer to claim C1 that sends it to a person."""
    costs = [
        CostAnswer(action="manual_review", expected_cost_minor=800.5, available=True, why="always_available"),
        CostAnswer(action="auto_approve", expected_cost_minor=None, available=False, why="no_authority"),
    ]
    answer = Answer(
        claim_id="C1",
        action="manual_review",
        cause="least_cost",
        abuse_probability=0.25,
        costs=costs,
        runner_up=None,
        action_changes_below=None,
        action_changes_above=None,
        authority=None,
        charged_to=None,
        recovery_probability=0.7,
        recovery_source="policy_default",
        reasons=[],
        as_of_ms=1_735_689_600_000,
        model_version="0123456789ab",
        policy_version="ba9876543210",
        catalog_hash="0123456789abcdef",
        degraded=False,
        replayed=False,
    )
    return answer.model_dump(mode="json")


def explanation_content() -> dict[str, Any]:
    """What the buyer of claim C1 is told."""
    said = {
        "decision": "A person decides.",
        "how": "We looked.",
        "changes_note": "Nothing.",
        "outcome": "with_a_person",
    }
    lists = {"entitlements": [], "changes": [], "rights": []}
    return {
        "audience": "buyer",
        "claim_id": "C1",
        "language": "en",
        "decided_at_ms": 1_735_689_600_000,
        **said,
        **lists,
    }


EVENTS_CONTENT = {"taken": 1, "known": 0, "known_at_ms": 1_735_689_600_000}
VERDICT = {"adjudication_id": "A1", "claim_id": "C1", "verdict": "legitimate"}
APPEAL = {"appeal_id": "P1", "party": "buyer", "kind": "appeal", "text": "I sent back what I got."}
OPENED = {
    **{key: APPEAL[key] for key in ("appeal_id", "party", "kind")},
    "claim_id": "C1",
    "case_number": 7,
    "opened_at_ms": 1_735_689_600_000,
    "replayed": False,
}
RECORDED_CONTENT = {**VERDICT, "reviewer_id": "ann", "known_at_ms": 1_735_689_600_000, "replayed": False}


def claim_answer_content() -> dict[str, Any]:
    """How claim C1 stands."""
    nothing = {"decision": None, "entitlements": None, "case": None}
    return {"claim_id": "C1", "state": "filed", **nothing, "timeline": [], "timeline_complete": True}


def card_content() -> dict[str, Any]:
    """The card of the shipped policy."""
    return make_card(read_policy(default_policy_path()), "womens_wear").model_dump(mode="json")


def scorecard_content() -> dict[str, Any]:
    """The scorecard of a merchant of whom nothing is known."""
    bare = {"claims": 0, "rate": None, "expected": 0.0, "shrunk_rate": None}
    rate = {**bare, "ratio": {"value": 1.0, "low": 0.5, "high": 2.0}}
    counts = dict.fromkeys(MerchantCounts.model_fields, 0)
    money = {"advances": 0, "advanced_minor": 0, "recovered_minor": 0, "recovered_share": None}
    known: dict[str, Any] = {
        **dict.fromkeys(("as_of_ms", "from_ms", "orders_from_ms", "orders_until_ms", "of_ranked", "least_orders"), 0),
        **dict.fromkeys(("place", "score", "median_answer_hours", "median_shipping_hours", "mean_rating"), None),
        "merchant_id": "shop/1",
        "score_formula": "",
        "left_out": [],
        "components": [],
        "months": [],
        "all_claims": rate,
        "quality_claims": rate,
        "counts": counts,
        "money": money,
        "trend": {"trend": "unsure", "ratio": None, "claims_before": 0, "orders_before": 0},
    }
    return MerchantScorecard.model_validate(known).model_dump(mode="json")
