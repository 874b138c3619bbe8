"""A diff of policies as a page of text, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from serving.policy_compare.diff import OUTCOMES, Diff, Example, Outcome, ReviewLoad, Side, Sum


def diff_lines(diff: Diff, currency: str) -> Iterator[str]:
    """The page, line by line; money in units of the currency."""
    yield from _settings(diff)
    if diff.claims == 0:
        yield "no past decision to judge again"
        return
    share = diff.changed.claims / diff.claims
    yield (
        f"{diff.changed.claims:,} of {diff.claims:,} decisions change ({share:.1%}); they ask for "
        f"{_money(diff.changed.amount_minor)} {currency}"
        if diff.changed.claims
        else f"nothing changes: both decide all {diff.claims:,} claims alike"
    )
    if diff.changed.claims:
        yield from _changes(diff, currency)
        yield from _payers(diff, currency)
    yield from _reviews(diff.load)
    for change, examples in sorted(diff.examples.items(), key=lambda item: -diff.transitions[item[0]].amount_minor):
        yield from ("", f"{change[0]} -> {change[1]}: the largest of {diff.transitions[change].claims:,}")
        for example in examples:
            yield from _example(example)


def diff_json(diff: Diff) -> dict[str, Any]:
    """All of it for another program; money in minor units."""
    return {
        "versions": {"a": diff.versions[0], "b": diff.versions[1]},
        "settings": [asdict(each) for each in diff.settings],
        "claims": diff.claims,
        "changed": asdict(diff.changed),
        "transitions": [{"a": a, "b": b, **asdict(total)} for (a, b), total in sorted(diff.transitions.items())],
        "reviews": {side: asdict(load) for side, load in zip("ab", diff.load, strict=True)},
        "examples": [asdict(each) for examples in diff.examples.values() for each in examples],
    }


def _settings(diff: Diff) -> Iterator[str]:
    yield f"A is version {diff.versions[0]}, B is version {diff.versions[1]}"
    if not diff.settings:
        yield "no setting differs"
    width = max((len(change.key) for change in diff.settings), default=0)
    for change in diff.settings:
        yield f"  {change.key:<{width}}  {_value(change.a)} -> {_value(change.b)}"


def _changes(diff: Diff, currency: str) -> Iterator[str]:
    yield from ("", f"{'under A':<25}{'under B':<25}{'claims':>9}{currency:>16}")
    ordered = sorted(diff.transitions.items(), key=lambda item: (item[0][0] == item[0][1], -item[1].amount_minor))
    for (a, b), total in ordered:
        other = "the same" if a == b else b
        yield f"{a:<25}{other:<25}{total.claims:>9,}{_money(total.amount_minor):>16}"


def _payers(diff: Diff, currency: str) -> Iterator[str]:
    yield from ("", f"{'who pays, ' + currency:<25}{'under A':>16}{'under B':>16}{'B - A':>16}")
    for outcome in OUTCOMES:
        under_a, under_b = diff.paid(outcome)
        yield f"{_payer(outcome):<25}{_row(under_a, under_b)}"


def _payer(outcome: Outcome) -> str:
    return {
        "approved, merchant pays": "merchant",
        "approved, platform pays": "platform, for good",
        "platform advances": "platform, in advance",
        "person decides": "open: a person decides",
    }[outcome]


def _row(under_a: Sum, under_b: Sum) -> str:
    a, b = under_a.amount_minor, under_b.amount_minor
    return f"{_money(a):>16}{_money(b):>16}{(b - a) / 100:>+16,.2f}"


def _reviews(loads: tuple[ReviewLoad, ReviewLoad]) -> Iterator[str]:
    yield from ("", f"{'reviews':<12}{'all':>9}{'per day':>10}{'highest':>9}{'capacity':>10}{'days over it':>14}")
    for side, load in zip("AB", loads, strict=True):
        capacity = "no limit" if load.capacity is None else f"{load.capacity:,}"
        yield (
            f"{'under ' + side:<12}{load.reviews:>9,}{load.per_day:>10,.1f}{load.highest:>9,}{capacity:>10}"
            f"{load.days_over:>7,} of {load.days:,}"
        )


def _example(example: Example) -> Iterator[str]:
    p = "unknown" if example.abuse_probability is None else f"{example.abuse_probability:.3f}"
    yield (
        f"  {example.claim_id}: {_money(example.amount_minor)}, {example.claim_type}, {example.reason}, "
        f"abuse probability {p}"
    )
    for name, side in (("A", example.a), ("B", example.b)):
        yield f"    {name}: {_costs(side)}; {side.cause}" + (f" ({', '.join(side.rules)})" if side.rules else "")
    yield from (f"      {line}" for line in example.why)


def _costs(side: Side) -> str:
    return ", ".join(f"{action} {'?' if cost is None else _money(cost)}" for action, cost in side.costs_minor.items())


def _value(value: str | None) -> str:
    return "(none)" if value is None else value


def _money(minor: float) -> str:
    return f"{minor / 100:,.2f}"
