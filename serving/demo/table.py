"""The decisions, as a table for the terminal."""

from __future__ import annotations

import statistics
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from serving.answer import Answer
from serving.claim import Claim


@dataclass(frozen=True, slots=True)
class Scored:
    """A claim, its answer over HTTP, and how long that took."""

    claim: Claim
    answer: Answer
    milliseconds: float


def decision_table(scored: Sequence[Scored], currency: str) -> str:
    """One line a claim: what was asked, how likely it is abusive, what to do, and the first reason."""
    header = f"{'claim':<18} {'type':<14} {'reason':<17} {currency:>10}  {'P(abuse)':>8}  {'action':<25} first reason"
    return "\n".join([header, "-" * len(header), *(_line(one) for one in scored)])


def totals(scored: Sequence[Scored], currency: str) -> str:
    """How many claims and how much money went each way, and how long answers took."""
    actions = Counter(one.answer.action for one in scored)
    lines = []
    for action, number in actions.most_common():
        money = sum(one.claim.amount_minor for one in scored if one.answer.action == action) / 100
        lines.append(f"{action:<25} {number:>5,} claims  {money:>12,.2f} {currency}")
    times = sorted(one.milliseconds for one in scored)
    slow = times[int(len(times) * 0.95)]
    lines.append(f"one answer over HTTP: median {statistics.median(times):.1f} ms, 95 % within {slow:.1f} ms")
    return "\n".join(lines)


def _line(one: Scored) -> str:
    claim, answer = one.claim, one.answer
    probability = "" if answer.abuse_probability is None else f"{answer.abuse_probability:.3f}"
    return (
        f"{claim.claim_id:<18.18} {claim.claim_type:<14} {claim.reason:<17} {claim.amount_minor / 100:>10,.2f}  "
        f"{probability:>8}  {answer.action:<25} {_first_reason(answer)}"
    )


def _first_reason(answer: Answer) -> str:
    if not answer.reasons:
        return ""
    reason = answer.reasons[0]
    arrow = "+" if reason.direction == "raises" else "-"
    value = "missing" if reason.value is None else f"{reason.value:,.4g}"
    return f"{arrow} {_clip(reason.text, 52)} ({reason.feature} {value})"


def _clip(text: str, width: int) -> str:
    """Cut a text to a number of terminal columns; Chinese characters take two."""
    used = 0
    for position, character in enumerate(text):
        used += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if used > width:
            return text[:position] + "…"
    return text
