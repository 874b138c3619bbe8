"""Parameters of the abuse model: within which bounds each may lie, and the files that hold them."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

JSON: Final = ".json"
_BOUNDS: Final[Mapping[str, tuple[float, float]]] = {
    "rounds": (1, 100_000),
    "patience": (1, 100_000),
    "learning_rate": (1e-4, 1),
    "num_leaves": (2, 1_024),
    "max_depth": (1, 32),
    "min_data_in_leaf": (1, 1_000_000),
    "lambda_l2": (0, 1e6),
    "feature_fraction": (0.01, 1),
    "bagging_fraction": (0.01, 1),
    "bagging_freq": (0, 1_000),
    "max_bin": (2, 5_000),
    "bin_construct_sample_cnt": (1, 10_000_000),
    "path_smooth": (0, 1e6),
    "seed": (0, 2**31 - 1),
}


class ParameterError(ValueError):
    """A parameter that no model can be fitted with: the message names it and says what it may be."""


@dataclass(frozen=True, slots=True)
class BoostingConfig:
    """Parameters of LightGBM, under its own names. Trees stay shallow, since explaining a claim costs by their depth.

    `rounds` is the most trees there may be, `patience` the number of rounds without gain after which no more are tried.
    With `extra_trees` a split tries one threshold of a column, drawn at random, in place of all: trees differ more, and
    their sum is smoother. On simulated worlds this is what gains most. `bin_construct_sample_cnt` claims tell the bins;
    these are in memory at once, even where the others are in a file.

    Raises:
        ParameterError: a value is out of bounds, or not of its kind.
    """

    rounds: int = 600
    patience: int = 40
    learning_rate: float = 0.05
    num_leaves: int = 15
    max_depth: int = 5
    min_data_in_leaf: int = 20
    lambda_l2: float = 5.0
    feature_fraction: float = 0.5
    bagging_fraction: float = 0.8
    bagging_freq: int = 1
    max_bin: int = 255
    bin_construct_sample_cnt: int = 50_000
    path_smooth: float = 0.0
    extra_trees: bool = True
    seed: int = 7

    def __post_init__(self) -> None:
        """Refuse what LightGBM would fail on, or take for something else."""
        for field in fields(self):
            _check(field.name, getattr(self, field.name), str(field.type))
        if self.path_smooth > 0 and self.min_data_in_leaf < 2:
            raise ParameterError("path_smooth: needs min_data_in_leaf of 2 or more")


def read_parameters(path: Path) -> dict[str, int | float | bool]:
    """Some or all parameters by name, from a TOML file, or a JSON file by its suffix.

    Raises:
        ParameterError: there is no such file, it can't be read, or a key or value is wrong; the message names it.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == JSON else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise ParameterError(f"{path}: {error}") from error
    if not isinstance(content, dict):
        raise ParameterError(f"{path}: must hold names and values, such as num_leaves = 15")
    names = [field.name for field in fields(BoostingConfig)]
    for name in content:
        if name not in names:
            raise ParameterError(f"{path}: {name!r} is no parameter; use {', '.join(names)}")
    try:
        BoostingConfig(**content)
    except ParameterError as error:
        raise ParameterError(f"{path}: {error}") from error
    return content


def boosting_config(path: Path | None, **given: int | None) -> BoostingConfig:
    """The defaults, changed by a file of parameters, changed by what is given beside it and isn't None.

    Raises:
        ParameterError: as `read_parameters`, or a given value is wrong.
    """
    read = {} if path is None else read_parameters(path)
    return BoostingConfig(**{**read, **{name: value for name, value in given.items() if value is not None}})  # type: ignore[arg-type]


def write_parameters(path: Path, config: BoostingConfig, notes: tuple[str, ...] = ()) -> None:
    """Write all parameters, as `read_parameters` reads them; a TOML file begins with the notes as comments.

    Raises:
        OSError: if the file can't be written.
    """
    values = asdict(config)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == JSON:
        path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
        return
    lines = [*(f"# {note}" for note in notes), *(f"{name} = {json.dumps(value)}" for name, value in values.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _check(name: str, value: object, kind: str) -> None:
    if kind == "bool":
        if not isinstance(value, bool):
            raise ParameterError(f"{name}: must be true or false, not {value!r}")
        return
    low, high = _BOUNDS[name]
    fits = isinstance(value, int if kind == "int" else int | float) and not isinstance(value, bool)
    if not fits or not math.isfinite(value) or not low <= value <= high:  # type: ignore[arg-type, operator]
        said = "a whole number" if kind == "int" else "a number"
        raise ParameterError(f"{name}: must be {said} from {low:,g} to {high:,g}, not {value!r}")
