"""What the rules of a policy ask of a decision: values, whoever found them (`serving.decision.firing` does)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from serving.words import Action

Setting: TypeAlias = bool | int | str


@dataclass(frozen=True, slots=True)
class RuleReason:
    """A reason that a rule adds: the rule's id, and its words per language ("en", "zh-CN")."""

    rule: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEffects:
    """What the rules that fired ask for, in order of priority.

    Attributes:
        fired: ids of the rules whose condition held.
        failed: ids of those whose condition could not be told; such a claim goes to a person.
        forced: the action that the first rule which forces one asks for, and that rule's id.
        forbidden: actions that may not be taken, each with the first rule that says so; never a review.
        borne_by: the rule that lets the platform pay an approval from its own pocket, if one does.
        reasons: reasons to add.
        entitlements: entitlements to set, by name; of two rules the first wins.
    """

    fired: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    forced: tuple[Action, str] | None = None
    forbidden: Mapping[Action, str] = field(default_factory=dict)
    borne_by: str | None = None
    reasons: tuple[RuleReason, ...] = ()
    entitlements: Mapping[str, Setting] = field(default_factory=dict)


NO_EFFECTS: Final = RuleEffects()
