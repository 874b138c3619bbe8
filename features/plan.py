"""A catalogue compiled: which totals each entity keeps, which windows are cut from them, which columns come out.

Engines produce `WindowTotals` for a plan; `features.assemble` turns them into columns. Both lie flat, entity by
entity, in the order of `Plan.entities`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache

from features.arrays import Ints
from features.catalog import CATALOG, ENTITIES
from features.definition import (
    ClaimAmount,
    ClaimCategory,
    ClaimElapsed,
    ClaimShare,
    Direction,
    Entity,
    FeatureGroup,
    Measure,
    RateGroup,
    Reason,
    RecencyGroup,
    Text,
    TotalGroup,
    Window,
)


@dataclass(frozen=True, slots=True)
class EntityPlan:
    """What one entity keeps and what is cut from it.

    A row of its history holds `len(measures)` running totals and then, for each index in `recent`, the `known_at`
    of the row in which that measure last rose. `cuts` lists the (measure index, window) pairs that columns need.
    """

    entity: Entity
    measures: tuple[Measure, ...]
    recent: tuple[int, ...]
    cuts: tuple[tuple[int, Window], ...]

    @property
    def width(self) -> int:
        """How many int64 values a row of history holds."""
        return len(self.measures) + len(self.recent)

    @property
    def windows(self) -> tuple[Window, ...]:
        """The bounded windows that are cut, shortest first."""
        bounded = {window for _, window in self.cuts if window.length_ms is not None}
        return tuple(sorted(bounded, key=lambda window: window.length_ms or 0))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the model's input."""

    name: str
    reason: Reason
    direction: Direction
    meaning: Text
    unit: str


@dataclass(frozen=True, slots=True)
class WindowTotals:
    """What an engine returns for n claims.

    `totals` has shape (n, number of cuts of all entities), `last_rise_ms` shape (n, number of recent measures of all
    entities); both int64, and `last_rise_ms` is `MISSING` where a measure never rose.
    """

    totals: Ints
    last_rise_ms: Ints


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled catalogue.

    `catalog_hash` changes with any definition: a model belongs to one. `layout_hash` changes only with what a row
    of history holds: a store belongs to one.
    """

    catalog: tuple[FeatureGroup, ...]
    entities: tuple[EntityPlan, ...]
    columns: tuple[Column, ...]
    catalog_hash: str
    layout_hash: str

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in the model's order."""
        return tuple(column.name for column in self.columns)

    def cut_index(self, entity: Entity, measure: Measure, window: Window) -> int:
        """Where a measure over a window lies in `WindowTotals.totals`."""
        offset = 0
        for plan in self.entities:
            if plan.entity == entity:
                return offset + plan.cuts.index((plan.measures.index(measure), window))
            offset += len(plan.cuts)
        raise KeyError(entity.name)

    def recent_index(self, entity: Entity, measure: Measure) -> int:
        """Where a measure's last rise lies in `WindowTotals.last_rise_ms`."""
        offset = 0
        for plan in self.entities:
            if plan.entity == entity:
                return offset + plan.recent.index(plan.measures.index(measure))
            offset += len(plan.recent)
        raise KeyError(entity.name)


@cache
def default_plan() -> Plan:
    """The plan of the catalogue that the service and the training use."""
    return compile_plan(CATALOG, ENTITIES)


def compile_plan(catalog: Sequence[FeatureGroup], entities: Sequence[Entity]) -> Plan:
    """Compile a catalogue.

    Raises:
        ValueError: if two columns, or two different measures of an entity, have the same name.
    """
    columns = tuple(column for group in catalog for column in columns_of(group))
    _refuse_repeats([column.name for column in columns], "two features are called")
    plans = tuple(_plan_entity(entity, catalog) for entity in entities)
    definitions = [{"group": type(group).__name__, **asdict(group)} for group in catalog]
    layout = [(asdict(plan.entity), [asdict(measure) for measure in plan.measures], plan.recent) for plan in plans]
    return Plan(
        tuple(catalog),
        plans,
        columns,
        _digest([definitions, layout, [column.name for column in columns]]),
        _digest(layout),
    )


def columns_of(group: FeatureGroup) -> list[Column]:
    """The columns that a group makes, in order; their names are derived here."""
    match group:
        case TotalGroup():
            return [
                _column(group, f"{group.entity.name}_{measure.name}_{window.name}", measure.meaning, measure.unit)
                for measure in group.measures
                for window in group.windows
            ]
        case RateGroup():
            return [
                _column(group, f"{group.entity.name}_{group.name}_{window.name}", group.meaning, "ratio")
                for window in group.windows
            ]
        case RecencyGroup():
            return [
                _column(group, f"{group.entity.name}_seconds_since_{measure.name}", measure.meaning, "seconds")
                for measure in group.measures
            ]
        case ClaimCategory():
            return [
                Column(f"{group.field}_is_{word}", group.reason, Direction.EITHER, meaning, "flag")
                for word, meaning in group.meanings.items()
            ]
        case _:
            return [_column(group, f"claim_{_claim_name(group)}", group.meaning, _claim_unit(group))]


def _claim_name(group: ClaimAmount | ClaimShare | ClaimElapsed) -> str:
    return f"hours_since_{group.name}" if isinstance(group, ClaimElapsed) else group.name


def _claim_unit(group: ClaimAmount | ClaimShare | ClaimElapsed) -> str:
    match group:
        case ClaimElapsed():
            return "hours"
        case ClaimShare():
            return "ratio"
        case _:
            return "minor" if group.field.endswith("_minor") else "count"


def _column(
    group: TotalGroup | RateGroup | RecencyGroup | ClaimElapsed | ClaimShare | ClaimAmount,
    name: str,
    meaning: Text,
    unit: str,
) -> Column:
    return Column(name, group.reason, group.direction, meaning, unit)


def _plan_entity(entity: Entity, catalog: Sequence[FeatureGroup]) -> EntityPlan:
    measures: dict[Measure, None] = {}  # a dict keeps the order of first use
    cuts: dict[tuple[Measure, Window], None] = {}
    recent: dict[Measure, None] = {}
    for group in catalog:
        match group:
            case TotalGroup() if group.entity == entity:
                cuts |= dict.fromkeys((measure, window) for measure in group.measures for window in group.windows)
            case RateGroup() if group.entity == entity:
                cuts |= dict.fromkeys(
                    (measure, window) for window in group.windows for measure in (group.of, group.per)
                )
            case RecencyGroup() if group.entity == entity:
                recent |= dict.fromkeys(group.measures)
            case _:
                pass
    measures |= dict.fromkeys(measure for measure, _ in cuts) | recent
    order = tuple(measures)
    _refuse_repeats([measure.name for measure in order], f"two different measures of {entity.name} are called")
    return EntityPlan(
        entity,
        order,
        tuple(order.index(measure) for measure in recent),
        tuple((order.index(measure), window) for measure, window in cuts),
    )


def _refuse_repeats(names: list[str], complaint: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{complaint} {name!r}; rename or remove one")


def _digest(definitions: object) -> str:
    """A digest of all that decides numbers and their order; words for people don't count."""
    canonical = json.dumps(_without_words(definitions), sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _without_words(value: object) -> object:
    match value:
        case {"en": _, "zh": _}:
            return None
        case dict():
            return {key: _without_words(item) for key, item in value.items()}
        case list() | tuple():
            return [_without_words(item) for item in value]
        case _:
            return value
