"""What log records may say: nothing of who bought, where it went, how it was paid, or what a buyer wrote; no secret.

Records hold what went wrong and where. Values come into them by mistake, mostly in the message of somebody else's
exception (a database quotes the row that it refused, a parser the text). So of an exception only its type and its
lines of code are told, and its message where it can't hold a value: the system's words, the database's and our own
without what they quote, and in full only what speaks of an operator's files and settings.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from features.store.errors import StoreError
from serving.access.key_text import KEY_PATTERN
from serving.access.pseudonyms import FIELDS

GONE: Final = "[withheld]"
PERSONAL: Final = frozenset({*FIELDS, "text", "claim_text", "authorization", "member", "members"})

_OURS: Final = ("features.", "serving.")
# what these say is for operators: names of settings, of files and of a policy's keys, and ids of claims
_FOR_OPERATORS: Final = (
    "serving.access.",
    "serving.bundle",
    "serving.claim_desk.",
    "serving.policy.",
    "serving.settings.",
    "serving.spool.",
)
_QUOTED: Final = re.compile(r"'(?!clearclaim )(?:[^'\\]|\\.)*'|\"(?!clearclaim )(?:[^\"\\]|\\.)*\"", re.DOTALL)
_PARAMETERS: Final = re.compile(r"\[parameters: .*", re.DOTALL)
_IN_URL: Final = re.compile(r"(://[^/\s:@]*):[^@\s]*@")
_SCHEME: Final = re.compile(r"\b(bearer|basic)\s+[^\s\"',]+", re.IGNORECASE)
_NAMED: Final = re.compile(
    rf"\b({'|'.join(sorted(PERSONAL))})(['\"]?\s*[=:]\s*)"
    r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s,;)}\]]+)",
    re.IGNORECASE | re.DOTALL,
)


def redact(text: str) -> str:
    """A text without keys, passwords, and values that stand behind the name of a personal field.

    >>> redact("buyer_id='B 1', order_id='O1' from postgresql://ann:pw@host/shop")
    "buyer_id=[withheld], order_id='O1' from postgresql://ann:***@host/shop"
    """
    text = KEY_PATTERN.sub(rf"cc_\1_{GONE}", text)
    text = _SCHEME.sub(rf"\1 {GONE}", text)
    text = _IN_URL.sub(r"\1:***@", text)
    text = _PARAMETERS.sub(f"[parameters {GONE[1:]}", text)
    return _NAMED.sub(rf"\1\2{GONE}", text)


def redact_fields(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """The fields of a structured record, however deep, without the values of personal ones."""
    match value:
        case str():
            return redact(value)
        case Mapping():
            return {name: GONE if str(name) in PERSONAL else redact_fields(each) for name, each in value.items()}
        case bytes() | bytearray():
            return GONE
        case Sequence():
            return [redact_fields(each) for each in value]
        case _:
            return value


def error_text(error: BaseException) -> str:
    """An exception and what led to it, the first cause first: lines of code, types, and messages that tell no value."""
    return "\n".join(_lines(error, set()))


def clean(record: logging.LogRecord) -> logging.LogRecord:
    """Take everything personal out of a record's message and exception."""
    # arguments first: an exception that is an argument would bring its message along
    arguments = record.args
    if isinstance(arguments, tuple):
        record.args = tuple(_as_argument(each) if isinstance(each, BaseException) else each for each in arguments)
    try:
        record.msg = redact(record.getMessage())
    except Exception:  # noqa: BLE001 - a record that can't be put together must not stop what it tells of
        record.msg = f"{record.name}: a message that doesn't fit its arguments"
    record.args = ()
    if record.exc_info and record.exc_info[1] is not None:
        record.exc_text = error_text(record.exc_info[1])
    elif record.exc_text:
        record.exc_text = redact(record.exc_text)
    record.exc_info = None
    return record


def redact_all_logs() -> None:
    """Clean every record of this process when it is made, whoever writes it and wherever it goes."""
    make = logging.getLogRecordFactory()
    if not isinstance(make, _Cleaning):
        logging.setLogRecordFactory(_Cleaning(make))


class _Cleaning:
    def __init__(self, make: Any) -> None:  # noqa: ANN401 - logging's own callable has no type
        self._make = make

    def __call__(self, *arguments: Any, **named: Any) -> logging.LogRecord:  # noqa: ANN401
        return clean(self._make(*arguments, **named))


def error_line(error: BaseException) -> str:
    """An exception's type, and its message where it tells no value."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    message = _message(error)
    return f"{name}: {message}" if message else name


def is_for_operators(error: BaseException) -> bool:
    """Whether an exception speaks of files and settings only, so that its message may be told in full."""
    return isinstance(error, StoreError) or f"{type(error).__module__}.".startswith(_FOR_OPERATORS)


def _as_argument(error: BaseException) -> str:
    return _message(error) if is_for_operators(error) else error_line(error)


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None and id(earlier) not in seen:
        yield from _lines(earlier, seen)
        yield "and then:"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
        if frame.line:
            yield f"    {frame.line}"
    yield error_line(error)


def _message(error: BaseException) -> str:
    if is_for_operators(error):
        return redact(str(error))
    if type(error).__module__.startswith(_OURS):
        return _unquoted(str(error))
    if isinstance(error, sa.exc.DBAPIError):
        return _message_of_database(error.orig)
    if isinstance(error, OSError) and error.strerror:
        return f"[Errno {error.errno}] {error.strerror}"
    return GONE if str(error) else ""


def _message_of_database(error: BaseException | None) -> str:
    """A database's own words. PostgreSQL tells values in its details, and quotes them, as SQLite does, elsewhere."""
    told: Any = error.args[0] if error is not None and error.args else ""
    if isinstance(told, dict):  # how pg8000 hands on what the server said
        told = f"{told.get('C', '')} {told.get('M', '')}".strip()
    return f"{type(error).__name__}: {redact(_unquoted(str(told)))}"


def _unquoted(text: str) -> str:
    return _QUOTED.sub(GONE, text)
