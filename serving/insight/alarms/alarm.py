"""An alarm as it is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, TypeAlias, TypedDict, get_args

ALARMS_PART: Final = "alarms"  # the part of serving.insight.parts that makes them

AlarmKind: TypeAlias = Literal["product", "merchant", "decline"]
AlarmState: TypeAlias = Literal["open", "over"]
Advice: TypeAlias = Literal[
    "stop_sale", "check_stock", "look_at_abuse", "ask_merchant", "watch_merchant", "ask_service", "watch_service"
]
SignName: TypeAlias = Literal["late", "slow", "goods"]
ALARM_KINDS: Final[tuple[AlarmKind, ...]] = get_args(AlarmKind)
ALARM_STATES: Final[tuple[AlarmState, ...]] = get_args(AlarmState)
SIGNS: Final[tuple[SignName, ...]] = get_args(SignName)


class AlarmSign(TypedDict):
    """What a sign of decline showed since it began: bad cases, and how many this merchant would usually have had."""

    name: SignName
    seen: int
    usual: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A sudden rise in claims, or a merchant's decline, as it stands at the moment of the record's end.

    Of a decline, the batch are the merchant's orders since it began; its claims need not have risen, as other signs may
    tell of it.

    Attributes:
        id: always the same for the same entity and day; `alarm_id` makes it.
        entity: the product, or the merchant.
        merchants: who sells it, most orders first; the merchant itself for one of a merchant.
        products: how many products the claims are about.
        opened_ms: when the claim became known that raised it, on what was known that day; of a decline, that day's end.
        last_ms: when the last claim about it became known; of a decline, the end of the last day with a sign of it.
        batch_from_ms, batch_to_ms: the orders that the claims are about were paid in [from, to).
        claims, expected: claims that count on those orders, and how many would have been usual.
        ratio, ratio_low, ratio_high: claims over expected, and where that lies in 95 of 100 cases.
        reported: all claims about the goods, also those that don't count as their buyer, device or address had one.
        buyers: who made them.
        abusive, ruled: of these claims, how many were ruled to be abusive, and ruled on at all.
        sold, unclaimed: orders in the batch, and those that nobody has claimed for any reason.
        still_expected: how many of these are still to come at this rate.
        reason, reason_share: the leading reason and its share of what was reported; none where nothing was.
        claim_ids: the newest of what was reported.
        claimed_minor, still_expected_minor: money asked for by now, and likely to be asked for.
        first_day: the first day (UTC, from 1970) of `daily` and `daily_expected`: claims that count by the day on which
            they became known, and how many are usual.
        signs: of a decline.
    """

    id: str
    kind: AlarmKind
    entity: str
    category: str | None
    merchants: list[str]
    products: int
    state: AlarmState
    opened_ms: int
    last_ms: int
    batch_from_ms: int
    batch_to_ms: int
    claims: int
    expected: float
    ratio: float
    ratio_low: float
    ratio_high: float
    reported: int
    buyers: int
    abusive: int
    ruled: int
    sold: int
    unclaimed: int
    still_expected: float
    reason: str | None
    reason_share: float
    claim_ids: list[str]
    claimed_minor: int
    still_expected_minor: int
    advice: Advice
    first_day: int
    daily: list[int]
    daily_expected: list[float]
    signs: list[AlarmSign] = field(default_factory=list)  # those kept by an older version have none

    def to_body(self) -> dict[str, Any]:
        """What JSON can hold of it, which is all."""
        return asdict(self)

    @classmethod
    def of_body(cls, body: Mapping[str, Any]) -> Alarm:
        """The alarm of such a body."""
        return cls(**body)


def alarm_id(kind: AlarmKind, entity: str, day: int) -> str:
    """A name for an alarm that doesn't change when it is worked out anew.

    >>> alarm_id("product", "mug", 20_000)
    '5b180670f636'
    """
    return hashlib.sha256(f"{kind}\n{entity}\n{day}".encode()).hexdigest()[:12]
