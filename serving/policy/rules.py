"""Rules of a policy: when a claim is such, then decide so. They come after the guard and the limits, never before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from serving.policy.entitlements import setting_complaint
from serving.policy.expressions import ExpressionError, compile_expression
from serving.policy.parts import PolicyPart

Slug: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Forced: TypeAlias = Literal["auto_approve", "manual_review", "pre_payment_compensation"]
Forbidden: TypeAlias = Literal["auto_approve", "pre_payment_compensation"]
ListKind: TypeAlias = Literal["buyer", "merchant", "product", "evidence"]
Language: TypeAlias = Literal["en", "zh-CN"]
LANGUAGES_OF_REASONS: Final[tuple[Language, ...]] = ("en", "zh-CN")


def mistake(message: str) -> PydanticCustomError:
    """An error whose message says all, with what to do."""
    # the message may hold braces, which a template would take for places to fill in
    return PydanticCustomError("policy_mistake", "{said}", {"said": message})


def _day(value: object) -> object:
    if isinstance(value, dt.datetime):
        raise mistake("has a time of day; write the day alone, such as 2026-02-01")
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError as error:
            raise mistake(f"is {value!r}, which is no day; write one such as 2026-02-01") from error
    return value


def _forbidden(value: object) -> object:
    actions = [value] if isinstance(value, str) else value
    if isinstance(actions, list | tuple) and "manual_review" in actions:
        raise mistake("manual_review can't be forbidden, a person is always available; take it out")
    return actions


def _settings(settings: Mapping[str, bool | int | str]) -> Mapping[str, bool | int | str]:
    for name, value in settings.items():
        if complaint := setting_complaint(name, value):
            raise mistake(f"{name}: {complaint}")
    return dict(settings)


def _in_all_languages(texts: Mapping[str, str]) -> Mapping[str, str]:
    lacking = [language for language in LANGUAGES_OF_REASONS if not texts.get(language, "").strip()]
    if lacking:
        raise mistake(f"has no text in {' and '.join(lacking)}; add it")
    return dict(texts)


class Then(PolicyPart):
    """What a rule asks for; at least one of these.

    `force` is the action to take, if it may be taken; `forbid` those that may not be. `reason` is told beside the
    model's. `entitlements` are settings of what the buyer is given. `platform_bears` lets the platform pay an approval
    from its own pocket where no authority to charge the merchant is on record.
    """

    force: Forced | None = None
    forbid: Annotated[tuple[Forbidden, ...], Field(strict=False), BeforeValidator(_forbidden)] = ()
    reason: Annotated[Mapping[Language, Annotated[str, Field(max_length=500)]], AfterValidator(_in_all_languages)] | (
        None
    ) = None
    entitlements: Annotated[Mapping[str, bool | int | str], AfterValidator(_settings)] = {}
    platform_bears: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Then:
        if not (self.force or self.forbid or self.reason or self.entitlements or self.platform_bears):
            raise mistake("asks for nothing; give force, forbid, reason, entitlements or platform_bears")
        if self.force in self.forbid:
            raise mistake(f"forces and forbids {self.force}; keep one")
        return self


class Rule(PolicyPart):
    """A rule: `when` (CEL) holds of a claim, `then` happens. It holds from its `date` on, a day in the policy's zone.

    Of rules that ask for different things the one with the higher `priority` wins, and among equals the first.
    """

    id: Slug
    date: Annotated[dt.date, BeforeValidator(_day)]
    priority: Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
    when: Annotated[str, Field(min_length=1, max_length=2000)]
    then: Then
    note: str = ""


def _by_priority(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise mistake(f"two rules are called {rule.id}; rename one")
        seen.add(rule.id)
    return tuple(sorted(rules, key=lambda rule: -rule.priority))


# a file's list is no tuple, which strict mode would refuse; what counts of its order is who comes first among equals
Rules: TypeAlias = Annotated[tuple[Rule, ...], Field(strict=False), AfterValidator(_by_priority)]
Lists: TypeAlias = Mapping[Slug, ListKind]


def mistakes_in_conditions(rules: Sequence[Rule], lists: Lists) -> Iterator[str]:
    """What is wrong with the rules' conditions, a line each that begins with the key."""
    for rule in rules:
        try:
            compile_expression(rule.when, lists)
        except ExpressionError as error:
            yield f"rules.{rule.id}.when: {' '.join(str(error).split())}"
