"""With what chance a past claim's truth came to light; only with that known do those that did speak for the others.

- A claim that went to a person is looked at for certain.
- An approval is looked at if it was drawn for an audit, with the chance that was logged beside it.
- An advance is settled with the merchant and never audited, so no chance is known.
- What comes to light otherwise (an appeal, an inspection) came by no known chance and isn't used.

Some that were looked at end in no finding. Within either group these are taken to be like the others, so the chance is
lowered by the share of findings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.arrays import Floats
from features.definition.window import MS_PER_DAY
from serving.decision.outcomes import ADVANCE, APPROVE, REVIEW
from serving.policy_compare.judged import Claims, Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """Of n claims, each column of shape (n,).

    Attributes:
        chance: of the truth to come to light; 0 where none is known.
        looked_at: whether it did, by that chance.
        mature: claims that are old enough for it.
        reviewed: of them, those that went to a person, and how many of these ended in a finding.
        approved: those that were approved automatically; of how many a chance of an audit was logged, how many were
            drawn, and how many ended in a finding.
        advanced: those that were paid in advance.
        refusal: why nothing can be estimated, and what to do; None where something can.
    """

    chance: Floats
    looked_at: Flags
    mature: int
    reviewed: tuple[int, int]
    approved: tuple[int, int, int, int]
    advanced: int
    refusal: str | None

    @property
    def covered(self) -> Flags:
        """The claims that an estimate speaks of."""
        return np.asarray(self.chance > 0, dtype=np.bool_)


def find_chances(claims: Claims, now_ms: int, mature_days: float) -> Chances:
    """The chances as of a moment. Claims younger than `mature_days` are left out: quick findings aren't like others."""
    mature = claims.as_of_ms + round(mature_days * MS_PER_DAY) <= now_ms
    found = np.isfinite(claims.abusive)
    reviewed = mature & (claims.then == REVIEW)
    approved = mature & (claims.then == APPROVE)
    logged = approved & (np.nan_to_num(claims.audit_chance) > 0)
    drawn = logged & claims.audited
    chance = np.zeros(len(claims))
    chance[reviewed] = _share(found, reviewed)
    chance[logged] = claims.audit_chance[logged] * _share(found, drawn)
    counts = Chances(
        chance=chance,
        looked_at=np.asarray(found & (reviewed | drawn), dtype=np.bool_),
        mature=int(mature.sum()),
        reviewed=(int(reviewed.sum()), int((reviewed & found).sum())),
        approved=(int(approved.sum()), int(logged.sum()), int(drawn.sum()), int((drawn & found).sum())),
        advanced=int((mature & (claims.then == ADVANCE)).sum()),
        refusal=None,
    )
    return _refused(counts, mature_days)


def _share(found: Flags, group: Flags) -> float:
    return float(found[group].mean()) if group.any() else 0.0


def _refused(counts: Chances, mature_days: float) -> Chances:
    reviewed, ruled = counts.reviewed
    approved, logged, drawn, findings = counts.approved
    if counts.mature == 0:
        why = f"no claim is {mature_days:g} days old yet; come back later, or lower --mature-days"
    elif approved and not logged:
        why = (
            f"no chance of an audit was logged with any of the {approved:,} automatic approvals, so nobody knows what "
            f"they were; turn audits on in the policy, and come back {mature_days:g} days later"
        )
    elif reviewed and not ruled:
        why = (
            f"none of the {reviewed:,} claims that went to a person has a verdict; report verdicts as "
            "claim_adjudicated events"
        )
    elif logged and not findings:
        why = (
            f"of the {logged:,} approvals that could be audited {drawn:,} were drawn, and none has a finding "
            "yet; report what audits find as claim_adjudicated events with the source audit"
        )
    elif not reviewed and not approved:
        why = "all claims that are old enough were paid in advance, and no audit reaches those"
    else:
        return counts
    return Chances(
        chance=np.zeros_like(counts.chance),
        looked_at=np.zeros_like(counts.looked_at),
        mature=counts.mature,
        reviewed=counts.reviewed,
        approved=counts.approved,
        advanced=counts.advanced,
        refusal=why,
    )
