"""An entity with more events than fit into memory, such as a category of goods on a large platform.

Totals add up over any split of an entity's events, and every claim asks every piece. Only a first meeting must see all
events of the pair: counts of different ones are split by whom the entity meets, and everything else row by row. So a
piece is larger than it should be only where a few pairs have most of the events.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.engines.partitioned.answers import answer_table, answers_of
from features.engines.partitioned.passes import CLAIM, Pass, only
from features.engines.partitioned.spill import Spill, deal
from features.event_table import MISSING


@dataclass(frozen=True, slots=True)
class _Share:
    """Some measures of a pass, the field of whom they meet, and where their numbers lie among those of the pass."""

    of: Pass
    first: str | None
    cuts: list[int]
    recent: list[int]


def answer_large(of: Pass, rows: Spill, part: int, folder: Path, most_rows: int) -> Iterator[pa.Table]:
    """Answer what the rows of a part ask, a table for some questions at a time, holding `most_rows` rows or so.

    Half of them are questions, and half are events that may answer them.
    """
    pieces = -(-2 * int(rows.rows[part]) // most_rows)
    asking = Spill(folder, "asking", rows.schema, pieces)
    shares = [(share, Spill(folder, f"share-{share.first}", rows.schema, pieces)) for share in _shares(of)]
    for table in rows.pieces(part):
        _deal_out(of, table, asking, shares, pieces)
    rows.remove(part)
    for questions in _together(asking, most_rows // 2):
        yield _answer(of, questions, shares)
    for _, spill in shares:
        for piece in range(pieces):
            spill.remove(piece)


def _together(asking: Spill, most_rows: int) -> Iterator[pa.Table]:
    """Questions, as many at a time as may be: every time costs a look at all events."""
    tables: list[pa.Table] = []
    for table in asking.drain():
        if tables and sum(map(len, tables)) + len(table) > most_rows:
            yield pa.concat_tables(tables)
            tables = []
        tables.append(table)
    if tables:
        yield pa.concat_tables(tables)


def _deal_out(of: Pass, table: pa.Table, asking: Spill, shares: list[tuple[_Share, Spill]], pieces: int) -> None:
    questions = table.filter(pc.is_valid(table[CLAIM]))
    questions = questions.set_column(
        questions.column_names.index("kind"), "kind", pa.nulls(len(questions), pa.string())
    )
    asking.add(questions, np.arange(len(questions)) % pieces)
    feeding = table.filter(pc.is_in(table["kind"], value_set=pa.array(of.kinds)))
    claim = feeding.column_names.index(CLAIM)
    feeding = feeding.set_column(claim, CLAIM, pa.nulls(len(feeding), feeding.schema.field(CLAIM).type))
    for share, spill in shares:
        own = feeding if share.first is None else feeding.filter(pc.is_valid(feeding[share.first]))
        # another salt than the passes' own, so that what lies in one part of those is spread again
        piece = np.arange(len(own)) % pieces if share.first is None else deal(own, [share.first], pieces, salt=1)
        spill.add(own, piece)


def _shares(of: Pass) -> list[_Share]:
    fields = sorted({measure.first for measure in of.plan.measures}, key=str)
    shares = []
    for field in fields:
        cuts = [place for place, (measure, _) in enumerate(of.plan.cuts) if of.plan.measures[measure].first == field]
        recent = [place for place, measure in enumerate(of.plan.recent) if of.plan.measures[measure].first == field]
        plan = only(of.plan, [of.plan.cuts[place] for place in cuts], [of.plan.recent[place] for place in recent])
        if plan.measures:
            shares.append(_Share(Pass(of.number, plan, of.adds_up), field, cuts, recent))
    return shares


def _answer(of: Pass, questions: pa.Table, shares: list[tuple[_Share, Spill]]) -> pa.Table:
    totals = np.zeros((len(questions), len(of.plan.cuts)), dtype=np.int64)
    last = np.full((len(questions), len(of.plan.recent)), MISSING, dtype=np.int64)
    for share, spill in shares:
        for piece in np.flatnonzero(spill.rows).tolist():
            numbers = _ask(share.of, questions, spill.read(piece))
            totals[:, share.cuts] += numbers[:, : len(share.cuts)]
            last[:, share.recent] = np.maximum(last[:, share.recent], numbers[:, len(share.cuts) :])
    numbers = np.concatenate([totals, last], axis=1)
    if of.adds_up:
        numbers = np.concatenate([np.ones((len(numbers), 1), np.int64), numbers], axis=1)
    return answer_table(questions[CLAIM].combine_chunks(), of.number, numbers)


def _ask(of: Pass, questions: pa.Table, feeding: pa.Table) -> Ints:
    """What one piece adds to each question. The questions come first, so their answers lie as they do."""
    return answers_of(of, pa.concat_tables([questions, feeding]))[1]
