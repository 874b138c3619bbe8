"""What is told of returns and refunds: figures alone, as `work_out` makes them.

Money is in minor units, moments are milliseconds UTC, days are those of the policy's time zone. What too little tells
is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Party: TypeAlias = Literal["buyer", "merchant", "platform", "open"]
SeasonKind: TypeAlias = Literal["weekday", "month", "festival"]


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of`, with Wilson's 95 % interval; value and bounds are None of nothing."""

    count: int
    of: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Bounded:
    """A figure with its 95 % interval; None where too little tells it."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Total:
    """The claims of a period, or of a part of it.

    Attributes:
        claims: filed in it.
        decided: those of them with a decision.
        approved: paid or granted at once, without a person or an advance.
        reviewed: sent to a person.
        advanced: paid by the platform first.
        asked_minor: what they ask for.
        refunded_minor: what buyers got so far.
    """

    claims: int
    decided: int
    approved: int
    reviewed: int
    advanced: int
    asked_minor: int
    refunded_minor: int


@dataclass(frozen=True, slots=True)
class Period:
    """A month or a week, by the day on which claims were filed and orders paid.

    Attributes:
        name: `2026-03`, or the first day of a week, `2026-03-02`.
        is_whole: whether all its days lie in the time that is told of.
        orders: order lines paid in it.
        paid_minor: what they cost.
        claimed: of those orders, the ones with a claim so far; the youngest may still get one.
        total: of the claims filed in it.
    """

    name: str
    is_whole: bool
    orders: int
    paid_minor: int
    claimed: Share
    total: Total


@dataclass(frozen=True, slots=True)
class Slice:
    """The claims of one type or reason: `share` is that of all claims."""

    name: str
    share: Share
    total: Total
    mean_asked_minor: float | None


@dataclass(frozen=True, slots=True)
class ReasonSlice:
    """The claims of a stated reason.

    Attributes:
        read_otherwise: of those with a decision in the ledger, the ones whose decision names as a reason that the text
            tells of another one, more likely than not. It is a floor: a decision names its weightiest reasons only.
    """

    name: str
    share: Share
    total: Total
    mean_asked_minor: float | None
    read_otherwise: Share


@dataclass(frozen=True, slots=True)
class Category:
    """A sort of goods, "" where none is known.

    Attributes:
        orders: order lines paid in the period.
        claimed: of those orders, the ones with a claim so far.
        total: of the claims filed in the period.
        mean_asked_minor: of a claim.
        leading_reason: the commonest stated one.
        leading_share: its share of the category's claims.
        days_to_claim: the median from delivery, or from payment where it never came.
        months: claims by the months of `Returns.months`.
    """

    category_id: str
    orders: int
    claimed: Share
    total: Total
    mean_asked_minor: float | None
    leading_reason: str | None
    leading_share: Share
    days_to_claim: float | None
    months: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often buyers claim. Orders and claims without a buyer's name aren't in here.

    Attributes:
        buyers: who ordered or claimed in the period.
        by_claims: of them, those with 0, 1, 2, 3, 4, and 5 or more claims.
        claims_per_buyer: a mean.
        repeated: buyers with more than one claim, of those with any.
        claims_of_repeated: the claims that they filed, of all.
        most_share: claims of the hundredth of buyers who claim most, of all.
    """

    buyers: int
    by_claims: tuple[int, int, int, int, int, int]
    claims_per_buyer: float | None
    repeated: Share
    claims_of_repeated: Share
    most_share: Share


@dataclass(frozen=True, slots=True)
class Season:
    """A weekday, a month of the year, or the days around a festival, against the usual days.

    Attributes:
        name: `1` (Monday) to `7`, `01` to `12`, or `midyear`, `singles_day`, `new_year`.
        days: how many of them the period holds.
        orders_ratio: order lines paid a day, against the usual.
        claims_ratio: claims filed a day, against the usual.
        claimed_ratio: the share of the orders of these days that was claimed, against the usual.
    """

    kind: SeasonKind
    name: str
    days: int
    orders: int
    claims: int
    orders_ratio: Bounded
    claims_ratio: Bounded
    claimed_ratio: Bounded


