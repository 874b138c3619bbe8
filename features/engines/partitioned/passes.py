"""A pass: the rows and columns of events that one entity's totals need, and the ids by which they are dealt into parts.

The rows of a pass are a table of its columns and of `claim`: what the claim is called in the answers, where the row
asks a question as of its `known_at_ms`; empty where it only feeds totals. A row without a kind only asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from features.definition import Form, Measure, Window
from features.event_file import EVENT_SCHEMA
from features.plan import EntityPlan, Plan

CLAIM: Final = "claim"
PICTURE: Final = "picture"  # one of a row's `evidence_hashes`, where the rows of a pass are laid out by picture


@dataclass(frozen=True, slots=True)
class Pass:
    """One entity's totals. `number` marks its answers; with `adds_up`, the answers of a claim are summed."""

    number: int
    plan: EntityPlan
    adds_up: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of events that feed any of its measures."""
        return tuple(sorted({str(kind) for measure in self.plan.measures for kind in measure.kinds}))

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns by which rows are dealt: each entity lies in one part."""
        return (PICTURE,) if self.plan.entity.many else self.plan.entity.id_fields

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of events that it reads, in the order of the events' layout."""
        needed = {"kind", "known_at_ms", *self.plan.entity.id_fields}
        for measure in self.plan.measures:
            needed |= _fields_of(measure)
        return tuple(name for name in EVENT_SCHEMA.names if name in needed)

    def schema(self, claim: pa.DataType) -> pa.Schema:
        """The columns of its rows, where a claim is called by values of this type."""
        columns = [(CLAIM, claim), *((name, EVENT_SCHEMA.field(name).type) for name in self.fields)]
        if not self.plan.entity.many:
            return pa.schema(columns)
        return pa.schema([each for each in columns if each[0] != "evidence_hashes"] + [(PICTURE, pa.string())])


def passes_of(plan: Plan) -> list[Pass]:
    """A pass for each entity of a plan, in order."""
    return [Pass(number, only(each, each.cuts, each.recent)) for number, each in enumerate(plan.entities)]


def ring_pass(plan: Plan) -> Pass | None:
    """The pass that sums over the members of rings, if the plan has them."""
    if plan.ring is None:
        return None
    return Pass(len(plan.entities), only(plan.entities[plan.ring.member], plan.ring.cuts, ()), adds_up=True)


def only(plan: EntityPlan, cuts: Sequence[tuple[int, Window]], recent: Sequence[int]) -> EntityPlan:
    """A plan of some cuts and last rises of an entity's measures, and no measures but those."""
    used = sorted({measure for measure, _ in cuts} | set(recent))
    return EntityPlan(
        plan.entity,
        tuple(plan.measures[index] for index in used),
        tuple(used.index(measure) for measure in recent),
        tuple((used.index(measure), window) for measure, window in cuts),
    )


def rows_of_pass(events: pa.Table, of: Pass) -> pa.Table:
    """The rows of a pass among events that have a column `claim`: those of its kinds that touch its entity."""
    chosen = pc.is_in(events["kind"], value_set=pa.array(of.kinds))
    for field in of.plan.entity.id_fields:
        chosen = pc.and_(chosen, pc.is_valid(events[field]))
    rows = events.select([CLAIM, *of.fields]).filter(chosen)
    return by_picture(rows) if of.plan.entity.many else rows


def by_picture(rows: pa.Table) -> pa.Table:
    """A row for each picture of each row, in a column of its own, instead of `evidence_hashes`."""
    lists = rows["evidence_hashes"].combine_chunks()
    return (
        rows.drop_columns(["evidence_hashes"])
        .take(pc.list_parent_indices(lists))
        .append_column(PICTURE, pc.list_flatten(lists))
    )


def _fields_of(measure: Measure) -> set[str]:
    fields = {field for field, _ in measure.where}
    if measure.first is not None:
        fields.add(measure.first)
    if measure.of is not None:
        fields.add(measure.of.field)
        if measure.of.form in {Form.SECONDS_SINCE, Form.LATER}:
            fields.add("occurred_at_ms")
    return fields
