"""What became of claims: the decision of the platform's old rule, and the verdict that some claims get later.

Who gets a verdict depends only on what the platform could see, never on the truth. What the verdict says depends on the
truth, with errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.arrays import Floats, Ints
from features.event_table import code_of
from features.events import CLAIM_REASONS
from training.simulate.claims import Claims
from training.simulate.config import DAY_MS, HOUR_MS, Flags, SimulationConfig, draw_lognormal

AUTO_APPROVE_BELOW_MINOR: Final = 5_000
REFUSED_IF_ABUSIVE: Final = 0.35  # a quick look finds less than a verdict does
REFUSED_IF_HONEST: Final = 0.04
ADVANCED_SHARE: Final = 0.4  # of granted refunds that the merchant would owe, those that the platform pays first

INSPECTED_SHARE: Final = 0.85
REVIEWED_SHARE: Final = (0.12, 0.55)  # of cheap and of dear claims
REVIEW_MIDDLE_MINOR: Final = 20_000.0


@dataclass(frozen=True, slots=True)
class Finder:
    """A way to a verdict: how long it takes (lognormal, days) and how often it errs or can't tell."""

    source: str
    delay_median_days: float
    delay_sigma: float
    miss_rate: float
    false_alarm_rate: float
    undetermined_rate: float


INSPECTION: Final = Finder("inspection", 9.0, 0.5, 0.15, 0.015, 0.03)
REVIEWER: Final = Finder("reviewer", 4.0, 0.6, 0.07, 0.02, 0.08)

# How often a claim that is found legitimate is the merchant's fault, by the reason given.
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
_MERCHANT_FAULT_SHARES: Final = np.array([MERCHANT_FAULT_SHARE[word] for word in CLAIM_REASONS])


@dataclass(frozen=True, slots=True)
class Decisions:
    """A row per claim, shape (n,): the old rule's action as a code, and the money refunded in fen.

    `refused` marks the claims that a person turned down.
    """

    decided_at_ms: Ints
    refused: Flags
    action: Ints
    refunded_minor: Ints


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A row per claim that gets a verdict, shape (n,). `merchant_at_fault` is 1, 0, or -1 where it is not known."""

    claim: Ints
    adjudicated_at_ms: Ints
    verdict: Ints
    source: Ints
    merchant_at_fault: Ints


def make_decisions(config: SimulationConfig, claims: Claims) -> Decisions:
    """Decide every claim by the old rule: cheap ones at once, the others by a person within hours to days.

    Where the merchant would be at fault if the buyer is right, the person often has the platform pay first.
    An exchange or a repair that is granted refunds nothing.
    """
    rng = config.stream("decisions")
    count = len(claims)
    automatic = claims.amount_minor < AUTO_APPROVE_BELOW_MINOR
    seconds = rng.integers(1, 30, size=count)
    hours = draw_lognormal(rng, median=14.0, sigma=1.0, size=count)
    delay_ms = np.where(automatic, seconds * 1_000, np.clip(hours, 0.2, 240.0) * HOUR_MS).astype(np.int64)
    refused = ~automatic & (rng.random(count) < np.where(claims.abusive, REFUSED_IF_ABUSIVE, REFUSED_IF_HONEST))
    refund_codes = [code_of("claim_type", "refund_only"), code_of("claim_type", "return_refund")]
    refunds = np.isin(claims.claim_type, refund_codes) & ~refused
    advanced = refunds & (config.stream("advances").random(count) < ADVANCED_SHARE)
    advanced &= _MERCHANT_FAULT_SHARES[claims.claim_reason] >= 0.5
    by_person = np.where(advanced, code_of("action", "pre_payment_compensation"), code_of("action", "manual_review"))
    return Decisions(
        decided_at_ms=claims.filed_at_ms + delay_ms,
        refused=refused,
        action=np.where(automatic, code_of("action", "auto_approve"), by_person).astype(np.int64),
        refunded_minor=np.where(refunds, claims.amount_minor, 0).astype(np.int64),
    )


def make_verdicts(config: SimulationConfig, claims: Claims, decisions: Decisions) -> Verdicts:
    """Give some claims a verdict, days after filing: most returns by inspection, some others by a reviewer."""
    rng = config.stream("verdicts")
    returned = claims.claim_type == code_of("claim_type", "return_refund")
    looked_at = rng.random(len(claims)) < np.where(returned, INSPECTED_SHARE, _reviewed_share(claims))
    inspected = np.flatnonzero(looked_at & returned)
    reviewed = np.flatnonzero(looked_at & ~returned)
    claim = np.concatenate([inspected, reviewed])
    verdict = np.concatenate(
        [_find(rng, INSPECTION, claims.abusive[inspected]), _find(rng, REVIEWER, claims.abusive[reviewed])]
    )
    delay_ms = np.concatenate(
        [finding_delay_ms(rng, INSPECTION, len(inspected)), finding_delay_ms(rng, REVIEWER, len(reviewed))]
    )
    source = np.repeat(
        [code_of("verdict_source", INSPECTION.source), code_of("verdict_source", REVIEWER.source)],
        [len(inspected), len(reviewed)],
    )
    return Verdicts(
        claim=claim,
        # A verdict looks back on a decision, so it never comes before one.
        adjudicated_at_ms=np.maximum(claims.filed_at_ms[claim] + delay_ms, decisions.decided_at_ms[claim]),
        verdict=verdict,
        source=source.astype(np.int64),
        merchant_at_fault=_merchant_at_fault(rng, claims.claim_reason[claim], verdict),
    )


def _reviewed_share(claims: Claims) -> Floats:
    cheap, dear = REVIEWED_SHARE
    dearness = 1.0 / (1.0 + REVIEW_MIDDLE_MINOR / np.maximum(claims.amount_minor, 1))
    return np.asarray(cheap + (dear - cheap) * dearness, dtype=np.float64)


def finding_delay_ms(rng: np.random.Generator, finder: Finder, count: int) -> Ints:
    """How long after the filing a finder reaches a verdict, integer milliseconds, shape (count,)."""
    days = draw_lognormal(rng, median=finder.delay_median_days, sigma=finder.delay_sigma, size=count)
    return (days * DAY_MS).astype(np.int64)


def _find(rng: np.random.Generator, finder: Finder, abusive: Flags) -> Ints:
    """The verdict codes that a finder reaches, given the truth, shape (n,)."""
    says_abusive = rng.random(len(abusive)) < np.where(abusive, 1.0 - finder.miss_rate, finder.false_alarm_rate)
    verdict = np.where(says_abusive, code_of("verdict", "abusive"), code_of("verdict", "legitimate"))
    unsure = rng.random(len(abusive)) < finder.undetermined_rate
    return np.where(unsure, code_of("verdict", "undetermined"), verdict).astype(np.int64)


def _merchant_at_fault(rng: np.random.Generator, reason: Ints, verdict: Ints) -> Ints:
    """Follows the reason given and the verdict, as a reviewer would: 1, 0, or -1 if the verdict is open."""
    legitimate = verdict == code_of("verdict", "legitimate")
    at_fault = legitimate & (rng.random(len(reason)) < _MERCHANT_FAULT_SHARES[reason])
    return np.where(verdict == code_of("verdict", "undetermined"), -1, at_fault.astype(np.int64)).astype(np.int64)
