"""The answer to a claim: the response of the API, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from serving.words import (
    FALLBACK_LANGUAGE,
    Action,
    AuthorityKind,
    Cause,
    FreightPayer,
    RefundRoute,
    RefundTiming,
    Why,
)

if TYPE_CHECKING:  # a client reads answers without what makes them
    from serving.decision import AuditDraw, Decision, Entitlements
    from serving.reasons import Reason


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class CostAnswer(_Message):
    """What one action is expected to cost, and whether and why it may be taken."""

    action: Action
    expected_cost_minor: float | None
    available: bool
    why: Why


class ReasonAnswer(_Message):
    """One reason behind the abuse probability, with the value that speaks loudest for it."""

    code: str
    text: str
    direction: Literal["raises", "lowers"]
    share: float = Field(description="of all that moved the probability, 0 to 1")
    feature: str
    value: float | None


class AuthorityAnswer(_Message):
    """What entitles the platform to charge the merchant."""

    kind: AuthorityKind
    reference: str


class WindowAnswer(_Message):
    """Until when something may be asked for; nobody is refused for coming later, a rule or a person decides."""

    days: int | None = Field(description="calendar days from the day after delivery; none where nothing closes")
    opens_at_ms: int | None = Field(description="when the goods were delivered")
    closes_at_ms: int | None = Field(description="exclusive; none while it isn't known")
    within: bool


class QuotaAnswer(_Message):
    """Free returns after a change of mind in 365 days, before this claim."""

    limit: int
    used: int | None
    left: int


class EntitlementsAnswer(_Message):
    """What the policy gives the buyer if the claim is granted; nothing where a claim has no such thing."""

    window: WindowAnswer
    refund_timing: RefundTiming | None
    refund_due_days: int | None = Field(description="within how many days after that moment the money is paid")
    refund_due_at_ms: int | None
    refund_routes: list[RefundRoute] = Field(description="the one to offer first before the others")
    freight_payer: FreightPayer | None
    prepaid_label: bool = Field(description="whether to make a label now")
    rma_number: str | None = Field(description="what to write on the parcel; its last character checks the others")
    warranty: WindowAnswer | None
    quota: QuotaAnswer | None
    because: dict[str, str] = Field(description="for each of these, the policy's key or the circumstance that says so")


class RuleReasonAnswer(_Message):
    """A reason that a rule of the policy gives, in the words of the policy."""

    rule: str
    text: str


class AuditAnswer(_Message):
    """That an automatic approval was up for audit: the chance, and whether it was drawn. The buyer doesn't wait for it.

    Not for buyers' eyes: who knows that nobody will look may try again.
    """

    propensity: float = Field(gt=0, le=1)
    drawn: bool
    stratum: str


class Answer(_Message):
    """What to do with a claim, and why.

    Stored answers are read back for good, so a field that is added later has a default.
    """

    claim_id: str
    action: Action
    cause: Cause
    abuse_probability: float | None = Field(description="calibrated P(the claim is abusive); missing when degraded")
    costs: list[CostAnswer]
    runner_up: Action | None
    action_changes_below: float | None = Field(description="abuse probability below which another action is cheapest")
    action_changes_above: float | None = Field(description="abuse probability above which another action is cheapest")
    authority: AuthorityAnswer | None
    charged_to: Literal["merchant", "platform"] | None
    recovery_probability: float
    recovery_source: Literal["policy_default", "model"]
    capacity_price_minor: float = Field(default=0.0, description="what a place in the reviewers' queue cost")
    review_gain_minor: float | None = Field(
        default=None, description="what a review saves against the next best action, before that price"
    )
    rules: list[str] = Field(default_factory=list, description="ids of the policy's rules that fired, by priority")
    rules_failed: list[str] = Field(default_factory=list, description="ids of rules whose condition couldn't be told")
    rule_reasons: list[RuleReasonAnswer] = Field(default_factory=list, description="what rules give as reasons")
    audit: AuditAnswer | None = Field(default=None, description="of an automatic approval; null for all else")
    reasons: list[ReasonAnswer]
    entitlements: EntitlementsAnswer | None = None
    as_of_ms: int
    model_version: str | None
    policy_version: str
    catalog_hash: str
    degraded: bool
    replayed: bool = Field(description="whether this is the stored answer to an earlier request")


def make_answer(
    claim_id: str,
    decision: Decision,
    reasons: tuple[Reason, ...],
    *,
    abuse_probability: float | None,
    as_of_ms: int,
    model_version: str | None,
    policy_version: str,
    catalog_hash: str,
    language: str = FALLBACK_LANGUAGE,
    entitlements: Entitlements | None = None,
    audit: AuditDraw | None = None,
) -> Answer:
    """Put a decision into the words of the API, and the reasons of rules into those of a language."""
    below, above = decision.action_changes_at
    # What is made here has the right types already, so nothing is checked again; tests hold it against the model.
    return Answer.model_construct(
        claim_id=claim_id,
        action=decision.action,
        cause=decision.cause,
        abuse_probability=abuse_probability,
        costs=[_message(CostAnswer, cost) for cost in decision.costs],
        runner_up=decision.runner_up,
        action_changes_below=below,
        action_changes_above=above,
        authority=_message(AuthorityAnswer, decision.authority),
        charged_to=decision.charged_to,
        recovery_probability=decision.recovery_probability,
        recovery_source=decision.recovery_source,
        capacity_price_minor=decision.capacity_price_minor,
        review_gain_minor=decision.review_gain_minor,
        rules=list(decision.effects.fired),
        rules_failed=list(decision.effects.failed),
        rule_reasons=[
            RuleReasonAnswer.model_construct(
                rule=reason.rule, text=reason.texts.get(language) or reason.texts[FALLBACK_LANGUAGE]
            )
            for reason in decision.effects.reasons
        ],
        audit=_message(AuditAnswer, audit),
        reasons=[_message(ReasonAnswer, reason) for reason in reasons],
        entitlements=_entitlements(entitlements),
        as_of_ms=as_of_ms,
        model_version=model_version,
        policy_version=policy_version,
        catalog_hash=catalog_hash,
        degraded=decision.degraded,
        replayed=False,
    )


_Part = TypeVar("_Part", bound=_Message)


def _message(model: type[_Part], part: object) -> _Part | None:
    """A part of the answer from the object that has its fields."""
    if part is None:
        return None
    return model.model_construct(**{name: getattr(part, name) for name in model.model_fields})


def _entitlements(given: Entitlements | None) -> EntitlementsAnswer | None:
    if given is None:
        return None
    parts: dict[str, Any] = {
        "window": _message(WindowAnswer, given.window),
        "warranty": _message(WindowAnswer, given.warranty),
        "quota": _message(QuotaAnswer, given.quota),
        "refund_routes": list(given.refund_routes),
        "because": dict(given.because),
    }
    rest = EntitlementsAnswer.model_fields.keys() - parts.keys()
    return EntitlementsAnswer.model_construct(**{name: getattr(given, name) for name in rest}, **parts)
