"""What to count or to sum: one running total of an entity."""

from __future__ import annotations

from dataclasses import dataclass

from features.definition.quantity import Form, Quantity
from features.events import EVENT_FIELDS, KIND_FIELDS, EventKind, FieldType


@dataclass(frozen=True, slots=True)
class Text:
    """The same words for each language that people read here."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One running total: over events of `kinds` whose fields equal `where`, the sum of `of`, or their count.

    With `first`, an event counts only if the entity meets this other one in it for the first time; so the total is
    how many different ones it has met. Nothing that is added is below zero, so totals never fall.
    """

    name: str
    kinds: tuple[EventKind, ...]
    meaning: Text
    unit: str
    of: Quantity | None = None
    where: tuple[tuple[str, str | bool], ...] = ()
    first: str | None = None

    def __post_init__(self) -> None:
        """Refuse a measure that the events can't feed."""
        for kind in self.kinds:
            carried = (*KIND_FIELDS[kind].required, *KIND_FIELDS[kind].optional)
            for field, word in self.where:
                if field not in carried or word not in _words(field):
                    raise ValueError(f"measure {self.name}: {kind} events have no {field} = {word!r}")
            if self.of is not None:
                self._check_quantity(self.of, kind)
            if self.first is not None and (self.first not in carried or EVENT_FIELDS[self.first].type != FieldType.ID):
                raise ValueError(f"measure {self.name}: {self.first} is no id that {kind} events carry")
        if self.first is not None and (self.of is not None or self.where):
            raise ValueError(f"measure {self.name}: first meetings are counted, neither summed nor filtered")

    def _check_quantity(self, of: Quantity, kind: EventKind) -> None:
        kind_fields = KIND_FIELDS[kind]
        # an amount that is missing would silently count as nothing; a time may be missing, and is counted apart
        carried = kind_fields.required if of.form.of_amount else (*kind_fields.required, *kind_fields.optional)
        if of.field not in carried:
            raise ValueError(f"measure {self.name}: {of.field} is nothing that every {kind} event carries")


def _words(field: str) -> tuple[str | bool, ...]:
    spec = EVENT_FIELDS[field]
    return (True, False) if spec.type is FieldType.FLAG else spec.values


def count(name: str, kind: EventKind, meaning: Text, **where: str | bool) -> Measure:
    """Count the events of a kind, those whose fields equal `where`."""
    return Measure(name, (kind,), meaning, unit="count", where=tuple(sorted(where.items())))


def total(name: str, kind: EventKind, meaning: Text, *, of: str, **where: str | bool) -> Measure:
    """Sum a number over the events of a kind, those whose fields equal `where`."""
    unit = "minor" if EVENT_FIELDS[of].type is FieldType.MONEY else "count"
    return Measure(name, (kind,), meaning, unit, Quantity(Form.VALUE, of), tuple(sorted(where.items())))


def each(name: str, kind: EventKind, field: str, meanings: dict[str, Text]) -> tuple[Measure, ...]:
    """Count the events of a kind once for each word of a category field: `<name>_<word>`.

    Raises:
        ValueError: if a word has no meaning, or a meaning no word.
    """
    if set(meanings) != set(EVENT_FIELDS[field].values):
        raise ValueError(f"measures {name}: give each of {', '.join(EVENT_FIELDS[field].values)} a meaning")
    return tuple(count(f"{name}_{word}", kind, meaning, **{field: word}) for word, meaning in meanings.items())


def distinct(name: str, kinds: tuple[EventKind, ...], meaning: Text, *, of: str) -> Measure:
    """Count the different values of an id field, each where the entity meets it first."""
    return Measure(name, kinds, meaning, unit="count", first=of)


def seconds(name: str, kind: EventKind, meaning: Text, *, since: str) -> Measure:
    """Sum the whole seconds from a time that the event carries to when it happened; none where it carries none."""
    return Measure(name, (kind,), meaning, "seconds", Quantity(Form.SECONDS_SINCE, since))


def later(name: str, kind: EventKind, meaning: Text, *, than: str) -> Measure:
    """Count the events of a kind that happened after a time that they carry."""
    return Measure(name, (kind,), meaning, "count", Quantity(Form.LATER, than))


def carrying(name: str, kind: EventKind, meaning: Text, *, field: str) -> Measure:
    """Count the events of a kind that carry a field."""
    return Measure(name, (kind,), meaning, "count", Quantity(Form.PRESENT, field))


def squares(name: str, kind: EventKind, meaning: Text, *, of: str) -> tuple[Measure, Measure]:
    """Sum the squares of a number, in two words: `<name>_high` times 2**40, plus `<name>_low`."""
    return (
        Measure(f"{name}_high", (kind,), meaning, "squares", Quantity(Form.SQUARE_HIGH, of)),
        Measure(f"{name}_low", (kind,), meaning, "squares", Quantity(Form.SQUARE_LOW, of)),
    )
