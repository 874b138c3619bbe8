"""All of a policy, and its version."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Annotated

from pydantic import Field

from serving.policy.parts import Actions, Authorities, Costs, PolicyPart, Reasons, Recovery, Review


class Policy(PolicyPart):
    """All that a decision depends on beside the claim. `currency` is an ISO 4217 code."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    costs: Costs
    actions: Actions
    review: Review
    recovery: Recovery
    authorities: Authorities
    reasons: Reasons = Reasons()

    @cached_property
    def version(self) -> str:
        """First 12 hex digits of the SHA-256 of what the policy says, defaults included, as canonical JSON."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:12]
