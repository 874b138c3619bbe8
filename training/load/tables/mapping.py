"""What a mapping of several tables may say: where each table is, which events it gives, and how its cells read.

Which fields an event has, and which words, is said by `features.events` alone.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Final, Literal, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from features.events import ALWAYS, EVENT_FIELDS, KIND_FIELDS, OF_THE_CLAIM, EventKind, FieldType
from training.load.mapping import LeaveOut, Name, Strict, known_zone

# what a row may take over from its order without being told to; a claim's device or card needn't be the order's
OF_THE_ORDER: Final = (
    "buyer_id",
    "merchant_id",
    "product_id",
    "category_id",
    "order_amount_minor",
    "order_paid_at_ms",
    "order_promised_at_ms",
    "order_delivered_at_ms",
)
ASKABLE_OF_THE_ORDER: Final = (*OF_THE_ORDER, "device_id", "address_id", "payment_id")

_ANY: Final = {"column", "constant"}
_KEYS: Final = {
    FieldType.ID: _ANY | {"columns", "prefix"},
    FieldType.TIME: {"column", "same_as", "zone", "format", "unit"},
    FieldType.MONEY: _ANY | {"unit"},
    FieldType.COUNT: _ANY,
    FieldType.CATEGORY: _ANY | {"words", "unknown"},
    FieldType.FLAG: _ANY | {"words"},
    FieldType.RATING: _ANY | {"words"},
    FieldType.TEXT: {"column", "cut"},
    FieldType.HASHES: {"column", "separator"},
}
FLAG_WORDS: Final = ("true", "false")


class FieldFrom(Strict):
    """Where a field's value comes from: a column, several (of an id), or a constant; and how it reads.

    Args:
        column: the column that holds it.
        columns: of an id: several columns, joined by "/".
        constant: the same value in all rows.
        same_as: of a time: another field that holds it.
        prefix: of an id: what stands before it, so that ids of several tables don't meet.
        words: the platform's words, and ours for them; "" stands for an empty cell.
        unknown: of a category: our word for all that `words` doesn't know, counted in the report; without it such a
            word is an error.
        zone: of a time without an offset: where it is local.
        format: of a time: how text is written, in `strptime` codes.
        unit: of money "major" or "minor"; of times that are numbers "s", "ms" or "us" since 1970 UTC.
        cut: of a text: whether what is too long is cut off, and not an error.
        separator: of pictures' hashes: what stands between them in one cell.
    """

    column: Name | None = None
    columns: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    constant: str | bool | int | None = None
    same_as: Name | None = None
    prefix: str = ""
    words: dict[str, str] = Field(default_factory=dict)
    unknown: Name | None = None
    zone: Name | None = None
    format: Name | None = None
    unit: Literal["major", "minor", "s", "ms", "us"] | None = None
    cut: bool = False
    separator: Name = ","

    @model_validator(mode="before")
    @classmethod
    def _column_alone(cls, given: object) -> object:
        return {"column": given} if isinstance(given, str) else given

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str | None) -> str | None:
        return known_zone(zone)

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        origins = [self.column, self.columns, self.constant, self.same_as]
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("give one of 'column', 'columns', 'constant', 'same_as'")
        return self

    def named_columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return self.columns or ((self.column,) if self.column else ())


class Fill(Strict):
    """What a row takes over from its order or claim where it says nothing itself; all that there is, by default."""

    source: Annotated[Literal["order", "claim"], Field(alias="from")]
    fields: tuple[Name, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _source_alone(cls, given: object) -> object:
        return {"from": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _fields_are_there(self) -> Self:
        known = ASKABLE_OF_THE_ORDER if self.source == "order" else OF_THE_CLAIM
        for name in self.fields:
            if name not in known:
                raise ValueError(f"{name!r} is no fact of the {self.source}; use {', '.join(known)}")
        return self

    @property
    def key(self) -> str:
        """The field by which the order or claim is found."""
        return f"{self.source}_id"


class Table(Strict):
    """One table: the kind of event that each of its rows gives, where it is, and its fields.

    Args:
        kind: the kind of event.
        name: what messages call it; the kind, if it isn't said.
        file: a file, or folder of parts, in the folder that --data names.
        query: what to select, from the database that --data or `database` names.
        database: a URL; ${NAME} in it is the environment's. A SQLite file without a leading / is in --data's folder.
        key: a unique column of the query's answer, by which a stopped run goes on.
        fields: where each field comes from.
        fill: what is taken over from the order or the claim.
        unfilled: what becomes of a row whose order or claim isn't there, and that can't be without: refuse the
            whole load, or leave the row out and count it.
        leave_out: rows that give no event.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    kind: EventKind
    name: Name = ""
    file: Name | None = None
    query: Name | None = None
    database: Name | None = None
    key: Name | None = None
    fields: dict[str, FieldFrom]
    fill: tuple[Fill, ...] = ()
    unfilled: Literal["refuse", "leave_out"] = "refuse"
    leave_out: tuple[LeaveOut, ...] = ()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.file is None) == (self.query is None):
            raise ValueError("give either 'file' or 'query', one of the two")
        if self.query is None and (self.key or self.database):
            raise ValueError("'key' and 'database' belong to a 'query'")
        for name, given in self.fields.items():
            self._check_field(name, given)
        for fill in self.fill:
            if fill.key not in self.fields or f"{fill.source}_id" not in self.allowed:
                raise ValueError(f"to fill from the {fill.source}, {self.kind} needs the field {fill.key}")
            if self.kind is {"order": EventKind.ORDER_PAID, "claim": EventKind.CLAIM_FILED}[fill.source]:
                raise ValueError(f"{self.kind} is what others fill from; it can't fill from itself")
        for name in (*ALWAYS, *KIND_FIELDS[self.kind].required):
            if name not in {"kind", *self.fields, *self.filled}:
                raise ValueError(f"{self.kind} needs the field {name}; map it, or fill it in")
        return self

    def _check_field(self, name: str, given: FieldFrom) -> None:
        if name == "kind" or name not in self.allowed:
            allowed = ", ".join(field for field in self.allowed if field != "kind")
            raise ValueError(f"{self.kind} has no field {name!r}; use {allowed}")
        spec = EVENT_FIELDS[name]
        misplaced = given.model_fields_set - _KEYS[spec.type]
        if misplaced:
            raise ValueError(f"field {name}: a {spec.type} takes no '{min(misplaced)}'")
        accepted = FLAG_WORDS if spec.type is FieldType.FLAG else spec.values
        constant = (str(given.constant),) if spec.type is FieldType.CATEGORY and given.constant is not None else ()
        for word in (*given.words.values(), *constant, *((given.unknown,) if given.unknown else ())):
            if accepted and word not in accepted:
                raise ValueError(f"field {name}: is {word!r}; use one of {', '.join(accepted)}")
        other = self.fields.get(given.same_as or name)
        if given.same_as and (other is None or other.same_as or EVENT_FIELDS[given.same_as].type is not spec.type):
            raise ValueError(f"field {name}: same_as {given.same_as!r} must be a time that has a column")
        units = {FieldType.MONEY: ("major", "minor"), FieldType.TIME: ("s", "ms", "us")}.get(spec.type, ())
        if given.unit is not None and given.unit not in units:
            raise ValueError(f"field {name}: unit is {given.unit!r}; use one of {', '.join(units)}")

    @property
    def called(self) -> str:
        """Its name in messages."""
        return self.name or str(self.kind)

    @property
    def allowed(self) -> tuple[str, ...]:
        """The fields that its events may have."""
        kind_fields = KIND_FIELDS[self.kind]
        return (*ALWAYS, *kind_fields.required, *kind_fields.optional)

    @property
    def filled(self) -> frozenset[str]:
        """The fields that an order or claim may give."""
        return frozenset(self.filled_from("order") + self.filled_from("claim"))

    def filled_from(self, source: Literal["order", "claim"]) -> tuple[str, ...]:
        """The fields that its order gives, or its claim."""
        every = OF_THE_ORDER if source == "order" else OF_THE_CLAIM
        asked = [name for fill in self.fill if fill.source == source for name in fill.fields or every]
        return tuple(dict.fromkeys(name for name in asked if name in self.allowed))

    def column_keys(self, index: int) -> dict[str, str]:
        """Every column that it names, by the mapping's key that names it."""
        named = {
            f"tables.{index}.fields.{name}" + (f".{place}" if place else ""): column
            for name, given in self.fields.items()
            for place, column in enumerate(given.named_columns())
        }
        for number, rule in enumerate(self.leave_out):
            for place, condition in enumerate(rule.when):
                named[f"tables.{index}.leave_out.{number}.when.{place}.column"] = condition.column
        return named | ({f"tables.{index}.key": self.key} if self.key else {})


