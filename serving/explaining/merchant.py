"""What a merchant is told: what concerns goods, merchant and this claim; nothing of what the buyer did elsewhere."""

from __future__ import annotations

from typing import Final

from features.catalog import reasons as codes
from serving.claim import Language
from serving.explaining.known import Known
from serving.explaining.messages import ClaimSaid, MerchantExplanation, MerchantReason, ReviewerReason
from serving.explaining.reviewer import all_reasons
from serving.explaining.words import Words

# of the goods, of the merchant, of this claim, and of this buyer at this merchant; what isn't named here isn't shown
SHOWN: Final = frozenset(
    reason.code
    for reason in (
        codes.CLAIM_MONEY,
        codes.CLAIM_TIMING,
        codes.CLAIM_KIND,
        codes.CLAIM_DELIVERY,
        codes.CLAIM_EVIDENCE,
        codes.MERCHANT_CLAIMS,
        codes.MERCHANT_VERDICTS,
        codes.MERCHANT_SERVICE,
        codes.MERCHANT_ADVANCES,
        codes.PRODUCT_CLAIMS,
        codes.PRODUCT_VERDICTS,
        codes.CATEGORY_CLAIMS,
        codes.BUYER_AT_MERCHANT,
    )
)
MOST_REASONS: Final = 5


def explain_to_merchant(known: Known, language: Language, words: Words) -> MerchantExplanation:
    """The merchant's explanation; the loudest reasons first, without numbers."""
    past, answer = known.past, known.past.answer
    facts, given = past.facts, past.answer.entitlements
    shown = [reason for reason in all_reasons(known, language) if reason.code in SHOWN]
    return MerchantExplanation(
        claim_id=past.entry.claim_id,
        language=language,
        decided_at_ms=past.entry.decided_at_ms,
        action=answer.action,
        decision=_decision(known, words),
        charged_to=answer.charged_to,
        authority=answer.authority,
        order_id=(facts.order_id or None) if facts is not None else None,
        product_id=(facts.product_id or None) if facts is not None else None,
        claim=None if facts is None else ClaimSaid.model_validate(facts),
        freight_payer=None if given is None else given.freight_payer,
        rma_number=None if given is None else given.rma_number,
        reasons=[_reason(reason) for reason in shown[:MOST_REASONS]],
        rights=list(words.merchant_rights),
    )


def _reason(reason: ReviewerReason) -> MerchantReason:
    return MerchantReason(text=reason.text, speaks_for="a_closer_look" if reason.direction == "raises" else "the_claim")


def _decision(known: Known, words: Words) -> str:
    answer = known.past.answer
    if known.ruled:
        return words.merchant_ruled
    match answer.action:
        case "manual_review":
            return words.merchant_waits
        case "pre_payment_compensation":
            return words.merchant_advanced
        case "auto_approve":
            return words.merchant_charged if answer.charged_to == "merchant" else words.merchant_not_charged
