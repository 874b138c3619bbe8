"""An evaluation as JSON, so that it is kept with the run that made it. Figures that nobody can tell are null."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter, ValidationError

from training.evaluation.evaluation import Evaluation

_ADAPTER: TypeAdapter[Evaluation] = TypeAdapter(Evaluation)
_LONE = ("base_rate", "abusive_share", "capacity_share")  # numbers of an evaluation that may be unknown


def as_json(evaluation: Evaluation) -> str:
    """All of an evaluation as JSON, from which `from_json` makes it again."""
    return json.dumps(_without_nan(asdict(evaluation)), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def from_json(text: str) -> Evaluation:
    """The evaluation that `as_json` wrote, also where it knew fewer fields.

    Raises:
        ValueError: it isn't such a JSON.
    """
    try:
        said = json.loads(text)
        return _ADAPTER.validate_python(_with_nan(said))
    except (ValidationError, ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"an evaluation is {text!r:.60}; evaluate again with this version") from error


def _without_nan(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, Mapping):
        return {name: _without_nan(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _with_nan(value: Any) -> Any:  # noqa: ANN401
    """The same with NaN where an interval, or a number of its own, is unknown; other nulls stay what they are."""
    if isinstance(value, Mapping):
        unknown = {"value", "low", "high", *_LONE}
        return {name: math.nan if each is None and name in unknown else _with_nan(each) for name, each in value.items()}
    return [_with_nan(each) for each in value] if isinstance(value, list) else value
