"""What to count or to sum: one running total of an entity."""

from __future__ import annotations

from dataclasses import dataclass

from features.events import EVENT_FIELDS, KIND_FIELDS, EventKind, FieldType


@dataclass(frozen=True, slots=True)
class Text:
    """The same words for each language that people read here."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One running total: over events of `kind` whose fields equal `where`, the sum of `of`, or their count.

    Sums take a field that every such event carries, and that is zero or more, so totals never fall.
    """

    name: str
    kind: EventKind
    meaning: Text
    unit: str
    of: str | None = None
    where: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse a measure that the events can't feed."""
        kind_fields = KIND_FIELDS[self.kind]
        for field, word in self.where:
            if field not in kind_fields.required or word not in EVENT_FIELDS[field].values:
                raise ValueError(f"measure {self.name}: {self.kind} events have no {field} = {word!r}")
        if self.of is None:
            return
        numeric = EVENT_FIELDS[self.of].type in {FieldType.MONEY, FieldType.COUNT}
        if self.of not in kind_fields.required or not numeric:
            raise ValueError(f"measure {self.name}: {self.of} is no number that every {self.kind} event carries")


def count(name: str, kind: EventKind, meaning: Text, **where: str) -> Measure:
    """Count the events of a kind, those whose fields equal `where`."""
    return Measure(name, kind, meaning, unit="count", where=tuple(sorted(where.items())))


def total(name: str, kind: EventKind, meaning: Text, *, of: str, **where: str) -> Measure:
    """Sum a number over the events of a kind, those whose fields equal `where`."""
    unit = "minor" if EVENT_FIELDS[of].type is FieldType.MONEY else "count"
    return Measure(name, kind, meaning, unit=unit, of=of, where=tuple(sorted(where.items())))


def each(name: str, kind: EventKind, field: str, meanings: dict[str, Text]) -> tuple[Measure, ...]:
    """Count the events of a kind once for each word of a category field: `<name>_<word>`.

    Raises:
        ValueError: if a word has no meaning, or a meaning no word.
    """
    if set(meanings) != set(EVENT_FIELDS[field].values):
        raise ValueError(f"measures {name}: give each of {', '.join(EVENT_FIELDS[field].values)} a meaning")
    return tuple(count(f"{name}_{word}", kind, meaning, **{field: word}) for word, meaning in meanings.items())