class TablesTime(Strict):
    """How times read where a field says nothing else."""

    zone: Name | None = None
    format: Name | None = None

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str | None) -> str | None:
        return known_zone(zone)


class TablesMoney(Strict):
    """The currency of all amounts, and their unit where a field says nothing else."""

    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    unit: Literal["major", "minor"]
    minor_digits: Annotated[int, Field(ge=0, le=4, strict=True)] = 2

    def minor_per_unit(self, unit: str | None) -> int:
        """How many minor units one unit of a column is."""
        return int(10**self.minor_digits) if (unit or self.unit) == "major" else 1


class TablesMapping(Strict):
    """How a platform's tables become events."""

    money: TablesMoney
    time: TablesTime = TablesTime()
    tables: Annotated[tuple[Table, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _tables_fit_together(self) -> Self:
        names = [table.called for table in self.tables]
        repeated = [name for name in names if names.count(name) > 1]
        if repeated:
            raise ValueError(f"two tables are called {repeated[0]!r}; give each a 'name' of its own")
        kinds = {table.kind for table in self.tables}
        for table in self.tables:
            for fill in table.fill:
                wanted = EventKind.ORDER_PAID if fill.source == "order" else EventKind.CLAIM_FILED
                if wanted not in kinds:
                    raise ValueError(
                        f"table {table.called!r} fills from the {fill.source}, but no table gives {wanted}"
                    )
        return self

    def digest(self) -> str:
        """A hash of all that it says; comments and the order of keys don't count."""
        return hashlib.sha256(self.model_dump_json(by_alias=True).encode()).hexdigest()[:16]
