"""A policy card's numbers as sentences, in each language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from serving.policy_card.card import CardSection, CardWindow, PolicyCard, Topic


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of one language. `{days}` stands for a number of days in words, `{number}` for a plain number."""

    days: Callable[[int], str]
    between: str
    titles: Mapping[Topic, str]
    claim_types: Mapping[str, str]
    window: str
    window_open: str
    window_none: str
    window_at_fault: str
    statutory: str
    no_refusal: str
    timings: Mapping[str, str]
    timing_one: str
    timings_many: str
    due: str
    routes: Mapping[str, str]
    route_first: str
    transfer_later: str
    payers: Mapping[str, str]
    free_returns: str
    free_returns_none: str
    label: str
    warranty: str
    warranty_open: str
    warranty_none: str
    people: str


_ENGLISH: Final = _Words(
    days=lambda days: "1 day" if days == 1 else f"{days} days",
    between=" ",
    titles={
        "windows": "How long you can ask",
        "refund": "When and how the money comes back",
        "freight": "Who pays for sending goods back",
        "warranty": "Warranty",
        "people": "When a person decides",
    },
    claim_types={
        "refund_only": "A refund without sending goods back",
        "return_refund": "A return for a refund",
        "exchange": "An exchange",
        "repair": "A repair",
    },
    window="{claim_type} can be asked for within {days} of delivery.",
    window_open="{claim_type} can be asked for at any time.",
    window_none="{claim_type} isn't promised for these goods.",
    window_at_fault="Where the goods are at fault, it is within {days}.",
    statutory="Within {days} of delivery the law gives you a return without a reason.",
    no_refusal="The day after delivery counts as the first. Nobody is refused by a machine for coming later.",
    timings={
        "immediate": "at once",
        "on_carrier_scan": "when the carrier takes the parcel",
        "on_inspection": "when the goods have come back and been looked at",
    },
    timing_one="A return is refunded {timings}.",
    timings_many="A return is refunded {timings}, depending on the case.",
    due="The money is paid within {days} of that.",
    routes={"original_payment": "to the way you paid", "bank_transfer": "by bank transfer"},
    route_first="Money goes back {routes}.",
    transfer_later="From {days} after payment, a bank transfer is offered first.",
    payers={
        "merchant": "Where the goods are at fault, the merchant pays, or the platform first; you don't.",
        "platform": "Where the goods are at fault, the platform pays; you don't.",
        "buyer": "You pay.",
    },
    free_returns="After a change of mind, {number} returns a year are free; past these you pay.",
    free_returns_none="After a change of mind you pay, unless something else was agreed.",
    label="Where you don't pay, you get a prepaid label.",
    warranty="The goods are repaired or exchanged for {days}.",
    warranty_open="The goods are repaired or exchanged without an end.",
    warranty_none="There is no warranty beyond the law's.",
    people=(
        "No machine refuses you: only a person can. You can ask for a person with any claim, and a person then "
        "decides. You can also ask why something was decided, and appeal."
    ),
)

