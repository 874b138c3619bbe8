"""What a search may change in a policy, and within which bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from serving.policy import Policy

LIMITS: Final = (
    "actions.auto_approve_up_to_minor",
    "actions.pre_payment_compensation_up_to_minor",
    "review.lowest_price_minor",
)
# Searched only where somebody asks for it: an honest claim that the platform pays for the merchant is its choice and
# counts as no cost, so a search by itself would bear all.
CHOICES: Final = ("actions.platform_bears_up_to_minor",)
# These say what is believed. Searched only where somebody asks for it; what outcomes cost stays what the file says.
BELIEFS: Final = (
    "costs.merchant_loss_weight",
    "costs.delay_cost_minor",
    "costs.wrongful_denial_cost_minor",
    "recovery.default_probability",
)
WIDE: Final = 20.0  # from such a ratio of bounds on, a knob is searched by its logarithm


class TuningError(ValueError):
    """A search that can't be done: one line says why and what to do."""


@dataclass(frozen=True, slots=True)
class Knob:
    """One setting, and the bounds within which it is searched, both included."""

    key: str
    low: float
    high: float

    @property
    def whole(self) -> bool:
        """Whether it takes whole numbers only."""
        return self.key.endswith("_minor")

    def value(self, place: float) -> float:
        """The value at a place from 0 (low) to 1 (high)."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        value = low + (high - low) * min(max(place, 0.0), 1.0)
        value = math.expm1(value) if self._wide else value
        return min(max(float(round(value)) if self.whole else float(f"{value:.4g}"), self.low), self.high)

    def place(self, value: float) -> float:
        """Where a value lies, from 0 to 1; beyond the bounds counts as at them."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        return min(max((self._scaled(value) - low) / (high - low), 0.0), 1.0) if high > low else 0.0

    @property
    def _wide(self) -> bool:
        return self.high > WIDE * max(self.low, 1.0)

    def _scaled(self, value: float) -> float:
        return math.log1p(value) if self._wide else value


Settings = Mapping[str, float]


def parse_knob(text: str) -> Knob:
    """A knob from KEY=LOW:HIGH.

    Raises:
        TuningError: it isn't written so, or the key is none that may be searched.

    >>> parse_knob("actions.platform_bears_up_to_minor=0:5000")
    Knob(key='actions.platform_bears_up_to_minor', low=0.0, high=5000.0)
    """
    key, _, bounds = text.partition("=")
    if key not in LIMITS + CHOICES + BELIEFS:
        raise TuningError(
            f"--search {key}: is not searched (what reviews cost and find is a fact, no choice); "
            f"use one of {', '.join(LIMITS + CHOICES + BELIEFS)}"
        )
    try:
        low, high = (float(bound) for bound in bounds.split(":"))
    except ValueError as error:
        raise TuningError(f"--search {text}: write KEY=LOW:HIGH, such as {key}=0:5000") from error
    if not (0 <= low < high < math.inf):
        raise TuningError(f"--search {text}: LOW must be zero or more, and HIGH above it")
    return Knob(key, low, high)


def default_knobs(policy: Policy, most_minor: int) -> tuple[Knob, ...]:
    """The limits: amounts up to just above the largest that is asked for, a place's price up to ten reviews' cost."""
    price = min(10 * policy.costs.review_cost_minor, policy.review.highest_price_minor)
    highs = {"review.lowest_price_minor": price}
    return tuple(Knob(key, 0.0, float(max(highs.get(key, most_minor + 1), 1))) for key in LIMITS)


def setting(policy: Policy, key: str) -> float:
    """A setting's value."""
    table, _, name = key.partition(".")
    return float(getattr(getattr(policy, table), name))


def with_settings(policy: Policy, settings: Settings) -> Policy:
    """The policy with some settings changed.

    Raises:
        TuningError: the policy would not take them.
    """
    tables: dict[str, dict[str, float | int]] = {}
    for key, value in settings.items():
        table, _, name = key.partition(".")
        tables.setdefault(table, {})[name] = round(value) if name.endswith("_minor") else value
    try:
        parts = {
            table: type(part).model_validate(part.model_dump() | changes)
            for table, changes in tables.items()
            for part in [getattr(policy, table)]
        }
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        shown = ", ".join(f"{key} = {value:g}" for key, value in settings.items())
        raise TuningError(f"the policy doesn't take {shown}: {detail['msg']}; narrow the search") from error
    # its version, which hangs on its settings, is remembered in it: only a policy made anew has its own
    return policy.model_copy(update=parts)


def parse_knobs(texts: Sequence[str], policy: Policy) -> tuple[Knob, ...]:
    """The knobs that a user asked for.

    Raises:
        TuningError: one is wrong, named twice, or has bounds that the policy would not take.
    """
    knobs = tuple(parse_knob(text) for text in texts)
    keys = [knob.key for knob in knobs]
    if len(set(keys)) < len(keys):
        raise TuningError(f"--search {max(keys, key=keys.count)}: is there twice; give it once")
    for knob in knobs:
        with_settings(policy, {knob.key: knob.low})
        with_settings(policy, {knob.key: knob.high})
    return knobs
