"""What checks of a store found last: whoever runs one leaves it in the store, where operators are shown it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final, Literal, TypeAlias, get_args

import sqlalchemy as sa

from features.store.database import Store

Check: TypeAlias = Literal["drift", "parity", "ledger_verify"]
CHECKS: Final[tuple[Check, ...]] = get_args(Check)
_INFO: Final = "check_"  # how the facts about a store are called that hold these


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found.

    Attributes:
        check: which one.
        at_ms: when it was done.
        verdict: a word of the check's own: none, watch or retrain for drift, holds or differs for the others.
        findings: how many things it complains of.
        says: one line, in English, as the check's command printed it.
    """

    check: Check
    at_ms: int
    verdict: str
    findings: int
    says: str


def record_check(store: Store, result: CheckResult) -> None:
    """Keep a result in the place of the one of before.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: if the store can't be written.
    """
    with store.writing() as connection:
        store.set_info(connection, f"{_INFO}{result.check}", json.dumps(asdict(result), ensure_ascii=False))


def try_to_record(store: Store, result: CheckResult) -> str | None:
    """The same; what went wrong comes back as one line, since a check of a copy that is only read is a check, too."""
    try:
        record_check(store, result)
    except sa.exc.SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
        return f"store {store.name}: the result can't be left there ({reason}); --no-record leaves it out"
    return None


def last_check(connection: sa.Connection, store: Store, check: Check) -> CheckResult | None:
    """What a check found last; None where it was never done, or something else wrote what is there."""
    text = store.info(connection, f"{_INFO}{check}")
    if text is None:
        return None
    try:
        return CheckResult(**json.loads(text))
    except (TypeError, ValueError):
        return None
