"""Audits: which automatic approvals a person looks at after the fact, drawn at random and so that anybody can check it.

Nobody rules on what was approved at once, so a share of it is audited, and each audit stands for the approvals that
might have been drawn in its place: its weight is the inverse of its chance. For that, the chance that is logged must be
the one that was used, and must never be zero. So a budget cuts chances before the draw and never the drawn; and the
draw is a keyed hash of the claim's id, so that it can be made again.

Only `auto_approve` is up for audit: a review is a person's finding already, and an advance is settled with the
merchant, who looks at it. An audit never delays the buyer.
"""

from __future__ import annotations

import hmac
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from serving.decision.facts import ClaimFacts
from serving.policy import Audits
from serving.words import Action

MILLION: Final = 1_000_000
EARLIER_CLAIMS: Final = "buyer_claims_ever"  # the column that says whether a buyer is new to us
_DRAW_BITS: Final = 64
_KNOWN, _NOVEL = "known", "novel"


@dataclass(frozen=True, slots=True)
class AuditLoad:
    """What the budget has to last for, as it was known before the claim.

    Attributes:
        approvals_per_day: automatic approvals a day, by stratum; a stratum of another policy counts at the basic share.
        expected_today_ppm: what the approvals of the day so far were expected to bring of audits, in millionths of
            one: the sum of their logged chances.
    """

    approvals_per_day: Mapping[str, float] = field(default_factory=dict)
    expected_today_ppm: int = 0


NO_LOAD: Final = AuditLoad()


@dataclass(frozen=True, slots=True)
class AuditDraw:
    """An approval that was up for audit: the stratum, the chance in millionths, and whether it was drawn."""

    stratum: str
    propensity_ppm: int
    drawn: bool

    @property
    def propensity(self) -> float:
        """The chance, within (0, 1]."""
        return self.propensity_ppm / MILLION


def find_audit(
    facts: ClaimFacts, action: Action, earlier_claims: float, audits: Audits, load: AuditLoad = NO_LOAD
) -> AuditDraw | None:
    """Draw for a decided claim, or None if it isn't up for audit.

    Args:
        facts: the claim, with its id.
        action: what was decided.
        earlier_claims: the buyer's claims before this one (`buyer_claims_ever`); NaN where that isn't known.
        audits: the policy's table.
        load: what the budget has to last for.
    """
    if action != "auto_approve" or audits.share == 0:
        return None
    stratum = audit_stratum(facts.amount_minor, earlier_claims, audits)
    ppm = audit_propensity(stratum, audits, load)
    return AuditDraw(stratum, ppm, draw_audit(audits.seed, facts.claim_id, ppm))


def audit_stratum(amount_minor: int, earlier_claims: float, audits: Audits) -> str:
    """The name of an approval's stratum: its amounts in minor units, and whether the buyer is known.

    >>> audits = Audits(share=0.02, amount_edges_minor=(2_000, 10_000), amount_factors=(0.5, 1.0, 2.0))
    >>> [audit_stratum(amount, claims, audits) for amount, claims in [(1_999, 0), (2_000, 3), (50_000, float("nan"))]]
    ['0-2000/novel', '2000-10000/known', '10000-/novel']
    """
    band = bisect_right(audits.amount_edges_minor, amount_minor)
    return _name(band, novel=not earlier_claims > audits.novel_up_to_claims, audits=audits)  # NaN is novel, too


def audit_propensity(stratum: str, audits: Audits, load: AuditLoad = NO_LOAD) -> int:
    """The chance, in millionths and at least one, with which an approval is drawn.

    The budget holds twice: chances are cut by a common factor where the approvals of the last days would bring too
    many audits, and one day's chances never add up to more than the budget, but for the least shares.

    >>> audits = Audits(share=0.02, budget_per_day=10)
    >>> audit_propensity("0-/known", audits)
    20000
    >>> audit_propensity("0-/known", audits, AuditLoad({"0-/known": 800.0, "0-/novel": 200.0}))
    10000
    """
    shares = _shares(audits)
    wanted = shares.get(stratum, audits.share) * _scale(audits, shares, load.approvals_per_day)
    left_ppm = audits.budget_per_day * MILLION - load.expected_today_ppm
    return max(round(audits.least_share * MILLION), min(round(wanted * MILLION), left_ppm))


def draw_audit(seed: str, claim_id: str, ppm: int) -> bool:
    """Whether a claim is drawn, at a chance in millionths: the same each time, and known to whoever has the seed.

    >>> sum(draw_audit("a seed", f"C{number}", 250_000) for number in range(1_000))
    241
    """
    digest = hmac.digest(seed.encode(), f"audit:{claim_id}".encode(), "sha256")
    number = int.from_bytes(digest[: _DRAW_BITS // 8], "big")
    return number * MILLION < ppm << _DRAW_BITS


def _name(band: int, *, novel: bool, audits: Audits) -> str:
    edges = ("0", *map(str, audits.amount_edges_minor), "")
    return f"{edges[band]}-{edges[band + 1]}/{_NOVEL if novel else _KNOWN}"


def _shares(audits: Audits) -> dict[str, float]:
    """The share of each stratum that would be audited, were there no budget."""
    return {
        _name(band, novel=novel, audits=audits): min(
            audits.share * factor * (audits.novel_factor if novel else 1.0), 1.0
        )
        for band, factor in enumerate(audits.amount_factors)
        for novel in (False, True)
    }


def _scale(audits: Audits, shares: Mapping[str, float], per_day: Mapping[str, float]) -> float:
    """The largest factor up to 1 at which a day's approvals bring no more audits than the budget, least shares
    included; 0 where these alone take the budget.
    """
    free = {name: (count, shares.get(name, audits.share)) for name, count in per_day.items()}
    budget, scale = float(audits.budget_per_day), 1.0
    while wanted := sum(count * share for count, share in free.values()):
        scale = min(1.0, max(0.0, budget / wanted))
        at_least = {name for name, (_, share) in free.items() if share * scale < audits.least_share}
        if not at_least:
            return scale
        # Those get the least share whatever the factor is; the others share what that leaves.
        budget -= sum(free.pop(name)[0] for name in at_least) * audits.least_share
    return scale
