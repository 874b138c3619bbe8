"""The truth, for whoever grades: who lied, how likely that was, and who people, merchants and products really are.

It is written to a folder of its own, which nothing that computes features, draws labels or trains may read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from features.arrays import Ints
from features.spans import DAY_MS
from training.simulate.claims import Claims
from training.simulate.config import SimulationConfig
from training.simulate.event_arrow import Names
from training.simulate.groups import NO_RING
from training.simulate.market import Market
from training.simulate.people import KINDS
from training.simulate.stories import STORIES

CLAIMS: Final = "truth"  # the file about claims; the others are called after what they tell of


@dataclass(frozen=True, slots=True)
class Told:
    """A day's claims, and by which account and ring each was filed."""

    claims: Claims
    account: Ints
    ring: Ints


class TruthBook:
    """The truth about all claims so far."""

    def __init__(self) -> None:
        self._told: list[Told] = []

    def add(self, told: Told) -> None:
        """Put down a day's claims."""
        self._told.append(told)

    def claims(self, names: Names) -> pa.Table:
        """A row per claim, by time of filing.

        `claim_id`; `abusive`; `story`, the kind of honest trouble or of abuse behind it; `abuse_probability`, how
        likely it was to be a lie given all traits and chances that the simulator knows and what the claim shows (but
        for its text and pictures), before it was drawn what is wrong with the goods; `careful`, whether a lie was told
        with the looks of an honest story; `person`, whose accounts may be several; `amount_minor`.
        """
        stories = pa.array([story.name for story in STORIES])
        every = [told.claims for told in self._told]
        if not every:
            return _no_claims()
        order = np.concatenate([claims.order for claims in every])
        ring = np.concatenate([told.ring for told in self._told])
        return pa.table(
            {
                "claim_id": names.of("claim_id", order),
                "buyer_id": names.of("buyer_id", np.concatenate([told.account for told in self._told])),
                "person": pa.array(np.concatenate([claims.person for claims in every])),
                "ring": pa.array(ring, mask=ring == NO_RING),
                "abusive": pa.array(np.concatenate([claims.abusive for claims in every])),
                "abuse_probability": pa.array(np.concatenate([claims.abuse_probability for claims in every])),
                "story": stories.take(pa.array(np.concatenate([claims.story for claims in every]))),
                "careful": pa.array(np.concatenate([claims.careful for claims in every])),
                "amount_minor": pa.array(np.concatenate([claims.amount_minor for claims in every])),
            },
            schema=CLAIM_SCHEMA,
        )


CLAIM_SCHEMA: Final = pa.schema(
    [
        ("claim_id", pa.string()),
        ("buyer_id", pa.string()),
        ("person", pa.int64()),
        ("ring", pa.int64()),
        ("abusive", pa.bool_()),
        ("abuse_probability", pa.float64()),
        ("story", pa.string()),
        ("careful", pa.bool_()),
        ("amount_minor", pa.int64()),
    ]
)


def _no_claims() -> pa.Table:
    return CLAIM_SCHEMA.empty_table()


def truth_tables(
    config: SimulationConfig, market: Market, ring: Ints, book: TruthBook, names: Names
) -> Mapping[str, pa.Table]:
    """All that is true of a marketplace, a table per sort of thing, by the name of its file; `ring` is people's."""
    return {
        CLAIMS: book.claims(names),
        "people": _people(market, ring),
        "merchants": _merchants(config, market, names),
        "products": _products(config, market, names),
    }


def _people(market: Market, ring: Ints) -> pa.Table:
    kinds = pa.array(list(KINDS))
    people = market.people
    return pa.table(
        {
            "person": pa.array(np.arange(len(people))),
            "kind": kinds.take(pa.array(people.kind)),
            "ring": pa.array(ring, mask=ring == NO_RING),
            "temptation_at_first": pa.array(people.temptation),
            "attacks": pa.array(people.attacks),
        }
    )


def _merchants(config: SimulationConfig, market: Market, names: Names) -> pa.Table:
    merchants = market.merchants
    return pa.table(
        {
            "merchant_id": names.of("merchant_id", np.arange(len(merchants))),
            "declines_at_ms": _moments(config, merchants.decline_day),
            "lies": pa.array(merchants.lies),
            "colludes": pa.array(merchants.colludes),
            "consents": pa.array(merchants.consents),
        }
    )


def _products(config: SimulationConfig, market: Market, names: Names) -> pa.Table:
    products = market.products
    return pa.table(
        {
            "product_id": names.of("product_id", np.arange(len(products))),
            "fault_rate": pa.array(products.fault_rate),
            "batch_from_ms": _moments(config, products.batch_start_day),
            "batch_to_ms": _moments(config, products.batch_end_day),
        }
    )


def _moments(config: SimulationConfig, day: np.ndarray[tuple[int], np.dtype[np.float64]]) -> pa.Array:
    """Milliseconds UTC of days of the period; null for never."""
    never = ~np.isfinite(day)
    at_ms = config.start_ms + (np.where(never, 0.0, day) * DAY_MS).astype(np.int64)
    return pa.array(at_ms, mask=never)
