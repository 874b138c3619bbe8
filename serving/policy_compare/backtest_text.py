"""A backtest as a page of text, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from serving.decision.outcomes import PART_WORDS, PARTS
from serving.policy import Policy
from serving.policy_compare.backtest import PARTIES, QUANTITIES, Backtest, ByFindings, Figures
from serving.policy_compare.chances import Chances

QUANTITY_WORDS: Final = {
    "buyer": "buyers",
    "merchant": "merchants",
    "platform": "the platform",
    "open": "merchants or the platform, as ruled",
    "weighed": "all, as decisions weigh it",
    "refused": "honest claims refused, number",
    "abusive": "abusive claims, number",
}
NUMBERS: Final = frozenset({"refused", "abusive"})  # the rest is money
_WIDTH: Final = 42


def backtest_lines(done: Backtest, policy: Policy) -> Iterator[str]:
    """The page, line by line; money in units of the currency."""
    if done.claims == 0:
        yield "no past decision to judge again"
        return
    yield from ("", f"{'':<{_WIDTH}}{'this policy':>16}{'decided then':>16}")
    yield from _actions(done, policy)
    yield from ("", f"expected cost by the model, {policy.currency}")
    yield from _costs(done.policy, done.then)
    if done.unknown:
        yield f"  {done.unknown:,} claims of unknown probability go to a person and count in no cost"
    yield _pair("complaints: honest claims refused", f"{done.policy.refused:,.1f}", f"{done.then.refused:,.1f}")
    yield f"  reviews x (1 - p) x (1 - specificity), with the policy's specificity of {policy.review.specificity:g}"
    yield from _settled(done, policy)
    yield from ("", "the same by what was found out")
    yield from _basis(done.chances)
    if done.by_findings is not None:
        yield from _findings(done.by_findings, done.claims, policy)


def backtest_json(done: Backtest) -> dict[str, Any]:
    """All of it for another program; money in minor units, means per claim."""
    chances = done.chances
    return {
        "version": done.version,
        "claims": done.claims,
        "days": done.days,
        "unknown": done.unknown,
        "policy": asdict(done.policy),
        "then": asdict(done.then),
        "settled": asdict(done.settled),
        "mature": chances.mature,
        "reviewed": dict(zip(("claims", "found"), chances.reviewed, strict=True)),
        "approved": dict(zip(("claims", "chance_logged", "audited", "found"), chances.approved, strict=True)),
        "advanced": chances.advanced,
        "refusal": chances.refusal,
        "by_findings": None if done.by_findings is None else _findings_json(done.by_findings),
    }


def _findings_json(found: ByFindings) -> dict[str, Any]:
    estimates = {"policy": found.policy, "then": found.then, "saved": found.saved}
    return {
        "claims": found.claims,
        "looked_at": found.policy.looked_at,
        "effective": found.policy.effective,
        "by_the_model": dict(zip(QUANTITIES, found.model.tolist(), strict=True)),
        **{
            side: {
                name: {each: float(getattr(estimate, each)[place]) for each in ("mean", "low", "high", "total")}
                for place, name in enumerate(QUANTITIES)
            }
            for side, estimate in estimates.items()
        },
    }


def _pair(label: str, policy: str, then: str) -> str:
    return f"{label:<{_WIDTH}}{policy:>16}{then:>16}"


def _counts(label: str, policy: float, then: float) -> str:
    return _pair(label, f"{policy:,.0f}", f"{then:,.0f}")


def _actions(done: Backtest, policy: Policy) -> Iterator[str]:
    ours, theirs, capacity = done.policy, done.then, policy.review.capacity_per_day
    yield _counts("approved automatically", ours.approved, theirs.approved)
    yield _counts("  of them from the platform's own pocket", ours.approved_own, theirs.approved_own)
    yield _counts("paid in advance by the platform", ours.advanced, theirs.advanced)
    yield _counts("sent to a person", ours.reviewed, theirs.reviewed)
    means = (f"{each.reviews_per_day:,.1f}" for each in (ours, theirs))
    yield _pair(f"reviews a day, mean of {done.days:,} days", *means)
    yield _counts("  the highest", ours.most_reviews, theirs.most_reviews)
    if capacity is not None:
        yield _counts(f"  days above the capacity of {capacity:,}", ours.days_over, theirs.days_over)


def _costs(policy: Figures, then: Figures) -> Iterator[str]:
    for party in PARTIES:
        yield _pair(QUANTITY_WORDS[party], _money(policy.party(party)), _money(then.party(party)))
        for part, whose in PARTS.items():
            if whose == party and (policy.parts[part] or then.parts[part]):
                yield _pair(f"  {PART_WORDS[part]}", _money(policy.parts[part]), _money(then.parts[part]))
    yield _pair(QUANTITY_WORDS["weighed"], _money(policy.weighed_minor), _money(then.weighed_minor))


def _settled(done: Backtest, policy: Policy) -> Iterator[str]:
    settled = done.settled
    if settled.claims:
        yield (
            f"of {settled.claims:,} advances settled so far {settled.recovered_share:.1%} of the money came back; "
            f"of honest ones the policy expects {policy.recovery.default_probability:.0%} where no model says more"
        )


def _basis(chances: Chances) -> Iterator[str]:
    reviewed, ruled = chances.reviewed
    approved, logged, drawn, findings = chances.approved
    yield f"  {chances.mature:,} claims are old enough; of {reviewed:,} that went to a person {ruled:,} have a verdict"
    yield (
        f"  {approved:,} were approved automatically, {logged:,} with a chance of an audit: {drawn:,} were drawn, "
        f"{findings:,} have a finding"
    )
    if chances.refusal is not None:
        yield f"  no estimate: {chances.refusal}"
    elif unreached := approved - logged + chances.advanced:
        yield f"  the estimate leaves out {unreached:,} that no audit could reach, {chances.advanced:,} advanced"


def _findings(found: ByFindings, claims: int, policy: Policy) -> Iterator[str]:
    ours = found.policy
    yield (
        f"  {ours.looked_at:,} findings stand for {found.claims:,} claims of {claims:,}, and tell as much as "
        f"{ours.effective:,.0f} of equal weight"
    )
    head = f"per 1,000 of these claims, {policy.currency}"
    yield from ("", f"{head:<{_WIDTH}}{'this policy':>16}{'95 % interval':>26}{'by the model':>16}")
    for place, name in enumerate(QUANTITIES):
        scale = 1_000.0 if name in NUMBERS else 10.0  # of minor units a hundredth
        mean, low, high, model = (each[place] * scale for each in (ours.mean, ours.low, ours.high, found.model))
        yield f"{QUANTITY_WORDS[name]:<{_WIDTH}}{mean:>16,.2f}{_bounds(low, high)}{model:>16,.2f}"
    place = QUANTITIES.index("weighed")
    mean, low, high = (each[place] * 10.0 for each in (found.saved.mean, found.saved.low, found.saved.high))
    yield f"{'saved, against what was decided then':<{_WIDTH}}{mean:>16,.2f}{_bounds(low, high)}"
    if low <= 0 <= high:
        yield "  zero lies within: these findings don't show which of the two costs less"
    else:
        yield f"  these findings show that this policy costs {'less' if low > 0 else 'MORE'} than what was decided then"


def _bounds(low: float, high: float) -> str:
    return f"{f'{low:,.2f} to {high:,.2f}':>26}"


def _money(minor: float) -> str:
    return f"{minor / 100:,.2f}"
