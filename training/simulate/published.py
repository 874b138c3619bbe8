"""What is published about returns and abuse, beside what a simulated marketplace shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.event_table import code_of, from_arrow
from features.events import EventKind
from training.simulate.config import Flags
from training.simulate.world import World


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts of a world that has claims, and the truth about them.

    Of orders, shape (orders,): their category's name. Of claims, by filing, shape (claims,): category, type as a code,
    amount in minor units, whether it is a lie.
    """

    ordered_category: pa.Array
    claimed_category: pa.Array
    claim_type: Ints
    amount_minor: Ints
    abusive: Flags
    late: float

    @property
    def gives_money(self) -> Flags:
        """Which claims ask for money, with or without sending the goods back."""
        return np.isin(self.claim_type, [code_of("claim_type", word) for word in ("refund_only", "return_refund")])

    def is_type(self, word: str) -> Flags:
        """Which claims are of a type."""
        return np.asarray(self.claim_type == code_of("claim_type", word), dtype=np.bool_)

    def returned_share(self, category: str | None = None) -> float:
        """Claims for money over orders, of all goods or of one category."""
        if category is None:
            return float(self.gives_money.sum() / len(self.ordered_category))
        own = np.asarray(pc.equal(self.claimed_category, category), dtype=np.bool_)
        return float((own & self.gives_money).sum() / max(pc.sum(pc.equal(self.ordered_category, category)).as_py(), 1))


Measure: TypeAlias = Callable[[Facts], float]


@dataclass(frozen=True, slots=True)
class Published:
    """A published rate: what it is of, between which figures, who says so, and how it is measured here."""

    name: str
    low: float
    high: float
    source: str
    measure: Measure


PUBLISHED: Final = (
    Published("orders sent back or refunded", 0.14, 0.20, "online sales returned, US", Facts.returned_share),
    Published(
        "  of women's wear", 0.50, 0.60, "China, by categories", lambda facts: facts.returned_share("womens_wear")
    ),
    Published(
        "  of wear sold by livestream", 0.60, 0.80, "China, up to 80 %",
        lambda facts: facts.returned_share("livestream_wear"),
    ),
    Published(
        "returns that are lies", 0.09, 0.15, "fraudulent returns, US, 2023 to 2025",
        lambda facts: _share(facts.abusive, facts.is_type("return_refund")),
    ),
    Published(
        "claims that are lies", 0.095, 0.115, "10.5 % of claims and appeasements, US, 2023",
        lambda facts: float(facts.abusive.mean()),
    ),
    Published(
        "money asked for without a return that lies ask for", 0.20, 0.30, "a quarter of refund dollars, a vendor",
        lambda facts: _money_share(facts, facts.is_type("refund_only")),
    ),
    Published("parcels later than promised", 0.03, 0.07, "95 % on time, a target", lambda facts: facts.late),
)  # fmt: skip


def facts_of(world: World) -> Facts:
    """What is counted of a world.

    Raises:
        ValueError: if it has no claims.
    """
    if len(world.truth) == 0:
        raise ValueError("the world has no claims; simulate more orders or days")
    names = ["kind", "known_at_ms", "occurred_at_ms", "claim_type", "amount_minor", "order_promised_at_ms"]
    events = from_arrow(world.events.select(names))
    paid, filed, delivered = (
        events.rows_of(kind) for kind in (EventKind.ORDER_PAID, EventKind.CLAIM_FILED, EventKind.ORDER_DELIVERED)
    )
    category, claim_id = world.events["category_id"].combine_chunks(), world.events["claim_id"].combine_chunks()
    place = pc.index_in(claim_id.take(pa.array(filed)), value_set=world.truth["claim_id"].combine_chunks())
    return Facts(
        ordered_category=category.take(pa.array(paid)),
        claimed_category=category.take(pa.array(filed)),
        claim_type=events["claim_type"][filed],
        amount_minor=events["amount_minor"][filed],
        abusive=np.asarray(world.truth["abusive"].take(place), dtype=np.bool_),
        late=float((events["occurred_at_ms"][delivered] > events["order_promised_at_ms"][delivered]).mean()),
    )


def rates_table(worlds: Sequence[World]) -> list[tuple[str, float, float, float, str]]:
    """Each published rate beside the mean over some worlds: name, published low and high, simulated, source."""
    facts = [facts_of(world) for world in worlds]
    return [
        (each.name, each.low, each.high, float(np.mean([each.measure(one) for one in facts])), each.source)
        for each in PUBLISHED
    ]


def _share(part: Flags, of: Flags) -> float:
    return float(part[of].mean()) if of.any() else float("nan")


def _money_share(facts: Facts, of: Flags) -> float:
    return float(facts.amount_minor[facts.abusive & of].sum() / max(int(facts.amount_minor[of].sum()), 1))
