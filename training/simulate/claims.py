"""Claims: who tells which story about which order, and what the platform sees of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.event_table import MISSING
from training.simulate.agents import Agents
from training.simulate.config import Flags, SimulationConfig
from training.simulate.looks import (
    evidence_of,
    filing_times,
    is_abusive,
    likelihood,
    looks_of,
    parts_of,
    reasons_of,
    types_of,
)
from training.simulate.orders import Deliveries, Orders
from training.simulate.stories import HONEST, NO_STORY
from training.simulate.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Intents:
    """Claims that will be filed, a row each, shape (n,): at most one for an order, which it takes its number from.

    `chances` has shape (n, honest stories + 1): how likely each honest story was, and the lie.
    """

    order: Ints
    story: Ints
    careful: Flags
    filed_at_ms: Ints
    chances: Floats

    def take(self, rows: Ints) -> Intents:
        """Those of some rows."""
        return Intents(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@dataclass(frozen=True, slots=True)
class Claims:
    """A row per claim, shape (n,), by time of filing. Money in fen; type and reason as category codes.

    `story`, `careful` and `abuse_probability` are the truth behind it.
    """

    order: Ints
    person: Ints
    story: Ints
    careful: Flags
    abuse_probability: Floats
    filed_at_ms: Ints
    delivered_at_ms: Ints
    amount_minor: Ints
    quantity: Ints
    claim_type: Ints
    claim_reason: Ints
    evidence_count: Ints

    def __len__(self) -> int:
        return len(self.order)

    @property
    def abusive(self) -> Flags:
        """Whether each claim is a lie: the truth, shape (n,)."""
        return is_abusive(self.story)


class Intentions:
    """Draws claims from orders, for one marketplace."""

    def __init__(self, config: SimulationConfig, orders: Orders, deliveries: Deliveries, trouble: Trouble) -> None:
        self._dice = config.dice("claims")
        self._orders, self._deliveries, self._trouble = orders, deliveries, trouble

    def form(self, agents: Agents, order: Ints, at_ms: Ints) -> Intents:
        """Which of these orders will be claimed, as their buyers make up their minds at a moment each.

        Honest trouble comes first: an abuser whose parcel is lost has no need to lie.
        """
        honest_chances = self._trouble.chances(order)
        lie_chances = np.where(self._deliveries.lost[order], 0.0, agents.abuse_chances(self._orders, order, at_ms))
        honest = self._trouble.stories(order, honest_chances)
        abusive = agents.abusive_stories(self._orders, order, lie_chances)
        story = np.where(honest != NO_STORY, honest, abusive)
        rows = np.flatnonzero(story != NO_STORY)
        order, story = order[rows], story[rows]
        careful = agents.are_careful(order, self._orders.person[order], at_ms[rows]) & is_abusive(story)
        silent = np.maximum(1.0 - honest_chances.sum(axis=1), 0.0)
        chances = np.column_stack([honest_chances, silent * lie_chances])[rows]
        looks = looks_of(story, careful)
        filed_at_ms = filing_times(self._dice, order, looks, self._orders, self._deliveries)
        return Intents(order, story, careful, np.maximum(filed_at_ms, at_ms[rows]), chances)

    def file(self, agents: Agents, intents: Intents) -> Claims:
        """The claims as they are filed, by time."""
        intents = intents.take(np.lexsort((intents.order, intents.filed_at_ms)))
        orders, deliveries, order = self._orders, self._deliveries, intents.order
        looks = looks_of(intents.story, intents.careful)
        part = parts_of(self._dice, order, looks)
        claim_type = types_of(self._dice, order, looks, orders.amount_minor[order])
        reason, evidence = reasons_of(self._dice, order, looks), evidence_of(self._dice, order, looks)
        # the platform takes a parcel as delivered once it has heard so
        delivered = ~deliveries.lost[order] & (deliveries.known_at_ms[order] < intents.filed_at_ms)
        person = orders.person[order]

        def weigh(looks: Ints) -> Floats:
            return self._likelihood(intents, looks, reason, claim_type, part, evidence)

        lie = agents.story_of(person)
        told = np.stack([weigh(np.full(len(order), code)) for code in range(HONEST)], axis=1)
        care = agents.care_at(person, intents.filed_at_ms)
        masked = looks_of(lie, np.ones(len(order), dtype=np.bool_))
        lied = (1.0 - care) * weigh(lie) + care * weigh(masked)
        return Claims(
            order=order,
            person=person,
            story=intents.story,
            careful=intents.careful,
            abuse_probability=_posterior(intents.chances, told, lied),
            filed_at_ms=intents.filed_at_ms,
            delivered_at_ms=np.where(delivered, deliveries.delivered_at_ms[order], MISSING),
            amount_minor=np.ceil(orders.amount_minor[order] * part).astype(np.int64),
            quantity=np.ceil(orders.quantity[order] * part).astype(np.int64),
            claim_type=claim_type,
            claim_reason=reason,
            evidence_count=evidence,
        )

    def _likelihood(
        self, intents: Intents, looks: Ints, reason: Ints, claim_type: Ints, part: Floats, evidence: Ints
    ) -> Floats:
        return likelihood(
            intents.order,
            looks,
            intents.filed_at_ms,
            reason,
            claim_type,
            part,
            evidence,
            self._orders,
            self._deliveries,
        )


SURE: Final = 1e-12  # where no story at all would have looked like this, the one that was drawn must have


def _posterior(chances: Floats, told: Floats, lied: Floats) -> Floats:
    """The chance that a claim is a lie, by Bayes, from each story's chance and how likely it would look like this."""
    honest = (chances[:, :HONEST] * told).sum(axis=1)
    abusive = chances[:, HONEST] * lied
    return np.asarray(abusive / np.maximum(honest + abusive, SURE), dtype=np.float64)
