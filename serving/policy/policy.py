"""All of a policy, and its version."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from serving.policy.audits import Audits
from serving.policy.parts import Actions, Authorities, Costs, PolicyPart, Reasons, Recovery, Review
from serving.policy.rules import Lists, Rules, mistake, mistakes_in_conditions


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("no time zone; use a name such as Asia/Shanghai") from error
    return name


class Policy(PolicyPart):
    """All that a decision depends on beside the claim.

    `currency` is an ISO 4217 code. Days, those of entitlements and of reviewers, are calendar days in `time_zone`, a
    name of the IANA data base. `rules` are in order of priority. `lists` are those that rules may ask, each with its
    kind of member; who is on them stands in the store (`serving.lists`).
    """

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    costs: Costs
    actions: Actions
    review: Review
    recovery: Recovery
    authorities: Authorities
    audit: Audits = Audits()
    reasons: Reasons = Reasons()
    lists: Lists = Field(default_factory=dict)
    rules: Rules = ()

    @model_validator(mode="after")
    def _conditions_can_be_told(self) -> Policy:
        for said in mistakes_in_conditions(self.rules, self.lists):
            raise mistake(said)
        return self

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of the policy's days."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def version(self) -> str:
        """First 12 hex digits of the SHA-256 of what the policy says, defaults included, as canonical JSON."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:12]