@dataclass(frozen=True, slots=True)
class Borne:
    """What one party bears, by part, and in all.

    Attributes:
        party: `open` is what nobody has borne yet, or nobody told.
        parts: minor units by the names in `serving.insight.returns.bearing.PARTS`.
        total_minor: their sum.
    """

    party: Party
    parts: dict[str, int]
    total_minor: int


@dataclass(frozen=True, slots=True)
class Costs:
    """Who bore what the claims of the period cost.

    Attributes:
        parties: buyer, merchant, platform, open.
        refunded_minor: what buyers got in all: what merchants, the platform and `open` bear of refunds.
        advances: how many refunds the platform paid first.
        advanced_minor: what they came to.
        settled_minor: of that, what was settled with merchants since.
        recovered_minor: of that, what came back.
        recovered: settled advances that came back whole.
        goods_back: refunded returns whose goods came back as sent, of those refunded.
        goods_back_minor: what was refunded for them: merchants have these goods again.
        freight: returns by who pays freight, as decisions say; nobody reports what freight costs.
    """

    parties: tuple[Borne, ...]
    refunded_minor: int
    advances: int
    advanced_minor: int
    settled_minor: int
    recovered_minor: int
    recovered: Share
    goods_back: Share
    goods_back_minor: int
    freight: dict[str, int]

    def of(self, party: Party) -> Borne:
        """What a party bears."""
        return next(each for each in self.parties if each.party == party)


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """That another policy took over: versions as decisions name them, and the first moment of the new one (ms)."""

    at_ms: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Effect:
    """A figure in the days before and after a change, and the difference, after minus before.

    Attributes:
        name: `approved_share`, `reviewed_share`, `refunded_minor` (per claim) or `cost_minor` (the platform's, per
            claim).
    """

    name: str
    before: float
    after: float
    difference: Bounded


@dataclass(frozen=True, slots=True)
class ChangeEffect:
    """What was seen around a change of policy. It is no experiment: whatever else changed in these days is in it.

    Attributes:
        days: on each side, whole weeks; the day of the change is on neither. 0 if there are too few to tell.
        claims_before, claims_after: filed in those days.
        effects: none where it is too short to tell.
    """

    change: PolicyChange
    days: int
    claims_before: int
    claims_after: int
    effects: tuple[Effect, ...]

    @property
    def is_told(self) -> bool:
        """Whether there are enough days on both sides."""
        return self.days > 0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that stands out more than chance explains. `serving.insight.returns.saying` puts it into a sentence.

    Attributes:
        kind: which sort of finding, and the key of its sentence.
        money_minor: what it is about, by which findings are ranked.
        values: what the sentence says: numbers, and words as codes.
        p_value: how often chance alone would do as much, before the number of looks is counted.
    """

    kind: str
    money_minor: int
    values: dict[str, str | int | float]
    p_value: float


@dataclass(frozen=True, slots=True)
class Returns:
    """All that is told of the claims filed in [from_ms, until_ms), as known at the record's end.

    Attributes:
        currency: ISO 4217 code.
        orders: order lines paid in the period.
        paid_minor: what they cost.
        claimed: of those orders, the ones with a claim so far.
        total: of the claims filed in the period.
        months, weeks: in the order of time.
        types, reasons: with most claims first.
        categories: with most claims first.
        changes: of the policy, oldest first.
        findings: at most 8, those about most money first.
    """

    from_ms: int
    until_ms: int
    currency: str
    orders: int
    paid_minor: int
    claimed: Share
    total: Total
    months: tuple[Period, ...]
    weeks: tuple[Period, ...]
    types: tuple[Slice, ...]
    reasons: tuple[ReasonSlice, ...]
    categories: tuple[Category, ...]
    frequency: Frequency
    seasons: tuple[Season, ...]
    costs: Costs
    changes: tuple[ChangeEffect, ...]
    findings: tuple[Finding, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there was neither an order nor a claim."""
        return not self.orders and not self.total.claims
