"""What a challenger is held to before it may decide: the gate's limits, and a TOML file that changes some of them."""

from __future__ import annotations

import difflib
import math
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Literal, TypeAlias

from training.gate.duel import GateError

Demand: TypeAlias = Literal["non_inferior", "better"]
DEMANDS: Final[tuple[Demand, ...]] = ("non_inferior", "better")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateConfig:
    """Limits of the gate. Margins say what harm is too small to matter; intervals say whether more than that is shown.

    Attributes:
        demand: what must be shown of money: "non_inferior", that no more than `money_margin` is lost; "better", that
            some is gained.
        money_margin: as a share of what the champion's decisions cost.
        calibration_limit: how far probabilities may be off, on average; what chance shows comes on top.
        calibration_margin: by how much they may clearly be further off than the champion's.
        slice_money_margin: as a share of what the champion's decisions cost in the slice.
        slice_review_margin: of a slice's honest claims, how many more may clearly go to a person.
        score_ms, explain_ms: median times for one claim.
        leaves: of all trees of both models.
    """

    demand: Demand = "non_inferior"
    money_margin: float = 0.01
    calibration_limit: float = 0.01
    calibration_margin: float = 0.005
    slice_money_margin: float = 0.05
    slice_review_margin: float = 0.01
    score_ms: float = 2.0
    explain_ms: float = 100.0
    leaves: int = 200_000

    def __post_init__(self) -> None:
        """Refuse what is no limit.

        Raises:
            GateError: names the key.
        """
        if self.demand not in DEMANDS:
            raise GateError(f"demand is {self.demand!r}; use one of {', '.join(DEMANDS)}")
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name == "demand":
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
                raise GateError(f"{each.name} is {value!r}; use a number of zero or more")


def read_gate(path: Path) -> GateConfig:
    """The limits of a TOML file; what it doesn't say stays as it is by default.

    Raises:
        GateError: one line that names the file, and the key that is unknown or wrong.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GateError(f"{path}: can't be read ({error.strerror}); give the path of a gate file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise GateError(f"{path}: not a TOML file ({error}); correct it there") from error
    known = [each.name for each in fields(GateConfig)]
    for key in content:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"use {', '.join(known)}"
            raise GateError(f"{path}: key {key}: unknown; {hint}")
    try:
        return GateConfig(**content)
    except GateError as error:
        raise GateError(f"{path}: {error}") from error
