"""Settings of the service: read once from the environment, then frozen."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from serving.clock import CLOCKS, Clock
from serving.policy import default_policy_path

STORE_URL = "CLEARCLAIM_STORE"
POLICY = "CLEARCLAIM_POLICY"
MODEL = "CLEARCLAIM_MODEL"
CLOCK = "CLEARCLAIM_CLOCK"
WEBHOOK_KEY = "CLEARCLAIM_WEBHOOK_KEY"
WEBHOOK_PRIVATE = "CLEARCLAIM_WEBHOOK_PRIVATE"
WEBHOOK_DELIVERER = "CLEARCLAIM_WEBHOOK_DELIVERER"

LEAST_KEY_BYTES = 32


class SettingsError(ValueError):
    """A setting that can't be used: the message names the variable and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the service finds its store, its policy and its model.

    `clock` is the wall clock, unless recorded claims are played (`serving.clock`). Secrets of webhooks are derived from
    `webhook_key`; messages go into private networks only with `webhook_private`; and the service sends them itself
    unless `delivers` is false, as where `clearclaim webhooks deliver` runs beside it.
    """

    store_url: str
    policy_path: Path
    model_tag: str
    clock: Clock
    webhook_key: str | None = field(default=None, repr=False)
    webhook_private: bool = False
    delivers: bool = True

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings.

        Raises:
            SettingsError: if CLEARCLAIM_CLOCK names no clock, a key is too short, or a switch is neither 0 nor 1.
        """
        clock = environment.get(CLOCK, "wall")
        if clock not in CLOCKS:
            raise SettingsError(f"{CLOCK}: is {clock!r}; use one of {', '.join(CLOCKS)}, or leave it unset")
        return cls(
            store_url=environment.get(STORE_URL, "sqlite:///clearclaim.db"),
            policy_path=Path(environment.get(POLICY) or default_policy_path()),
            model_tag=environment.get(MODEL, "clearclaim:latest"),
            clock=CLOCKS[clock],
            webhook_key=_key(environment, WEBHOOK_KEY),
            webhook_private=_is_on(environment, WEBHOOK_PRIVATE, usual="0"),
            delivers=_is_on(environment, WEBHOOK_DELIVERER, usual="1"),
        )


def _key(environment: Mapping[str, str], name: str) -> str | None:
    said = environment.get(name) or None
    if said is not None and len(said.encode()) < LEAST_KEY_BYTES:
        raise SettingsError(f"{name}: is too short; write {LEAST_KEY_BYTES} or more random characters")
    return said


def _is_on(environment: Mapping[str, str], name: str, *, usual: str) -> bool:
    said = environment.get(name) or usual
    if said not in {"0", "1"}:
        raise SettingsError(f"{name}: is {said!r}; write 1 for yes or 0 for no, or leave it unset")
    return said == "1"
