"""Who bore it.

Each refund is borne by one party, or by two where an advance came back in part:

    merchant   charged to it, with an authority; and what it paid back of advances
    platform   from its own pocket; what did not come back of settled advances; a fee for each advance and the cost of
               each review, at the prices of the policy
    buyer      asked for, and refused by a person who did not find the claim abusive
    open       advances that aren't settled yet; and refunds of which nobody told who bore them

Who was charged stands in the ledger: with the last ruling that released money, else with the decision. Where a claim
isn't in it, an authority is looked for in the events, as the policy takes them: the merchant agreed, was found at
fault, or let the time pass, or the law gives the return. Without one, a refund of up to what the policy lets the
platform bear is the platform's, and any other is open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import pyarrow.compute as pc

from features.arrays import Ints
from serving.insight.record import times
from serving.insight.returns.chance import share
from serving.insight.returns.columns import PAYS, Flags, Seen, Words, amounts
from serving.insight.returns.days import Days
from serving.insight.returns.figures import Borne, Costs, Party
from serving.policy import Policy

PARTS: Final[Mapping[str, Party]] = {
    "refused": "buyer",
    "refunds_charged": "merchant",
    "advances_recovered": "merchant",
    "refunds_borne": "platform",
    "advances_lost": "platform",
    "advance_fees": "platform",
    "reviews": "platform",
    "advances_open": "open",
    "refunds_untold": "open",
}
REFUNDS: Final = (
    *("refunds_charged", "advances_recovered", "refunds_borne", "advances_lost", "advances_open", "refunds_untold"),
)
_PARTIES: Final[tuple[Party, ...]] = ("buyer", "merchant", "platform", "open")
_UNTOLD: Final = "untold"


def parts_of(seen: Seen) -> dict[str, Ints]:
    """What each claim comes to, by the names of `PARTS`; minor units, each of shape (claims,)."""
    refunded, charged_to = seen.refunded_minor, Words.of(seen.told["charged_to"])
    ruled = times(seen.told, "ruled_refund_minor") >= 0
    advanced = seen.action.are("pre_payment_compensation")
    by_advance = advanced & ~ruled
    settled = by_advance & _is_told(seen, "advanced_minor")
    came_back = np.minimum(amounts(seen.claims["recovered_minor"]), refunded)
    inferred = ~by_advance & charged_to.are("")
    merchants = (~by_advance & charged_to.are("merchant")) | (inferred & _has_authority(seen))
    bearable = each(seen, lambda policy: policy.actions.platform_bears_up_to_minor) >= refunded
    own = inferred & ~merchants & bearable & seen.action.are("auto_approve")
    platforms = (~by_advance & charged_to.are("platform")) | own
    return {
        "refused": np.where(_is_refused(seen, ruled), np.maximum(seen.asked_minor - refunded, 0), 0),
        "refunds_charged": np.where(merchants, refunded, 0),
        "advances_recovered": np.where(settled, came_back, 0),
        "refunds_borne": np.where(platforms, refunded, 0),
        "advances_lost": np.where(settled, refunded - came_back, 0),
        "advance_fees": np.where(advanced, each(seen, lambda policy: policy.costs.advance_fee_minor), 0),
        "reviews": np.where(
            seen.action.are("manual_review"), each(seen, lambda policy: policy.costs.review_cost_minor), 0
        ),
        "advances_open": np.where(by_advance & ~settled, refunded, 0),
        "refunds_untold": np.where(~by_advance & ~merchants & ~platforms, refunded, 0),
    }


def platform_cost(parts: Mapping[str, Ints]) -> Ints:
    """What each claim costs the platform, shape (claims,)."""
    borne = [values for name, values in parts.items() if PARTS[name] == "platform"]
    return np.asarray(np.sum(borne, axis=0), dtype=np.int64)


def costs_of(seen: Seen, parts: Mapping[str, Ints]) -> Costs:
    """Who bore what, in sums."""
    sums = {name: int(values.sum()) for name, values in parts.items()}
    advanced = seen.action.are("pre_payment_compensation")
    settled = advanced & _is_told(seen, "advanced_minor")
    given, back = amounts(seen.claims["advanced_minor"]), amounts(seen.claims["recovered_minor"])
    refunded = seen.refunded_minor
    returned = seen.type.are("return_refund") & (refunded > 0)
    as_sent = returned & Words.of(seen.claims["inspection"]).are("as_sent")
    payers = Words.of(seen.told["freight_payer"])
    freight = Counter(payers.names[code] or _UNTOLD for code in payers.code[seen.type.are("return_refund")].tolist())
    return Costs(
        parties=tuple(_borne(party, sums) for party in _PARTIES),
        refunded_minor=sum(sums[name] for name in REFUNDS),
        advances=int(advanced.sum()),
        advanced_minor=int(refunded[advanced].sum()),
        settled_minor=int(given[settled].sum()),
        recovered_minor=int(back[settled].sum()),
        recovered=share(int((back >= given)[settled].sum()), int(settled.sum())),
        goods_back=share(int(as_sent.sum()), int(returned.sum())),
        goods_back_minor=int(refunded[as_sent].sum()),
        freight={party: freight[party] for party in ("buyer", "merchant", "platform", _UNTOLD)},
    )


def each(seen: Seen, setting: Callable[[Policy], int]) -> Ints:
    """A setting of the policy as it counts for each claim's category, shape (claims,)."""
    values = [setting(seen.policy.for_category(name)) for name in seen.category.names]
    return np.array(values, dtype=np.int64)[seen.category.code]


def _borne(party: Party, sums: Mapping[str, int]) -> Borne:
    parts = {name: sums[name] for name, of in PARTS.items() if of == party}
    return Borne(party, parts, sum(parts.values()))


def _is_told(seen: Seen, name: str) -> Flags:
    return np.asarray(pc.is_valid(seen.claims[name].combine_chunks()))


def _is_refused(seen: Seen, ruled: Flags) -> Flags:
    """Claims for money that a person closed without finding them abusive."""
    verdict = Words.of(seen.claims["verdict"])
    closed = ruled | (seen.action.are("manual_review") & verdict.are("legitimate", "undetermined"))
    return seen.type.are(*PAYS) & closed & ~verdict.are("abusive")


def _has_authority(seen: Seen) -> Flags:
    """Claims on which the events show an authority to charge the merchant, of a kind that the policy takes."""
    kinds = seen.policy.authorities.kinds
    response = Words.of(seen.claims["merchant_response"])
    at_fault = np.asarray(pc.fill_null(seen.claims["merchant_at_fault"].combine_chunks(), False))
    shown: Mapping[str, Flags] = {
        "consent": response.are("agreed"),
        "merchant_timeout": response.are("timed_out"),
        "adjudication": at_fault.astype(np.bool_),
        "statutory_right": _is_statutory(seen),
    }
    found = np.zeros(len(seen.claims), dtype=np.bool_)
    for kind in kinds:
        found |= shown.get(kind, np.False_)
    return found


def _is_statutory(seen: Seen) -> Flags:
    """Returns within the law's days, which are counted from the day after delivery (`decision.authority`)."""
    filed, delivered = times(seen.claims, "filed_at_ms"), times(seen.claims, "delivered_at_ms")
    allowed = each(seen, lambda policy: policy.authorities.statutory_return_days)
    came = seen.type.are("return_refund") & (delivered >= 0) & (delivered <= filed) & (allowed > 0)
    if not came.any():
        return came
    days = Days.of(int(delivered[came].min()), int(filed[came].max()) + 1, seen.policy.zone)
    return came & (days.number(filed) - days.number(delivered) <= allowed)
