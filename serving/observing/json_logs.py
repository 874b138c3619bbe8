"""Logs as one JSON object a line: when, how grave, who says so, what, and in the course of which request.

Only fields that are named here go out, so that nobody logs a buyer's id or words by mistake; and of an exception that
isn't our own only its kind and place, since messages of libraries quote the values that they stumbled over.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO

REQUEST_ID: Final[ContextVar[str]] = ContextVar("clearclaim_request_id", default="")  # the edge sets it

# what may be given as `extra` of a log call: claims by their ids, but no person's id, and nothing that a buyer wrote
FIELDS: Final = (
    "action",
    "attempt",
    "caller",
    "cause",
    "claim_id",
    "claims",
    "endpoint",
    "event_id",
    "events",
    "method",
    "model_version",
    "policy_version",
    "seconds",
    "status",
)
_ROUTED: Final = frozenset({"bentoml", "circus", "clearclaim", "py", "uvicorn"})  # loggers, and all below them
_OUR_PACKAGES: Final = ("features.", "serving.")
_FRAMES: Final = 12


class JsonFormatter(logging.Formatter):
    """Makes one line of JSON of a record.

    Args:
        worker: which of the service's workers speaks.
    """

    def __init__(self, worker: str) -> None:
        super().__init__()
        self._worker = worker

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        moment = datetime.fromtimestamp(record.created, UTC)
        content: dict[str, Any] = {
            "ts": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "worker": self._worker,
        }
        if request_id := REQUEST_ID.get():
            content["request_id"] = request_id
        content |= {name: record.__dict__[name] for name in FIELDS if name in record.__dict__}
        if record.exc_info and record.exc_info[1] is not None:
            content["error"] = [_error(each) for each in _chain(record.exc_info[1])]
        elif record.exc_text:  # cleaned by `serving.access.redaction`
            content["error"] = record.exc_text
        return json.dumps(content, default=str)


def configure_logs(worker: str, stream: TextIO | None = None) -> None:
    """Send all that this process logs, BentoML's and the server's own lines too, to a stream as JSON.

    Args:
        worker: which of the service's workers this is.
        stream: stdout by default, as containers want it.
    """
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonFormatter(worker))
    root = logging.getLogger()
    root.handlers = [handler]
    for name in [each for each in root.manager.loggerDict if each.partition(".")[0] in _ROUTED]:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("clearclaim").setLevel(logging.INFO)
    logging.captureWarnings(capture=True)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from, without going round in circles."""
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


def _error(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    told: dict[str, Any] = {
        "kind": f"{kind.__module__}.{kind.__qualname__}",
        "where": [f"{'/'.join(Path(each.filename).parts[-3:])}:{each.lineno} {each.name}" for each in frames],
    }
    if kind.__module__.startswith(_OUR_PACKAGES):
        told["message"] = str(error)
    return told
