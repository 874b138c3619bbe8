"""Reasons are few, in the reader's language, and carry their evidence."""

import re

import pytest

from features.plan import Plan
from serving.reasons import Reason, choose_reasons
from serving.scorer import Contribution, Explanation
from serving.text.columns import TEXT_COLUMNS

TEXTS = {
    "buyer_claims": {"en": "How often this buyer claims", "zh-CN": "该买家申请售后的频率"},
    "claim_amount": {"en": "The amount of this claim", "zh-CN": "本次申请的金额"},
    "claim_timing": {"en": "When this claim was filed"},
}
EXPLANATION = Explanation(
    (
        Contribution("buyer_claims", 1.2, "buyer_claims_30d", 4.0),
        Contribution("claim_timing", -0.7, "claim_hours_since_delivery", None),
        Contribution("claim_amount", 0.1, "claim_amount_share", 0.5),
    ),
    bias_raw_score=-2.0,
)


def choose(
    explanation: Explanation = EXPLANATION, *, at_most: int = 3, least_share: float = 0.0, language: str = "en"
) -> tuple[Reason, ...]:
    return choose_reasons(explanation, TEXTS, at_most=at_most, least_share=least_share, language=language)


def test_reason_carries_text_direction_share_and_evidence() -> None:
    """Everything a reader needs stands in the reason."""
    raising, lowering, _ = choose()
    assert raising == Reason(
        "buyer_claims", "How often this buyer claims", "raises", pytest.approx(0.6), "buyer_claims_30d", 4.0
    )
    assert (lowering.direction, lowering.share) == ("lowers", pytest.approx(0.35))
    assert lowering.value is None


def test_shares_of_all_reasons_sum_to_one() -> None:
    """A share is of everything that moved, up or down."""
    assert sum(reason.share for reason in choose()) == pytest.approx(1.0)


@pytest.mark.parametrize("at_most", [0, 1, 2, 3, 9])
def test_no_more_reasons_than_asked_for(at_most: int) -> None:
    """The largest come first, and the rest is left out."""
    codes = ["buyer_claims", "claim_timing", "claim_amount"]
    assert [reason.code for reason in choose(at_most=at_most)] == codes[:at_most]


def test_reason_below_the_least_share_is_left_out() -> None:
    """What hardly moved the probability is no reason."""
    assert [reason.code for reason in choose(least_share=0.06)] == ["buyer_claims", "claim_timing"]


def test_shares_are_of_all_movement_though_few_reasons_are_given() -> None:
    """Leaving reasons out doesn't make the others look larger."""
    (only,) = choose(at_most=1)
    assert only.share == pytest.approx(0.6)


def test_reason_in_chinese_has_the_chinese_text() -> None:
    """The reader's language is used where there is a text in it."""
    assert choose(language="zh-CN")[0].text == "该买家申请售后的频率"


@pytest.mark.parametrize("language", ["zh-CN", "fr"])
def test_reason_without_a_text_in_the_language_is_in_english(language: str) -> None:
    """A missing translation never leaves a reason without words."""
    assert choose(language=language)[1].text == "When this claim was filed"


def test_reason_that_moved_nothing_is_no_reason() -> None:
    """Zero movement has no direction."""
    still = Contribution("claim_amount", 0.0, "claim_amount_share", 0.5)
    assert choose(Explanation((still,), 0.0)) == ()
    assert len(choose(Explanation((EXPLANATION.contributions[0], still), 0.0))) == 1


def test_text_of_a_reason_says_nothing_of_the_direction(plan: Plan) -> None:
    """One text stands beside "raises" and "lowers" alike, so it names what was looked at, and nothing of how it was."""
    slanted = re.compile(
        r"\b(more|less|fewer|higher|lower|too|unusual|suspicious|risky?|raises?|lowers?)\b|(?<!比)较|偏|过多|过高|可疑|风险|异常"
    )
    texts = [column.reason.text for column in (*plan.columns, *TEXT_COLUMNS)]
    assert {text.en for text in texts if slanted.search(text.en)} == set()
    assert {text.zh for text in texts if slanted.search(text.zh)} == set()
