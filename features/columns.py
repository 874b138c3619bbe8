"""The columns that groups of features make: names, units and meanings are derived here and typed nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from features.definition import (
    ClaimAmount,
    ClaimCategory,
    ClaimElapsed,
    ClaimGap,
    ClaimShare,
    Direction,
    FeatureGroup,
    Link,
    LinkGroup,
    RateGroup,
    Reason,
    RecencyGroup,
    RelativeGroup,
    SpreadGroup,
    Text,
    TotalGroup,
    UsualGroup,
    Window,
)
from features.definition.window import MS_PER_DAY, MS_PER_HOUR

SINCE_LAST: Final = Text("seconds since the last of: ", "距上次的秒数：")  # how such a column's meaning begins


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the model's input."""

    name: str
    reason: Reason
    direction: Direction
    meaning: Text
    unit: str


def columns_of(group: FeatureGroup) -> list[Column]:
    """The columns that a group makes, in order."""
    if isinstance(group, ClaimCategory):
        return [
            Column(f"{group.field}_is_{word}", group.reason, Direction.EITHER, meaning, "flag")
            for word, meaning in group.meanings.items()
        ]
    return [Column(name, group.reason, group.direction, meaning, unit) for name, meaning, unit in _columns(group)]


def _columns(group: FeatureGroup) -> list[tuple[str, Text, str]]:
    match group:
        case TotalGroup():
            return [
                (f"{group.entity.name}_{measure.name}_{window.name}", _over(measure.meaning, window), measure.unit)
                for measure in group.measures
                for window in group.windows
            ]
        case RecencyGroup():
            return [
                (f"{group.entity.name}_seconds_since_{measure.name}", _since(measure.meaning), "seconds")
                for measure in group.measures
            ]
        case RateGroup():
            return _windowed(f"{group.entity.name}_{group.name}", group, group.unit)
        case SpreadGroup():
            return _windowed(f"{group.entity.name}_{group.name}", group, group.sum.unit)
        case RelativeGroup():
            return _windowed(f"{group.rate.entity.name}_{group.name}", group, "ratio")
        case UsualGroup():
            return _windowed(f"claim_{group.name}", group, "ratio")
        case LinkGroup():
            return [(str(group.link), group.meaning, "bits" if group.link is Link.NEAREST_PICTURE else "count")]
        case _:
            return [_claim_column(group)]


def _windowed(
    name: str, group: RateGroup | SpreadGroup | RelativeGroup | UsualGroup, unit: str
) -> list[tuple[str, Text, str]]:
    return [(f"{name}_{window.name}", _over(group.meaning, window), unit) for window in group.windows]


def _claim_column(group: ClaimAmount | ClaimShare | ClaimElapsed | ClaimGap | ClaimCategory) -> tuple[str, Text, str]:
    match group:
        case ClaimElapsed():
            return f"claim_hours_since_{group.name}", group.meaning, "hours"
        case ClaimGap():
            return f"claim_{group.name}_hours", group.meaning, "hours"
        case ClaimShare():
            return f"claim_{group.name}", group.meaning, "ratio"
        case ClaimAmount():
            unit = "minor" if group.field.endswith("_minor") else "count"
            return f"claim_{group.name}", group.meaning, unit
        case _:
            raise TypeError(f"{type(group).__name__} names its columns itself")


def _over(meaning: Text, window: Window) -> Text:
    if window.length_ms is None:
        return Text(f"{meaning.en}, ever", f"{meaning.zh}（历史累计）")
    days, rest = divmod(window.length_ms, MS_PER_DAY)
    hours = window.length_ms / MS_PER_HOUR
    english = (f"{days} days" if days > 1 else "day") if rest == 0 else (f"{hours:g} hours" if hours != 1 else "hour")
    chinese = f"{days}天" if rest == 0 else f"{hours:g}小时"
    return Text(f"{meaning.en}, last {english}", f"{meaning.zh}（近{chinese}）")


def _since(meaning: Text) -> Text:
    return Text(f"{SINCE_LAST.en}{meaning.en}", f"{SINCE_LAST.zh}{meaning.zh}")
