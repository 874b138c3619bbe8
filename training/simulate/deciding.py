"""Who answers claims: the platform's old rule here, a policy with a model in `closed_loop`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from features.arrays import Ints
from features.event_table import code_of
from features.events import CLAIM_REASONS
from training.simulate.claims import Claims
from training.simulate.config import Flags, SimulationConfig
from training.simulate.day import Day

AUTO_APPROVE_BELOW_MINOR: Final = 5_000
GENEROUS_FACTOR: Final = 4  # on that, once the rule has changed
ADVANCED_BELOW_MINOR: Final = 40_000
ADVANCED_SHARE: Final = 0.45
AUDITED_PPM: Final = 15_000
NOT_UP_FOR_AUDIT: Final = -1

# How often a claim that is found legitimate is the merchant's fault, by the reason given, as the platform sees it.
MERCHANT_FAULT_SHARE: Final = {
    "not_received": 0.25,
    "damaged": 0.7,
    "defective": 0.95,
    "not_as_described": 0.8,
    "wrong_item": 0.97,
    "missing_parts": 0.95,
    "counterfeit": 0.98,
    "expired": 0.98,
    "late_delivery": 0.5,
    "changed_mind": 0.02,
    "other": 0.2,
}


@dataclass(frozen=True, slots=True)
class Answers:
    """The platform's answer to each claim of a day, shape (n,).

    Attributes:
        action: as a code.
        at_ms: when the buyer gets it, if no person has to decide.
        known_at_ms: when it goes on record, at the earliest.
        audit_ppm: the chance, in millionths, with which an automatic answer is drawn for an audit, or -1.
        charges_merchant: whether an approval is paid by the merchant, and not by the platform; false for other answers.
    """

    action: Ints
    at_ms: Ints
    known_at_ms: Ints
    audit_ppm: Ints
    charges_merchant: Flags


class Decider(Protocol):
    """Answers the claims of one day after the other."""

    def answer(self, day: Day, claims: Claims, consents: Flags) -> Answers:
        """The answers to a day's claims, given all events that were known by its end.

        `consents` says whose merchant has agreed that the platform refunds at its cost; shape (n,).
        """
        ...


class OldRule:
    """Pays cheap claims at once, at their merchants' cost; pays some others first where the merchant seems at fault;
    and asks a person else.
    """

    def __init__(self, config: SimulationConfig) -> None:
        self._config = config
        self._dice = config.dice("old rule")
        self._merchants_fault = np.array([MERCHANT_FAULT_SHARE[word] for word in CLAIM_REASONS])

    def answer(self, day: Day, claims: Claims, consents: Flags) -> Answers:  # noqa: ARG002 - it never asks
        """The answers to a day's claims, each within half a minute of its filing."""
        changes_at = self._config.what_befalls.rule_changes_at
        changed = changes_at is not None and day.number >= changes_at * self._config.days
        limit_minor = AUTO_APPROVE_BELOW_MINOR * (GENEROUS_FACTOR if changed else 1)
        automatic = claims.amount_minor < limit_minor
        advanced = ~automatic & (claims.amount_minor < ADVANCED_BELOW_MINOR) & gives_money(claims)
        advanced &= self._merchants_fault[claims.claim_reason] >= 0.5
        advanced &= self._dice.happens("advance", claims.order, ADVANCED_SHARE)
        action = np.where(advanced, code_of("action", "pre_payment_compensation"), code_of("action", "manual_review"))
        action = np.where(automatic, code_of("action", "auto_approve"), action).astype(np.int64)
        at_ms = claims.filed_at_ms + 1_000 * (1 + self._dice.below("seconds", claims.order, 30))
        return Answers(
            action=action,
            at_ms=at_ms,
            known_at_ms=at_ms,
            audit_ppm=np.where(automatic, AUDITED_PPM, NOT_UP_FOR_AUDIT),
            charges_merchant=automatic,
        )


def gives_money(claims: Claims) -> Flags:
    """Whether a claim that is granted is paid out: exchanges and repairs give no money back. Shape (n,)."""
    return np.isin(claims.claim_type, [code_of("claim_type", word) for word in ("refund_only", "return_refund")])
