"""At most five reasons with the values behind them, and how they add up: from what the model says of claims in general,
reason by reason, to what it says of this one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from features.columns import Column
from features.plan import Plan
from serving.claim import Language
from serving.dossier.unusual import Unusual, unusual
from serving.explaining.known import Known
from serving.explaining.reviewer import explained_vector
from serving.model import Model
from serving.scorer import Contribution
from serving.text.columns import TEXT_COLUMNS
from serving.words import FALLBACK_LANGUAGE

MOST_REASONS: Final = 5
OTHERS: Final = ""  # the code of the step that folds all other reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonShown:
    """One reason.

    Attributes:
        change: how far it moved the raw score (log-odds).
        share: of all movement, up or down, 0 to 1.
        column: what speaks loudest within it, with its meaning and unit; `value` is what it held (None: nothing known).
        unusual: how rare the value is; None where the bundle doesn't say.
    """

    code: str
    text: str
    direction: Literal["raises", "lowers"]
    change: float
    share: float
    column: str
    meaning: str
    unit: str
    value: float | None
    unusual: Unusual | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a waterfall: which reason, how far it moves the raw score, and where that leads."""

    code: str
    text: str
    change: float
    raw_after: float
    probability_after: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """From the base to the claim. Raw scores are log-odds; the steps' changes sum to `raw - base_raw`.

    Probabilities are calibrated: a step's is what the model would say of a claim with the raw score after it.
    """

    base_raw: float
    base_probability: float
    steps: tuple[Step, ...]
    raw: float
    probability: float


@dataclass(frozen=True, slots=True)
class Weighing:
    """The reasons, the largest first, and how they add up."""

    reasons: tuple[ReasonShown, ...]
    waterfall: Waterfall


def weigh(known: Known, plan: Plan, language: Language) -> Weighing | None:
    """Reasons and waterfall of a decision, by the model of then; None where it can't be asked any more.

    The number of reasons is that of the policy, but never more than `MOST_REASONS`.
    """
    found = explained_vector(known)
    if found is None:
        return None
    model, whole = found
    explanation = model.scorer.explain(whole)
    at_most = min(MOST_REASONS, known.policy.policy.reasons.at_most)
    chosen = [each for each in explanation.contributions[:at_most] if each.raw_score_change]
    movement = sum(abs(each.raw_score_change) for each in explanation.contributions)
    describe = _Describe(model, plan, language)
    reasons = tuple(describe.reason(each, abs(each.raw_score_change) / movement) for each in chosen)
    rest = math.fsum(each.raw_score_change for each in explanation.contributions[at_most:])
    waterfall = _waterfall(model, explanation.bias_raw_score, reasons, rest, model.scorer.score(whole).raw_score)
    return Weighing(reasons, waterfall)


def _waterfall(model: Model, base: float, reasons: tuple[ReasonShown, ...], rest: float, raw: float) -> Waterfall:
    probability = model.bundle.contents.calibration.probability
    steps: list[Step] = []
    reached = base
    changes = [(reason.code, reason.text, reason.change) for reason in reasons]
    # others first: so the bars that have words end at the claim itself
    for code, text, change in [*([(OTHERS, "", rest)] if rest else []), *reversed(changes)]:
        reached += change
        steps.append(Step(code, text, change, reached, probability(reached)))
    return Waterfall(base, probability(base), tuple(steps), raw, probability(raw))


class _Describe:
    """Puts contributions into words."""

    def __init__(self, model: Model, plan: Plan, language: Language) -> None:
        contents = model.bundle.contents
        self._texts, self._training, self._language = contents.reason_texts, contents.training, language
        self._columns: dict[str, Column] = {column.name: column for column in (*plan.columns, *TEXT_COLUMNS)}

    def reason(self, each: Contribution, share: float) -> ReasonShown:
        column, texts = self._columns[each.column], self._texts[each.code]
        return ReasonShown(
            code=each.code,
            text=texts.get(self._language) or texts[FALLBACK_LANGUAGE],
            direction="raises" if each.raw_score_change > 0 else "lowers",
            change=each.raw_score_change,
            share=share,
            column=each.column,
            meaning=column.meaning.zh if self._language == "zh-CN" else column.meaning.en,
            unit=column.unit,
            value=each.value,
            unusual=unusual(self._training, each.column, each.value),
        )
