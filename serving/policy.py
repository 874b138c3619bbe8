"""The policy: every amount, limit and choice that a decision depends on, read from one TOML file.

What is written there and nowhere else: money, thresholds, which authorities count. A mistyped key is refused and never
ignored, and the policy's version is a hash of what it says, so that a decision can name the policy it was made under.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib.resources
import json
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from features.events import LARGEST_AMOUNT

AuthorityKind: TypeAlias = Literal["consent", "statutory_right", "platform_rule", "adjudication"]
Minor: TypeAlias = Annotated[int, Field(ge=0, le=LARGEST_AMOUNT)]
Probability: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class PolicyError(Exception):
    """A policy file that can't be used: the message names the file and the key and says what to do, in one line."""


class PolicyPart(BaseModel):
    """One table of a policy: frozen, numbers taken strictly, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Costs(PolicyPart):
    """What outcomes cost, in minor units. `merchant_loss_weight` is what a merchant's loss of 1 counts for."""

    review_cost_minor: Minor
    delay_cost_minor: Minor
    advance_fee_minor: Minor
    wrongful_denial_cost_minor: Minor
    merchant_loss_weight: Annotated[float, Field(ge=0, le=1000)]


class Review(PolicyPart):
    """How well people find the truth, and the shadow price of one review slot."""

    sensitivity: Probability
    specificity: Probability
    capacity_price_minor: Minor = 0


class Recovery(PolicyPart):
    """What is believed about recovering an advance while no model says it."""

    default_probability: Probability


def _sorted(kinds: tuple[AuthorityKind, ...]) -> tuple[AuthorityKind, ...]:
    return tuple(sorted(set(kinds)))


class Authorities(PolicyPart):
    """Which kinds of authority count, and the statutory return window (days from delivery, 0 for none)."""

    # A file's list is no tuple, which strict mode would refuse; its order says nothing, so it isn't kept.
    kinds: Annotated[tuple[AuthorityKind, ...], Field(strict=False), AfterValidator(_sorted)]
    statutory_return_days: Annotated[int, Field(ge=0, le=3650)]
    statutory_return_reference: Annotated[str, Field(min_length=1)]


class PlatformBears(PolicyPart):
    """Up to which amount the platform pays from its own pocket where no authority is on record; 0 for never."""

    up_to_minor: Minor = 0


class Reasons(PolicyPart):
    """How many reasons to give, from which share of the movement on, and in which language by default."""

    at_most: Annotated[int, Field(ge=0, le=20)] = 3
    least_share: Probability = 0.05
    language: Literal["en", "zh-CN"] = "en"


class Policy(PolicyPart):
    """All that a decision depends on beside the claim. `currency` is an ISO 4217 code."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    costs: Costs
    review: Review
    recovery: Recovery
    authorities: Authorities
    platform_bears: PlatformBears = PlatformBears()
    reasons: Reasons = Reasons()

    @cached_property
    def version(self) -> str:
        """First 12 hex digits of the SHA-256 of what the policy says, defaults included, as canonical JSON."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:12]


def default_policy_path() -> Path:
    """The path of the policy that comes with the package."""
    return Path(str(importlib.resources.files("serving"))) / "policies" / "default.toml"


def read_policy(path: Path) -> Policy:
    """Read a policy from a TOML file.

    Raises:
        PolicyError: the file can't be read, is no TOML, or has a key that is unknown, missing or out of range.
    """
    try:
        content = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise PolicyError(f"{path}: can't be read ({error.strerror}); name a policy file") from error
    except UnicodeDecodeError as error:
        raise PolicyError(f"{path}: not UTF-8 text; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{path}: not TOML: {error}; mend that line") from error
    try:
        return Policy.model_validate(content)
    except ValidationError as error:
        raise PolicyError(f"{path}: {_first_complaint(error)}") from error


def _first_complaint(error: ValidationError) -> str:
    details = error.errors(include_url=False, include_context=False)
    # A mistyped key is also missing under its right name: the mistyped one is what the reader has to mend.
    first = min(details, key=lambda detail: detail["type"] != "extra_forbidden")
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{key}: unknown key; {_nearest(first)}"
    if first["type"] == "missing":
        return f"{key}: missing; add it"
    return f"{key}: is {first['input']!r:.60}; {_lower_first(first['msg'])}"


def _nearest(detail: ErrorDetails) -> str:
    *tables, name = (str(part) for part in detail["loc"])
    known = _known_keys(tables)
    if near := difflib.get_close_matches(name, known, n=1):
        return f"did you mean {'.'.join([*tables, near[0]])}?"
    return f"use one of {', '.join(known)}, or take it out"


def _known_keys(tables: list[str]) -> list[str]:
    part: type[BaseModel] = Policy
    for table in tables:
        annotation = part.model_fields[table].annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            part = annotation
    return list(part.model_fields)


def _lower_first(message: str) -> str:
    return message[:1].lower() + message[1:]
