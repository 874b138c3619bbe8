"""From a file of events to a file of vectors on one machine, in memory that a setting bounds.

Each pass reads its columns of the file anew, deals the rows into parts on disk, and answers part by part; the answers
go to parts by claim, which are gathered in the end, in the order of the file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.assemble import Assembler
from features.definition import Ring
from features.engines.partitioned import pictures
from features.engines.partitioned.answers import answer, answer_schema
from features.engines.partitioned.gather import gather
from features.engines.partitioned.large import answer_large
from features.engines.partitioned.meetings import (
    AGENT_SCHEMA,
    SHARED_SCHEMA,
    Rings,
    agents_in,
    claims_to_walk,
    meeting_fields,
    meeting_rows,
    shared_in,
)
from features.engines.partitioned.passes import CLAIM, Pass, passes_of, ring_pass, rows_of_pass
from features.engines.partitioned.source import EventSource
from features.engines.partitioned.spill import Spill, deal
from features.engines.vector_file import vector_table, vector_writer
from features.event_file import EVENT_SCHEMA
from features.event_table import from_arrow
from features.events import EventKind
from features.facts import FACT_FIELDS, facts_of_rows
from features.plan import Plan
from features.progress import Progress

DEFAULT_ROWS: Final = 2_000_000
MOST_ROWS: Final = 10_000_000
ROWS_PER_VECTOR: Final = 32  # a claim's answers and its vector weigh as much as so many events
_CLAIM_TYPE: Final = pa.int64()  # a claim is called by its place among the claims of the file
_CLAIM_FIELDS: Final = ("claim_id", "kind", *FACT_FIELDS)
_CLAIMS: Final = pa.schema([(CLAIM, _CLAIM_TYPE), *((name, EVENT_SCHEMA.field(name).type) for name in _CLAIM_FIELDS)])


@dataclass(frozen=True, slots=True)
class Memory:
    """How many rows of events may lie in memory at once, and what follows from it.

    They take some 500 bytes each, in the columns of the widest pass and in all that is made from them.
    """

    rows: int = DEFAULT_ROWS

    def __post_init__(self) -> None:
        """Refuse less than a row, and more than Arrow's columns of text can hold."""
        if not 1 <= self.rows <= MOST_ROWS:
            raise ValueError(f"rows in memory: is {self.rows}; give from 1 to {MOST_ROWS}")

    @property
    def batch_rows(self) -> int:
        """How many are read at a time."""
        return min(max(self.rows // 4, 1), 250_000)

    @property
    def claims(self) -> int:
        """How many claims are gathered at a time."""
        return max(self.rows // ROWS_PER_VECTOR, 1)

    def parts(self, rows: int) -> int:
        """Into how many parts so many rows are dealt: half full on average, as parts differ."""
        return max(-(-2 * rows // self.rows), 1) if rows > self.rows else 1


def write_partitioned_vectors(
    plan: Plan, events_path: Path, out_path: Path, memory: Memory | None = None, progress: Progress | None = None
) -> int:
    """Write the vectors of all claims in a Parquet file of events; return how many there are.

    Parts lie in a temporary folder beside the written file, which is removed at the end, whatever happens.

    Raises:
        EventError: if the file is missing, isn't Parquet, or holds a wrong event; named by row and field.
        OSError: if there is no room for the parts or the vectors.
    """
    memory = memory or Memory()
    source = EventSource(events_path, memory.batch_rows)
    out_path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out_path.name}.", dir=out_path.parent) as folder:
        run = _Run(plan, source, Path(folder), memory, progress)
        run.check()
        for of in passes_of(plan):
            run.answer_pass(of)
        run.answer_rings()
        run.answer_pictures()
        run.write(out_path)
        if progress is not None:
            progress(1, 1, "written")
    return run.claims


class _Run:
    def __init__(
        self, plan: Plan, source: EventSource, folder: Path, memory: Memory, progress: Progress | None
    ) -> None:
        self._plan, self._source, self._folder, self._memory = plan, source, folder, memory
        self._progress, self._done = progress, 0
        self.claims = self._pictures = 0

    def check(self) -> None:
        """Check the file, count, and lay the claims themselves aside."""
        self._announce("checking")
        parts = self._memory.parts(self._source.rows)
        for events in self._source.checked(self._folder, parts):
            self.claims += pc.sum(pc.equal(events["kind"], str(EventKind.CLAIM_FILED))).as_py() or 0
            self._pictures += pc.sum(pc.list_value_length(events["evidence_hashes"])).as_py() or 0
        chunks = -(-self.claims // self._memory.claims)
        self._filed = Spill(self._folder, "claims", _CLAIMS, chunks)
        self._answers = Spill(self._folder, "answers", answer_schema(_CLAIM_TYPE), chunks)
        for events in self._source.read(_CLAIM_FIELDS):
            claims = events.filter(pc.is_valid(events[CLAIM]))
            self._filed.add(claims, np.asarray(claims[CLAIM]) // self._memory.claims)

    def answer_pass(self, of: Pass) -> None:
        """Answer an entity's claims."""
        self._announce(f"history of each {of.plan.entity.name}")
        rows = self._source.rows if not of.plan.entity.many else self._pictures
        self._answer(of, (rows_of_pass(events, of) for events in self._source.read(of.fields)), rows)

    def answer_rings(self) -> None:
        """Find the members of all claims' rings, and answer for them."""
        of = ring_pass(self._plan)
        if self._plan.ring is None or of is None:
            return
        self._announce("rings")
        rings = self._rings(self._plan.ring.ring)
        self._announce("history of each ring")
        self._answer(of, self._ring_rows(of, rings), self._source.rows)

    def _rings(self, ring: Ring) -> Rings:
        shared, agents = [SHARED_SCHEMA.empty_table()], [AGENT_SCHEMA.empty_table()]
        for number, each in enumerate(ring.shared):
            rows = self._meetings(ring, [number], each.thing.id_fields)
            shared += [shared_in(ring, number, part) for part in rows]
        rows = self._meetings(ring, range(len(ring.shared)), ring.member.id_fields)
        agents += [agents_in(ring, part) for part in rows]
        return Rings(ring, pa.concat_tables(shared), pa.concat_tables(agents))

    def _meetings(self, ring: Ring, numbers: Sequence[int], keys: Sequence[str]) -> Iterator[pa.Table]:
        """The events in which some of the ring's things are met, part by part."""
        fields = meeting_fields(ring, numbers)
        schema = pa.schema([EVENT_SCHEMA.field(name) for name in fields])
        rows = (meeting_rows(ring, numbers, events) for events in self._source.read(fields))
        return self._dealt("meetings", schema, rows, keys, self._source.rows).drain()

    def _ring_rows(self, of: Pass, rings: Rings) -> Iterator[pa.Table]:
        """Events that feed the totals of members, and the questions of claims about the members of their rings."""
        empty = of.schema(_CLAIM_TYPE).empty_table()
        for events in self._source.read(of.fields):
            feeding = rows_of_pass(events, of)
            feeding = feeding.set_column(0, CLAIM, pa.nulls(len(feeding), _CLAIM_TYPE))
            questions = rings.of_claims(claims_to_walk(events, rings.ring))
            yield pa.concat_tables([empty, feeding, questions], promote_options="default")

    def answer_pictures(self) -> None:
        """Compare the claims' pictures with those of others."""
        if not self._plan.keeps_pictures:
            return
        self._announce("pictures")
        rows = (pictures.rows_by_band(events) for events in self._source.read(pictures.FIELDS))
        schema = pictures.band_schema(_CLAIM_TYPE)
        dealt = self._dealt("pictures", schema, rows, [pictures.BAND], self._pictures * pictures.BANDS)
        number = pictures.picture_pass(self._plan)
        for part in dealt.drain():
            self._keep(pictures.answer_pictures(number, part))

    def write(self, out_path: Path) -> None:
        """Gather the answers of some claims at a time, and write their vectors."""
        self._announce("gathering")
        assembler = Assembler(self._plan)
        with vector_writer(self._plan, out_path) as writer:
            for chunk, filed in enumerate(self._filed.drain()):
                writer.write_table(self._vectors(assembler, chunk, filed))

    def _vectors(self, assembler: Assembler, chunk: int, filed: pa.Table) -> pa.Table:
        claims, answers = from_arrow(filed), self._answers.read(chunk)
        self._answers.remove(chunk)
        which = np.asarray(answers[CLAIM]) - chunk * self._memory.claims
        window = gather(self._plan, len(claims), which, answers)
        vectors = assembler.assemble(window, facts_of_rows(claims, np.arange(len(claims))))
        return vector_table(self._plan, filed["claim_id"].combine_chunks(), claims["known_at_ms"], vectors)

    def _answer(self, of: Pass, rows: Iterable[pa.Table], number: int) -> None:
        dealt = self._dealt("pass", of.schema(_CLAIM_TYPE), rows, of.keys, number)
        for part in np.flatnonzero(dealt.rows).tolist():
            if dealt.rows[part] > self._memory.rows:
                for answers in answer_large(of, dealt, part, self._folder, self._memory.rows):
                    self._keep(answers)
            else:
                self._keep(answer(of, dealt.read(part)))
                dealt.remove(part)

    def _dealt(self, name: str, schema: pa.Schema, rows: Iterable[pa.Table], keys: Sequence[str], number: int) -> Spill:
        """Rows, about so many, in parts by their keys."""
        spill = Spill(self._folder, name, schema, self._memory.parts(number))
        for table in rows:
            spill.add(table, deal(table, keys, len(spill.rows)))
        return spill

    def _keep(self, answers: pa.Table) -> None:
        self._answers.add(answers, np.asarray(answers[CLAIM]) // self._memory.claims)

    def _announce(self, what: str) -> None:
        if self._progress is not None:
            self._progress(self._done, len(self._plan.entities) + 5, what)
        self._done += 1
