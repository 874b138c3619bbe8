"""From what moved a raw score to a few reasons in the reader's language, each with its evidence.

Few, in words and with the evidence beside them: long lists of weights have not helped people to decide better
(arXiv 2206.13503).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from serving.scorer import Contribution, Explanation
from serving.words import FALLBACK_LANGUAGE


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason behind an abuse probability.

    `direction` says whether it raises or lowers the probability, `share` how much of all movement, up or down, is its
    own (0 to 1). `feature` is the column that moved most within it, and `value` what that held (None where missing).
    """

    code: str
    text: str
    direction: Literal["raises", "lowers"]
    share: float
    feature: str
    value: float | None


def choose_reasons(
    explanation: Explanation,
    reason_texts: Mapping[str, Mapping[str, str]],
    *,
    at_most: int,
    least_share: float,
    language: str,
) -> tuple[Reason, ...]:
    """The reasons with the largest shares, the largest first.

    Args:
        explanation: what moved the raw score, from `Scorer.explain`.
        reason_texts: reason code to language to text, from the bundle.
        at_most: how many reasons to give; zero or more.
        least_share: what a reason's share must reach to be given, 0 to 1.
        language: in which to give them; English where a reason has no text in it.
    """
    movement = sum(abs(each.raw_score_change) for each in explanation.contributions)
    if movement == 0:
        return ()
    chosen = explanation.contributions[:at_most]
    reasons = (_reason(each, movement, reason_texts[each.code], language) for each in chosen)
    return tuple(reason for reason in reasons if reason.share >= least_share and reason.share > 0)


def _reason(contribution: Contribution, movement: float, texts: Mapping[str, str], language: str) -> Reason:
    return Reason(
        code=contribution.code,
        text=texts.get(language) or texts[FALLBACK_LANGUAGE],
        direction="raises" if contribution.raw_score_change > 0 else "lowers",
        share=abs(contribution.raw_score_change) / movement,
        feature=contribution.column,
        value=contribution.value,
    )
