"""All of a policy, and its version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, PrivateAttr, ValidationError, model_validator

from features.events import LONGEST_ID
from serving.policy.audits import Audits
from serving.policy.categories import Category
from serving.policy.entitlements import EntitlementTerms
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
    name of the IANA data base. `categories` holds what is different for sorts of goods, by `category_id`. `rules` are
    in order of priority. `lists` are those that rules may ask, each with its kind of member; who is on them stands in
    the store (`serving.lists`).
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
    entitlements: EntitlementTerms = EntitlementTerms()
    categories: Mapping[Annotated[str, Field(min_length=1, max_length=LONGEST_ID)], Category] = Field(
        default_factory=dict
    )
    lists: Lists = Field(default_factory=dict)
    rules: Rules = ()
    # of a policy that was resolved for a category: the one that it comes from
    _whole: Policy | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _categories_fit(self) -> Policy:
        for name, category in self.categories.items():
            try:
                self._resolve(category)
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                raise ValueError(f"categories.{name}: {first['msg'].removeprefix('Value error, ')}") from error
        return self

    @model_validator(mode="after")
    def _conditions_can_be_told(self) -> Policy:
        for said in mistakes_in_conditions(self.rules, self.lists):
            raise mistake(said)
        return self

    def for_category(self, category_id: str) -> Policy:
        """The policy for goods of a category; this very policy where nothing is different for them.

        Its `version` is that of the whole policy, which a decision names. Whoever decides asks for it, so a policy may
        be handed on either way: asked of a policy for one category, it is the answer of the whole.
        """
        whole = self if self._whole is None else self._whole
        return whole._by_category.get(category_id, whole)  # noqa: SLF001

    def origin(self, category_id: str, key: str) -> str:
        """Where a key's value for goods of a category stands in the file.

        >>> from serving.policy import default_policy_path, read_policy
        >>> policy = read_policy(default_policy_path())
        >>> policy.origin("electronics", "entitlements.warranty_days")
        'categories.electronics.entitlements.warranty_days'
        >>> policy.origin("", "entitlements.warranty_days")
        'entitlements.warranty_days'
        """
        table, name = key.split(".")
        own = getattr(self.categories.get(category_id), table, None)
        return key if getattr(own, name, None) is None else f"categories.{category_id}.{key}"

    @cached_property
    def _by_category(self) -> dict[str, Policy]:
        resolved = {name: self._resolve(category) for name, category in self.categories.items()}
        for policy in resolved.values():
            policy._whole = self  # noqa: SLF001
        return resolved

    def _resolve(self, category: Category) -> Policy:
        tables: dict[str, PolicyPart] = {
            table: overrides.over(getattr(self, table))
            for table in ("costs", "actions", "entitlements")
            if (overrides := getattr(category, table)) is not None
        }
        if not category.statutory_return:
            tables["authorities"] = self.authorities.model_copy(update={"statutory_return_days": 0})
        return self.model_copy(update=tables)

    def __copy__(self) -> Self:
        """A copy that remembers nothing of what it was, so that `model_copy(update=...)` has a version of its own."""
        copied = super().__copy__()
        copied._whole = None  # noqa: SLF001
        for remembered in ("zone", "version", "_by_category"):
            copied.__dict__.pop(remembered, None)
        return copied

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of the policy's days."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def version(self) -> str:
        """First 12 hex digits of the SHA-256 of what the policy says, defaults included, as canonical JSON."""
        if self._whole is not None:
            return self._whole.version
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:12]