_CHINESE: Final = _Words(
    days=lambda days: f"{days} 天",
    between="",
    titles={
        "windows": "申请期限",
        "refund": "退款时间与方式",
        "freight": "退货运费由谁承担",
        "warranty": "质保",
        "people": "何时由人工处理",
    },
    claim_types={"refund_only": "仅退款", "return_refund": "退货退款", "exchange": "换货", "repair": "维修"},
    window="{claim_type}：签收后 {days}内可以申请。",
    window_open="{claim_type}：随时可以申请。",
    window_none="{claim_type}：该类商品不承诺支持。",
    window_at_fault="商品有质量问题的，{days}内可以申请。",
    statutory="签收后 {days}内，法律保障您无理由退货。",
    no_refusal="期限自签收次日起算。逾期申请不会被系统直接拒绝。",
    timings={
        "immediate": "立即退款",
        "on_carrier_scan": "快递揽收后退款",
        "on_inspection": "商品退回并验收后退款",
    },
    timing_one="退货：{timings}。",
    timings_many="退货视情况{timings}。",
    due="款项在此后 {days}内支付。",
    routes={"original_payment": "原路退回", "bank_transfer": "银行转账"},
    route_first="退款方式：{routes}。",
    transfer_later="付款满 {days}后，优先提供银行转账。",
    payers={
        "merchant": "商品有质量问题的，运费由商家承担，或由平台先行垫付，您无需支付。",
        "platform": "商品有质量问题的，运费由平台承担，您无需支付。",
        "buyer": "运费由您承担。",
    },
    free_returns="因改变主意退货，每年 {number} 次免运费，超出部分由您承担。",
    free_returns_none="因改变主意退货，除另有约定外，运费由您承担。",
    label="无需您承担运费时，我们提供预付运单。",
    warranty="商品在 {days}内可以维修或更换。",
    warranty_open="商品可以维修或更换，没有期限。",
    warranty_none="除法律规定外，不另提供质保。",
    people="系统不会拒绝您的申请，只有人工才能作出拒绝。任何申请您都可以要求人工处理。您也可以询问决定的理由，并提出申诉。",
)

WORDS: Final[Mapping[str, _Words]] = {"en": _ENGLISH, "zh-CN": _CHINESE}
_LIST: Final = {"en": (", ", " or "), "zh-CN": ("、", "或")}


def sections_of(card: PolicyCard) -> list[CardSection]:
    """The card's topics, in its language."""
    words = WORDS[card.language]
    texts: dict[Topic, list[str]] = {
        "windows": _windows(card, words),
        "refund": _refund(card, words),
        "freight": _freight(card, words),
        "warranty": [_days(card.warranty_days, words, words.warranty, words.warranty_open, words.warranty_none)],
        "people": [words.people],
    }
    return [
        CardSection(topic=topic, title=words.titles[topic], text=words.between.join(text))
        for topic, text in texts.items()
    ]


def _windows(card: PolicyCard, words: _Words) -> list[str]:
    said = [sentence for window in card.windows if window.claim_type != "repair" for sentence in _window(window, words)]
    return [*said, words.no_refusal]


def _window(window: CardWindow, words: _Words) -> list[str]:
    name = words.claim_types[window.claim_type]
    said = [_days(window.days, words, words.window, words.window_open, words.window_none).format(claim_type=name)]
    if window.days_if_at_fault is not None and window.days_if_at_fault != window.days:
        said.append(words.window_at_fault.format(days=words.days(window.days_if_at_fault)))
    if window.statutory_days:
        said.append(words.statutory.format(days=words.days(window.statutory_days)))
    return said


def _refund(card: PolicyCard, words: _Words) -> list[str]:
    refund, language = card.refund, card.language
    timing = words.timing_one if len(refund.timings) == 1 else words.timings_many
    said = [timing.format(timings=_either([words.timings[each] for each in refund.timings], language))]
    if refund.due_days is not None:
        said.append(words.due.format(days=words.days(refund.due_days)))
    said.append(words.route_first.format(routes=_either([words.routes[each] for each in refund.routes], language)))
    if refund.bank_transfer_after_days is not None and "bank_transfer" in refund.routes:
        said.append(words.transfer_later.format(days=words.days(refund.bank_transfer_after_days)))
    return said


def _freight(card: PolicyCard, words: _Words) -> list[str]:
    freight = card.freight
    said = [words.payers[freight.payer_if_at_fault]]
    free = words.free_returns if freight.free_returns_per_year else words.free_returns_none
    said.append(free.format(number=freight.free_returns_per_year))
    return [*said, words.label] if freight.prepaid_label else said


def _days(days: int | None, words: _Words, some: str, without_end: str, none: str) -> str:
    """The sentence for so many days, with all its other blanks left as they are."""
    if days is None:
        return without_end
    return some.replace("{days}", words.days(days)) if days else none


def _either(parts: list[str], language: str) -> str:
    comma, last = _LIST[language]
    return parts[0] if len(parts) == 1 else comma.join(parts[:-1]) + last + parts[-1]
