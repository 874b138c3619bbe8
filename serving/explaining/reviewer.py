"""What a reviewer sees: all of it, from the stored vector and the model of then."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from features.arrays import Floats
from features.columns import Column
from features.definition import Text
from features.plan import Plan, default_plan
from serving.answer import ReasonAnswer
from serving.claim import Language
from serving.explaining.known import Known
from serving.explaining.messages import ClaimSaid, FeatureShare, ReviewerExplanation, ReviewerReason, RuleSaid
from serving.model import Model
from serving.past_decision.again import estimate_again
from serving.reasons import choose_reasons
from serving.text.columns import TEXT_COLUMNS


def explain_to_reviewer(known: Known, language: Language, plan: Plan) -> ReviewerExplanation:
    """The reviewer's explanation."""
    past, basis = known.past, known.basis
    explained = explained_vector(known)
    again = None if explained is None else explained[0].scorer.score(explained[1]).abuse_probability
    return ReviewerExplanation(
        claim_id=past.entry.claim_id,
        language=language,
        claim=None if past.facts is None else ClaimSaid.model_validate(past.facts),
        text=None if past.filed is None else past.filed.claim_text,
        answer=past.answer,
        reasons=all_reasons(known, language, plan),
        reasons_from="answer" if explained is None else "model",
        abuse_probability_again=again,
        rules=rules_of(known),
        lists=sorted(basis.lists) if basis is not None else [],
        policy_from=known.policy.source,
        notes=list(known.notes),
    )


def all_reasons(known: Known, language: Language, plan: Plan | None = None) -> list[ReviewerReason]:
    """All reasons, the largest share first; those that were given where the model of then isn't to be had.

    Those were given in the policy's language: each is told in the one asked for, in this release's words, where it
    knows the reason. With a plan, each has the columns that speak under it.
    """
    explained = explained_vector(known)
    if explained is None:
        return [
            ReviewerReason(**{**reason.model_dump(), "text": text_of(reason, language)}, features=[])
            for reason in known.past.answer.reasons
        ]
    model, whole = explained
    texts = model.bundle.contents.reason_texts
    found = choose_reasons(model.scorer.explain(whole), texts, at_most=len(texts), least_share=0.0, language=language)
    features = _Features(model, whole, plan, language) if plan is not None else None
    return [
        ReviewerReason(
            code=reason.code,
            text=reason.text,
            direction=reason.direction,
            share=reason.share,
            feature=reason.feature,
            value=reason.value,
            features=[] if features is None else features.of(reason.code),
        )
        for reason in found
    ]


def text_of(reason: ReasonAnswer, language: Language) -> str:
    """What a stored reason says, in a language; of a code that this release doesn't know, what was stored."""
    text = _reason_texts().get(reason.code)
    return reason.text if text is None else text.zh if language == "zh-CN" else text.en


@cache
def _reason_texts() -> Mapping[str, Text]:
    return {column.reason.code: column.reason.text for column in (*default_plan().columns, *TEXT_COLUMNS)}


def explained_vector(known: Known) -> tuple[Model, Floats] | None:
    """The model of then and the vector that it took, if both are to be had."""
    if known.basis is None or known.basis.model is None:
        return None
    whole = estimate_again(known.past, known.basis.model).whole
    return None if whole is None else (known.basis.model, whole)


def rules_of(known: Known) -> list[RuleSaid]:
    """The rules of the policy that fired, and those whose condition couldn't be told."""
    rules = {} if known.policy.source == "another" else {rule.id: rule for rule in known.policy.policy.rules}
    answer = known.past.answer
    named = [(name, True) for name in answer.rules] + [(name, False) for name in answer.rules_failed]
    return [
        RuleSaid(
            rule=name,
            fired=fired,
            when=rules[name].when if name in rules else None,
            note=rules[name].note if name in rules else "",
        )
        for name, fired in named
    ]


class _Features:
    """The columns that speak under each reason of one claim."""

    def __init__(self, model: Model, whole: Floats, plan: Plan, language: Language) -> None:
        self._language = language
        self._columns: dict[str, Column] = {column.name: column for column in (*plan.columns, *TEXT_COLUMNS)}
        changes: list[float] = model.scorer.column_changes(whole).tolist()
        by_code: dict[str, list[int]] = {}
        for place, column in enumerate(model.bundle.contents.columns):
            by_code.setdefault(column.reason, []).append(place)
        # the share is of what reasons moved, as theirs is, so that columns sum to their reason
        self._movement = sum(abs(math.fsum(changes[place] for place in places)) for places in by_code.values())
        self._by_code, self._changes = by_code, changes
        self._names = [column.name for column in model.bundle.contents.columns]
        self._values: list[float] = whole.tolist()

    def of(self, code: str) -> list[FeatureShare]:
        """The columns that moved anything, the one that moved most first."""
        moved = [place for place in self._by_code[code] if self._changes[place] != 0.0]
        moved.sort(key=lambda place: (-abs(self._changes[place]), place))
        return [self._share(place) for place in moved]

    def _share(self, place: int) -> FeatureShare:
        column, change, value = self._columns[self._names[place]], self._changes[place], self._values[place]
        return FeatureShare(
            name=column.name,
            meaning=column.meaning.zh if self._language == "zh-CN" else column.meaning.en,
            unit=column.unit,
            value=None if math.isnan(value) else value,
            direction="raises" if change > 0 else "lowers",
            share=abs(change) / self._movement,
        )
