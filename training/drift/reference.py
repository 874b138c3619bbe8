"""What a bundle remembers of its training's time, to hold later claims against: counts and figures, no claim.

It stands in the bundle's manifest under `training`, so a model in a folder can be looked at without MLflow, and a
bundle keeps its format. Counts are written as one line a column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from pydantic import JsonValue

from features.arrays import Floats, Ints
from serving.bundle import Bundle
from training.drift.bins import Bins
from training.drift.outcomes import OutcomeFigures, outcomes_from_json
from training.drift.pace import ANSWERS, DELAY_DAYS, Delays, Weeks
from training.drift.stability import Counted

KEY: Final = "reference"  # in a bundle's `training`
FORMAT: Final = 1
PROBABILITY: Final = "abuse_probability"


class DriftError(ValueError):
    """What can't be compared: the message says what is lacking and what to do."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How the values of one column were spread over bins."""

    bins: Bins
    counted: Counted


@dataclass(frozen=True, slots=True)
class Reference:
    """The latest time that a training knew.

    Attributes:
        from_ms, to_ms: from the test's first claim to just after the last event.
        claims: how many were filed in it, labelled or not.
        columns: by name, all of the model's.
        probability: of the probabilities that the model gives these claims; it learned from none of them.
        weeks: what was decided on them.
        delays: of first verdicts, on all claims of before `to_ms`.
        outcomes: on the labelled claims of the test.
    """

    from_ms: int
    to_ms: int
    claims: int
    columns: Mapping[str, Spread]
    probability: Spread
    weeks: Weeks
    delays: Delays | None
    outcomes: OutcomeFigures

    def as_json(self) -> dict[str, JsonValue]:
        """As JSON for a bundle's manifest."""
        delays = self.delays
        return {
            "format": FORMAT,
            "from_ms": self.from_ms,
            "to_ms": self.to_ms,
            "claims": self.claims,
            "columns": {name: written(spread) for name, spread in self.columns.items()},
            PROBABILITY: written(self.probability),
            "weeks": {
                str(start): _join(counts) for start, counts in zip(self.weeks.start_ms, self.weeks.counts, strict=True)
            },
            "delays": None
            if delays is None
            else {
                "verdicts": delays.verdicts,
                "days95": _number(delays.days95),
                "horizon_days": delays.horizon_days,
                "within": _join(delays.within),
            },
            "outcomes": self.outcomes.as_json(),
        }


def reference_of(bundle: Bundle) -> Reference:
    """Read the reference of a bundle.

    Raises:
        DriftError: if it has none, or one that this release can't read.
    """
    content = bundle.contents.training.get(KEY)
    again = f"model {bundle.model_version}: train it again with this release"
    if not isinstance(content, dict):
        raise DriftError(f"{again}: its bundle remembers nothing of its training's time to compare with")
    if content.get("format") != FORMAT:
        raise DriftError(f"{again}: what its bundle remembers of its training's time has another format")
    try:
        return _read(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DriftError(f"{again}: what its bundle remembers of its training's time is damaged ({error})") from error


def _read(content: dict[str, JsonValue]) -> Reference:
    columns, weeks, delays = content["columns"], content["weeks"], content["delays"]
    outcomes = outcomes_from_json(content["outcomes"])
    if not isinstance(columns, dict) or not isinstance(weeks, dict):
        raise TypeError("a part is of another kind")
    counts = np.array([_split(line) for line in weeks.values()]).reshape(-1, len(ANSWERS)).astype(np.int64)
    return Reference(
        from_ms=_integer(content["from_ms"]),
        to_ms=_integer(content["to_ms"]),
        claims=_integer(content["claims"]),
        columns={name: _parse(line) for name, line in columns.items()},
        probability=_parse(content[PROBABILITY]),
        weeks=Weeks(np.array([int(start) for start in weeks], dtype=np.int64), counts),
        delays=_delays(delays) if isinstance(delays, dict) else None,
        outcomes=outcomes,
    )


def _delays(content: dict[str, JsonValue]) -> Delays:
    within = _split(content["within"])
    if len(within) != len(DELAY_DAYS):
        raise ValueError(f"{len(within)} delays, not {len(DELAY_DAYS)}")
    return Delays(_integer(content["verdicts"]), _float(content["days95"]), _float(content["horizon_days"]), within)


def written(spread: Spread) -> str:
    """Edges | counts, the missing ones last | design effect."""
    return f"{_join(spread.bins.edges)} | {_join(spread.counted.counts)} | {spread.counted.design_effect:.4g}"


def _parse(line: JsonValue) -> Spread:
    edges, counts, effect = str(line).split("|")
    bins, counted = Bins(_split(edges)), _split(counts).astype(np.int64)
    if len(counted) != bins.number:
        raise ValueError(f"{len(counted)} counts for {bins.number} bins")
    return Spread(bins, Counted(counted, float(effect)))


def _join(values: Ints | Floats) -> str:
    return " ".join(_word(value) for value in values.tolist())


def _word(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)


def _split(line: JsonValue) -> Floats:
    return np.array([float(word) for word in str(line).split()], dtype=np.float64)


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _integer(value: JsonValue) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no integer")
    return value


def _float(value: JsonValue) -> float:
    return float("nan") if value is None else float(str(value))
