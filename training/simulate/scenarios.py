"""What may befall a marketplace, and how much: the scenarios by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What befalls a marketplace. Shares of the period say when: 0 is its start and 1 its end.

    Attributes:
        meaning: the scenario in a sentence.
        season_strength: how much festivals raise demand and slow carriers; 1 is an ordinary year of a large platform.
        attackers: share of people who come on top as members of rings, within days, at `attack_at`.
        attack_at: when they come.
        batch_share: share of products with a bad batch.
        batch_fault_rate: how often an order from a bad batch is faulty.
        rule_changes_at: when the platform's old rule starts to pay much dearer claims without a look; None if never.
        drift: how far, by the end, tastes, prices and the sorts of abuse have moved from where they began; 0 to 1.
    """

    meaning: str
    season_strength: float = 0.35
    attackers: float = 0.0
    attack_at: float = 0.6
    batch_share: float = 0.10
    batch_fault_rate: float = 0.25
    rule_changes_at: float | None = None
    drift: float = 0.0


CALM: Final = "calm"

SCENARIOS: Final[Mapping[str, Scenario]] = {
    CALM: Scenario(meaning="an ordinary time, with mild seasons"),
    "festival": Scenario(
        meaning="6.18, 11.11 and Chinese New Year at full strength: floods of orders, late parcels, more sent back",
        season_strength=1.6,
    ),
    "ring_attack": Scenario(
        meaning="an ordinary time until rings that share devices, scripts and pictures arrive within ten days",
        attackers=0.02,
    ),
    "bad_batch": Scenario(
        meaning="many more products than usual have a batch that is faulty in every second piece",
        batch_share=0.30,
        batch_fault_rate=0.5,
    ),
    "policy_change": Scenario(
        meaning="from the middle on, the platform's old rule pays claims of up to four times the amount without a look",
        rule_changes_at=0.5,
    ),
    "drift": Scenario(
        meaning="tastes, prices and the sorts of abuse move all the time; abusers grow more careful",
        drift=1.0,
    ),
}
