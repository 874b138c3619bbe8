"""The catalogue in words: what every column means, written from the definitions for people to read."""

from __future__ import annotations

from collections.abc import Iterator

from features.columns import Column, columns_of
from features.definition import (
    Entity,
    FeatureGroup,
    Link,
    LinkGroup,
    RateGroup,
    RecencyGroup,
    RelativeGroup,
    Ring,
    SpreadGroup,
    TotalGroup,
)
from features.plan import Plan

CLAIM, RING = "claim", "ring"
_OF_THE_CLAIM = "What the claim itself says, with its order's facts, and how it compares with what is usual."


def subject_of(group: FeatureGroup) -> str:
    """Whose columns a group makes: the name of an entity, or `ring`, or `claim`."""
    match group:
        case TotalGroup() | RateGroup() | SpreadGroup() | RecencyGroup():
            return RING if isinstance(group.entity, Ring) else group.entity.name
        case RelativeGroup():
            return group.rate.entity.name
        case LinkGroup(link=Link.RING_SIZE):
            return RING
        case _:
            return CLAIM


def as_lines(plan: Plan) -> Iterator[str]:
    """The catalogue for a terminal: a line a column, with its unit, direction, reason code and meaning."""
    yield f"{len(plan.columns)} columns, catalogue {plan.catalog_hash}"
    width = max((len(name) for name in plan.names), default=0)
    for column in plan.columns:
        yield (
            f"{column.name:<{width}}  {column.unit:<8} {column.direction.name.lower():<7} "
            f"{column.reason.code:<20} {column.meaning.en} / {column.meaning.zh}"
        )


def as_markdown(plan: Plan) -> str:
    """The catalogue as a page of Markdown: a table for the claim and for each entity, in the order of the columns."""
    tables: dict[str, list[Column]] = {}
    for group in plan.catalog:
        tables.setdefault(subject_of(group), []).extend(columns_of(group))
    said = _subjects(plan)
    sections = [_section(subject, said[subject], columns) for subject, columns in tables.items()]
    return "\n".join([_head(plan), *sections])


def _head(plan: Plan) -> str:
    return f"""# Features

Written by `clearclaim-train features --markdown` from `features/catalog`; change the catalogue, not this page.

{len(plan.columns)} columns. A window ends where the claim begins and holds what became known within it, to the
millisecond. The direction says how a column may move the abuse probability as it grows; where it is "either", the
model learns it. A total of nothing is 0 and a rate of nothing its prior; what has no number is missing.
"""


def _subjects(plan: Plan) -> dict[str, str]:
    said = {CLAIM: _OF_THE_CLAIM} | {each.entity.name: _of_entity(each.entity) for each in plan.entities}
    return said | {RING: "" if plan.ring is None else _of_ring(plan.ring.ring)}


def _of_entity(entity: Entity) -> str:
    ids = " and ".join(f"`{field}`" for field in entity.id_fields)
    if entity.many:
        return f"What was known of each of the claim's {ids}; the largest number counts."
    return f"What was known of the claim's {ids}."


def _of_ring(ring: Ring) -> str:
    things = ", ".join(f"{each.thing.name} ({each.most})" for each in ring.shared)
    return (
        f"What was known of all {ring.member.name}s who can be reached from the claim's over what they share, in "
        f"brackets of how many at most: {things}. A ring has {ring.largest} {ring.member.name}s at most, the nearest; "
        f"nobody is looked for beyond one who has met more than {ring.most_things} of these things."
    )


def _section(subject: str, said: str, columns: list[Column]) -> str:
    head = ["column", "unit", "direction", "reason code", "meaning", "含义"]
    rows = [
        [
            f"`{column.name}`",
            column.unit,
            column.direction.name.lower(),
            f"`{column.reason.code}`",
            column.meaning.en,
            column.meaning.zh,
        ]
        for column in columns
    ]
    lines = [head, ["---"] * len(head), *rows]
    table = "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
    return f"## {subject}\n\n{said}\n\n{table}\n"
