"""What may lie behind a claim: the kinds of honest trouble and of abuse, and how a claim of each kind looks.

The looks overlap on purpose: each abusive story names the honest one that it takes the looks of once its teller has
been caught and has learned from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Clock(StrEnum):
    """From when a claim's delay counts."""

    PAYMENT = "payment"
    PROMISE = "promise"
    DELIVERY = "delivery"


class Pays(StrEnum):
    """On which goods a way of abuse pays."""

    ANY = "any"
    CHEAP = "cheap"
    DEAR = "dear"
    WORN = "worn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One kind of trouble or abuse, and the claims that it leads to.

    `reasons` holds relative frequencies. The delay is lognormal. `refund_only_cheap` and `refund_only_dear` are the
    shares of refund-only claims on cheap and on dear orders; `swap_share` of the others ask for an exchange or a
    repair, and the rest to return the goods. `partial_share` of the claims ask for a part of the amount.
    `merchant_at_fault` is how often the merchant caused it. Of abuse, `pays` says on which goods, and `imitates` which
    honest story it comes to look like. `miss_rate` is how often an inspection of goods sent back finds nothing.
    """

    name: str
    abusive: bool
    reasons: Mapping[str, float]
    clock: Clock = Clock.DELIVERY
    delay_median_hours: float
    delay_sigma: float
    refund_only_cheap: float
    refund_only_dear: float
    swap_share: float = 0.0
    evidence_mean: float
    partial_share: float = 0.0
    merchant_at_fault: float = 0.0
    pays: Pays = Pays.ANY
    imitates: str | None = None
    miss_rate: float = 0.15


HONEST_STORIES: Final = (
    Story(
        name="lost_parcel",
        abusive=False,
        reasons={"not_received": 0.9, "late_delivery": 0.1},
        clock=Clock.PAYMENT,
        delay_median_hours=240,
        delay_sigma=0.4,
        refund_only_cheap=1.0,
        refund_only_dear=1.0,
        evidence_mean=0.2,
        merchant_at_fault=0.25,
    ),
    Story(
        name="misdelivered_parcel",
        abusive=False,
        reasons={"not_received": 1.0},
        delay_median_hours=45,
        delay_sigma=0.9,
        refund_only_cheap=1.0,
        refund_only_dear=1.0,
        evidence_mean=0.4,
        merchant_at_fault=0.05,
    ),
    Story(
        name="late_parcel",
        abusive=False,
        reasons={"late_delivery": 0.8, "changed_mind": 0.2},
        clock=Clock.PROMISE,
        delay_median_hours=30,
        delay_sigma=0.9,
        refund_only_cheap=0.6,
        refund_only_dear=0.4,
        evidence_mean=0.3,
        partial_share=0.3,
        merchant_at_fault=0.5,
    ),
    Story(
        name="faulty_goods",
        abusive=False,
        reasons={"defective": 0.45, "damaged": 0.33, "not_as_described": 0.2, "expired": 0.02},
        delay_median_hours=30,
        delay_sigma=1.0,
        refund_only_cheap=0.75,
        refund_only_dear=0.2,
        swap_share=0.2,
        evidence_mean=1.9,
        partial_share=0.2,
        merchant_at_fault=0.93,
    ),
    Story(
        name="wrong_parcel",
        abusive=False,
        reasons={"wrong_item": 0.5, "missing_parts": 0.42, "counterfeit": 0.08},
        delay_median_hours=20,
        delay_sigma=0.9,
        refund_only_cheap=0.6,
        refund_only_dear=0.25,
        swap_share=0.25,
        evidence_mean=1.8,
        partial_share=0.3,
        merchant_at_fault=0.97,
    ),
    Story(
        name="change_of_mind",
        abusive=False,
        reasons={"changed_mind": 0.72, "not_as_described": 0.23, "other": 0.05},
        delay_median_hours=60,
        delay_sigma=0.8,
        refund_only_cheap=0.04,
        refund_only_dear=0.02,
        swap_share=0.12,
        evidence_mean=0.5,
        merchant_at_fault=0.04,
    ),
)

ABUSIVE_STORIES: Final = (
    Story(
        name="denies_receipt",
        abusive=True,
        reasons={"not_received": 1.0},
        delay_median_hours=60,
        delay_sigma=0.8,
        refund_only_cheap=1.0,
        refund_only_dear=1.0,
        evidence_mean=0.25,
        pays=Pays.DEAR,
        imitates="misdelivered_parcel",
        miss_rate=0.15,
    ),
    Story(
        name="serial_refunds",
        abusive=True,
        reasons={"defective": 0.35, "damaged": 0.33, "not_as_described": 0.22, "missing_parts": 0.1},
        delay_median_hours=22,
        delay_sigma=1.0,
        refund_only_cheap=0.9,
        refund_only_dear=0.6,
        evidence_mean=1.4,
        partial_share=0.15,
        pays=Pays.CHEAP,
        imitates="faulty_goods",
        miss_rate=0.15,
    ),
    Story(
        name="wardrobing",
        abusive=True,
        reasons={"changed_mind": 0.65, "not_as_described": 0.35},
        delay_median_hours=105,
        delay_sigma=0.55,
        refund_only_cheap=0.0,
        refund_only_dear=0.0,
        evidence_mean=0.4,
        pays=Pays.WORN,
        imitates="change_of_mind",
        miss_rate=0.3,
    ),
    Story(
        name="empty_or_swapped_return",
        abusive=True,
        reasons={"defective": 0.3, "changed_mind": 0.4, "not_as_described": 0.2, "wrong_item": 0.1},
        delay_median_hours=70,
        delay_sigma=0.8,
        refund_only_cheap=0.02,
        refund_only_dear=0.02,
        evidence_mean=0.8,
        pays=Pays.DEAR,
        imitates="change_of_mind",
        miss_rate=0.1,
    ),
    Story(
        name="account_farm",
        abusive=True,
        reasons={"not_received": 0.35, "damaged": 0.3, "defective": 0.2, "missing_parts": 0.15},
        delay_median_hours=18,
        delay_sigma=0.9,
        refund_only_cheap=0.95,
        refund_only_dear=0.85,
        evidence_mean=1.2,
        pays=Pays.ANY,
        imitates="faulty_goods",
        miss_rate=0.15,
    ),
    Story(
        name="fake_evidence",
        abusive=True,
        reasons={"damaged": 0.5, "defective": 0.25, "expired": 0.05, "not_as_described": 0.2},
        delay_median_hours=16,
        delay_sigma=0.9,
        refund_only_cheap=0.95,
        refund_only_dear=0.8,
        evidence_mean=3.0,
        pays=Pays.DEAR,
        imitates="faulty_goods",
    ),
    Story(
        name="ring_script",
        abusive=True,
        reasons={"damaged": 0.35, "missing_parts": 0.25, "not_received": 0.2, "wrong_item": 0.2},
        delay_median_hours=14,
        delay_sigma=0.6,
        refund_only_cheap=0.97,
        refund_only_dear=0.9,
        evidence_mean=1.6,
        imitates="wrong_parcel",
    ),
    Story(
        name="collusion",
        abusive=True,
        reasons={"not_as_described": 0.4, "counterfeit": 0.15, "defective": 0.25, "not_received": 0.2},
        delay_median_hours=30,
        delay_sigma=0.8,
        refund_only_cheap=0.9,
        refund_only_dear=0.9,
        evidence_mean=1.2,
        pays=Pays.DEAR,
        imitates="faulty_goods",
    ),
    Story(
        name="partial_refund_extortion",
        abusive=True,
        reasons={"not_as_described": 0.5, "damaged": 0.2, "missing_parts": 0.15, "late_delivery": 0.15},
        delay_median_hours=40,
        delay_sigma=0.9,
        refund_only_cheap=1.0,
        refund_only_dear=0.97,
        evidence_mean=1.3,
        partial_share=0.9,
        imitates="faulty_goods",
    ),
    Story(
        name="one_off",
        abusive=True,
        reasons={
            "not_received": 0.2,
            "damaged": 0.25,
            "defective": 0.25,
            "not_as_described": 0.2,
            "late_delivery": 0.1,
        },
        delay_median_hours=36,
        delay_sigma=1.0,
        refund_only_cheap=0.8,
        refund_only_dear=0.35,
        swap_share=0.1,
        evidence_mean=1.5,
        partial_share=0.15,
        pays=Pays.ANY,
        imitates="faulty_goods",
        miss_rate=0.2,
    ),
)

STORIES: Final = HONEST_STORIES + ABUSIVE_STORIES
HONEST: Final = len(HONEST_STORIES)  # the codes below it are honest
NO_STORY: Final = -1


def story_code(name: str) -> int:
    """The integer that stands for a story.

    >>> STORIES[story_code("wardrobing")].abusive
    True
    """
    return [story.name for story in STORIES].index(name)
