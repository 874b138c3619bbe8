"""What Schemathesis can't know of a good body: times lie in the past and follow each other, pictures are different.

Loaded by its variable SCHEMATHESIS_HOOKS. Only values that are right by themselves are moved: a body that is
to be wrong stays wrong.
"""

from __future__ import annotations

from typing import Any, Final

import schemathesis

from features.events import EARLIEST_MS, LATEST_MS

YEARS_MS: Final = 10 * 365 * 86_400_000  # after the earliest moment, and before any test


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:  # noqa: ARG001 - the hook's own signature
    """The same body, with what belongs together put in order."""
    return _in_order(body)


def _in_order(content: Any) -> Any:
    if isinstance(content, list):
        return [_in_order(each) for each in content]
    if not isinstance(content, dict):
        return content
    moved = {key: _past(value) if key.endswith("_at_ms") else _in_order(value) for key, value in content.items()}
    paid, delivered = moved.get("paid_at_ms"), moved.get("delivered_at_ms")
    if _is_moment(paid) and _is_moment(delivered):
        moved["delivered_at_ms"] = max(paid, delivered)
    hashes = moved.get("evidence_hashes")
    if isinstance(hashes, list) and all(isinstance(each, str) for each in hashes):
        moved["evidence_hashes"] = list(dict.fromkeys(hashes))
    return moved


def _past(value: Any) -> Any:
    return EARLIEST_MS + value % YEARS_MS if _is_moment(value) else value


def _is_moment(value: Any) -> bool:
    return type(value) is int and EARLIEST_MS <= value < LATEST_MS
