"""Figures as JSON can hold them, and back."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from serving.insight.returns.figures import Returns


def to_body(returns: Returns) -> dict[str, Any]:
    """The figures as dictionaries and tuples."""
    return asdict(returns)


def of_body(body: dict[str, Any]) -> Returns:
    """The figures that `to_body` wrote, read back from JSON.

    Raises:
        ValueError: another version wrote them.
    """
    return _adapter().validate_python(body)


@cache
def _adapter() -> TypeAdapter[Returns]:
    return TypeAdapter(Returns)
