"""Settings of the service: read once from the environment, then frozen."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

from serving.access.pseudonyms import Pseudonyms
from serving.clock import CLOCKS, Clock
from serving.observing.access_log import ACCESS_MODES, AccessMode
from serving.policy import default_policy_path

STORE_URL = "CLEARCLAIM_STORE"
POLICY = "CLEARCLAIM_POLICY"
MODEL = "CLEARCLAIM_MODEL"
CHALLENGER = "CLEARCLAIM_CHALLENGER"
CLOCK = "CLEARCLAIM_CLOCK"
WEBHOOK_KEY = "CLEARCLAIM_WEBHOOK_KEY"
WEBHOOK_PRIVATE = "CLEARCLAIM_WEBHOOK_PRIVATE"
WEBHOOK_DELIVERER = "CLEARCLAIM_WEBHOOK_DELIVERER"
SPOOL = "CLEARCLAIM_SPOOL"
STORE_WAIT = "CLEARCLAIM_STORE_WAIT_MS"
WORKERS = "CLEARCLAIM_WORKERS"
ACCESS_LOG = "CLEARCLAIM_ACCESS_LOG"
AUTH = "CLEARCLAIM_AUTH"
ID_KEY = "CLEARCLAIM_ID_KEY"
TLS = "CLEARCLAIM_TLS"

# read elsewhere: by the ledger's seals, by the client, by its examples, by trainings
_OTHERS: Final = ("CLEARCLAIM_SEAL_KEY", "CLEARCLAIM_API_KEY", "CLEARCLAIM_URL", "CLEARCLAIM_CACHE")
_OWN: Final = (STORE_URL, POLICY, MODEL, CHALLENGER, CLOCK, SPOOL, STORE_WAIT, WORKERS, ACCESS_LOG, AUTH, ID_KEY, TLS)
_KNOWN: Final = frozenset({*_OWN, WEBHOOK_KEY, WEBHOOK_PRIVATE, WEBHOOK_DELIVERER, *_OTHERS})
# what Kubernetes tells every container of a service named clearclaim, or clearclaim-something
_OF_KUBERNETES: Final = re.compile(r"CLEARCLAIM_(.*_)?(SERVICE_(HOST|PORT)|PORT)(_.*)?")

MOST_WORKERS: Final = 128
LEAST_KEY_BYTES: Final = 32

Auth: TypeAlias = Literal["keys", "off"]

_ACCESS_MODES: Final[Mapping[str, AccessMode]] = {mode: mode for mode in ACCESS_MODES}


class SettingsError(ValueError):
    """A setting that can't be used: the message names the variable and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the service finds its store, its policy and its model.

    `clock` is the wall clock, unless recorded claims are played (`serving.clock`), which `recorded` says. `spool_path`
    is a folder for answers that the store can't take (`serving.spool`), and `store_wait_ms` how long a claim waits for
    the store. `workers` are processes. `challenger_tag` is a model that scores in shadow, and None where none does.
    `access_log` says which requests are logged. Secrets of webhooks are derived from `webhook_key`; messages go into
    private networks only with `webhook_private`; and the service sends them itself unless `delivers` is false, as where
    `clearclaim webhooks deliver` runs beside it.
    `auth` says whether callers need a key. `pseudonyms` holds the key with which ids of people are hashed;
    None where they are stored as they come. `tls` says that something before the service speaks HTTPS, so that callers
    may be told never to use plain HTTP again.
    """

    store_url: str
    policy_path: Path
    model_tag: str
    clock: Clock
    recorded: bool
    spool_path: Path
    store_wait_ms: int
    workers: int = 1
    challenger_tag: str | None = None
    access_log: AccessMode = "slow"
    webhook_key: str | None = field(default=None, repr=False)
    webhook_private: bool = False
    delivers: bool = True
    auth: Auth = "keys"
    pseudonyms: Pseudonyms | None = None
    tls: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings.

        Raises:
            SettingsError: if a number is none, a key is too short, or a variable holds none of the words that it can.
        """
        clock = environment.get(CLOCK, "wall")
        if clock not in CLOCKS:
            raise SettingsError(f"{CLOCK}: is {clock!r}; use one of {', '.join(CLOCKS)}, or leave it unset")
        access_log = _ACCESS_MODES.get(environment.get(ACCESS_LOG, "slow"))
        if access_log is None:
            raise SettingsError(
                f"{ACCESS_LOG}: is {environment[ACCESS_LOG]!r}; use one of {', '.join(ACCESS_MODES)}, or leave it unset"
            )
        return cls(
            store_url=environment.get(STORE_URL, "sqlite:///clearclaim.db"),
            policy_path=Path(environment.get(POLICY) or default_policy_path()),
            model_tag=environment.get(MODEL, "clearclaim:latest"),
            clock=CLOCKS[clock](),
            recorded=clock != "wall",
            spool_path=Path(environment.get(SPOOL) or "clearclaim-spool"),
            store_wait_ms=_whole(environment, STORE_WAIT, 1_000),
            auth=_auth(environment),
            pseudonyms=pseudonyms_from(environment),
            tls=_is_on(environment, TLS, usual="0"),
            workers=workers_of(environment),
            challenger_tag=environment.get(CHALLENGER) or None,
            access_log=access_log,
            webhook_key=_key(environment, WEBHOOK_KEY),
            webhook_private=_is_on(environment, WEBHOOK_PRIVATE, usual="0"),
            delivers=_is_on(environment, WEBHOOK_DELIVERER, usual="1"),
        )


def unknown_settings(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Variables that look like settings and that nothing reads, in order: mistyped, or of another version."""
    named = (name for name in environment if name.startswith("CLEARCLAIM_") and name not in _KNOWN)
    return tuple(sorted(name for name in named if not _OF_KUBERNETES.fullmatch(name)))


def workers_of(environment: Mapping[str, str] = os.environ) -> int:
    """How many processes are to answer; BentoML asks when it imports the service, before there are settings.

    Raises:
        SettingsError: if CLEARCLAIM_WORKERS is no whole number, or out of range.
    """
    workers = _whole(environment, WORKERS, 1)
    if workers > MOST_WORKERS:
        raise SettingsError(f"{WORKERS}: is {workers}; use at most {MOST_WORKERS}: one for each processor core")
    return workers


def pseudonyms_from(environment: Mapping[str, str] = os.environ) -> Pseudonyms | None:
    """How ids of people are made unreadable, or None if no key is set.

    Raises:
        SettingsError: if the key is too short. The message doesn't show it.
    """
    key = environment.get(ID_KEY)
    if not key:
        return None
    try:
        return Pseudonyms(key.encode("utf-8", "surrogateescape"))
    except ValueError as error:
        raise SettingsError(
            f'{ID_KEY}: {error}; make one with python -c "import secrets; print(secrets.token_urlsafe(48))"'
        ) from error


def _auth(environment: Mapping[str, str]) -> Auth:
    match environment.get(AUTH, "keys"):
        case "keys":
            return "keys"
        case "off":
            return "off"
        case other:
            raise SettingsError(f"{AUTH}: is {other!r}; use keys, or off for a trial on 127.0.0.1, or leave it unset")


def _whole(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdecimal() and len(text) < 10) or int(text) == 0:
        raise SettingsError(
            f"{name}: is {text!r}; use a whole number above zero (of up to nine digits), or leave it unset"
        )
    return int(text)


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
