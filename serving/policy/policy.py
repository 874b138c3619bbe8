"""All of a policy, and its version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from serving.policy.parts import Actions, Authorities, Costs, PolicyPart, Reasons, Recovery, Review


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("no time zone; use a name such as Asia/Shanghai") from error
    return name


class Policy(PolicyPart):
    """All that a decision depends on beside the claim.

    `currency` is an ISO 4217 code. Days, those of entitlements and of reviewers, are calendar days in `time_zone`, a
    name of the IANA data base.
    """

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    costs: Costs
    actions: Actions
    review: Review
    recovery: Recovery
    authorities: Authorities
    reasons: Reasons = Reasons()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Policy:
        """A copy with other values, which aren't checked. Its zone and version are its own, and not those of before."""
        copy = super().model_copy(update=update, deep=deep)
        for derived in ("zone", "version"):
            copy.__dict__.pop(derived, None)
        return copy

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of the policy's days."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def version(self) -> str:
        """First 12 hex digits of the SHA-256 of what the policy says, defaults included, as canonical JSON."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:12]
