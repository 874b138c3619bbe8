"""The batch kernel on Spark: each pass is dealt to the executors by entity, and answers are gathered by claim.

The functions of parts are those of `features.engines.partitioned`, run by `mapInArrow`. An executor needs Python, NumPy
and pyarrow; this package is sent to it. In its place, a claim is called by its event's id, which no other event has.
The meetings that make rings are collected by the driver and sent to all (`partitioned.meetings` says how many). An
executor's task holds one part of a pass, and no part is smaller than the events of its largest entity.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.assemble import Assembler
from features.definition import Ring
from features.engines.partitioned import pictures
from features.engines.partitioned.answers import answer, answer_schema, answer_table
from features.engines.partitioned.gather import gather
from features.engines.partitioned.meetings import (
    AGENT_SCHEMA,
    SHARED_SCHEMA,
    Rings,
    agents_in,
    meeting_fields,
    meeting_kinds,
    shared_in,
)
from features.engines.partitioned.passes import CLAIM, PICTURE, Pass, passes_of, ring_pass
from features.engines.spark_files import Work, check_rows, count_rows, on_parts, read_events, write_vectors
from features.engines.spark_session import LOCAL, send_features, spark_session
from features.engines.vector_file import vector_schema, vector_table
from features.event_table import from_arrow
from features.events import EventKind
from features.facts import AS_OF, FACT_FIELDS, facts_of_rows
from features.plan import Plan
from features.progress import Progress

if TYPE_CHECKING:
    from pyspark import Broadcast
    from pyspark.sql import DataFrame, SparkSession

DEFAULT_ROWS: Final = 1_000_000  # rows of a part, on average at most; each executor's task holds one part
_CLAIM_TYPE: Final = pa.string()
_FACTS: Final = -1  # the number under which a claim's own facts are gathered
_FACT_SCHEMA: Final = pa.schema([*answer_schema(_CLAIM_TYPE), ("claim_id", pa.string())])


def spark_vectors(
    plan: Plan, events: str | Path, out: str | Path, master: str = LOCAL, progress: Progress | None = None
) -> int:
    """Write the vectors of all claims in Parquet events as a folder of Parquet; return how many there are.

    Args:
        plan: the features.
        events: a path or URL that all executors can read.
        out: a path or URL that all can write to. A folder on this file system appears whole or not at all.
        master: the cluster's URL.
        progress: told of what is being done.

    Raises:
        SparkError: if Spark doesn't start.
        EventError: if an event is wrong, named by its id.
    """
    if progress is not None:
        progress(0, 4, "starting Spark")
    with spark_session(master) as session:
        return write_spark_vectors(session, plan, events, out, progress=progress)


def write_spark_vectors(
    session: SparkSession,
    plan: Plan,
    events: str | Path,
    out: str | Path,
    *,
    parts: int | None = None,
    progress: Progress | None = None,
) -> int:
    """The same in a session that is there already. `parts` says how many parts each pass has."""
    report = progress or _say_nothing
    send_features(session)
    report(1, 4, "checking")
    given = read_events(session, str(events))
    rows, claims = count_rows(given)
    number = parts or max(-(-rows // DEFAULT_ROWS), session.sparkContext.defaultParallelism)
    check_rows(given, str(events), number)
    run = _Run(session, plan, given, number)
    report(2, 4, "rings")
    answers = run.answers()
    report(3, 4, "history, pictures and vectors")
    vectors = on_parts(answers.repartition(number, CLAIM), partial(_vectors_of, plan), vector_schema(plan))
    write_vectors(vectors, out)
    report(4, 4, "written")
    return claims


class _Run:
    """Answers to all claims among some events, as one table that Spark has yet to compute."""

    def __init__(self, session: SparkSession, plan: Plan, events: DataFrame, parts: int) -> None:
        from pyspark.sql import functions as f  # noqa: PLC0415 - only who uses Spark needs it

        filed = f.col("kind") == str(EventKind.CLAIM_FILED)
        self._session, self._plan, self._parts, self._f = session, plan, parts, f
        self._events = events.withColumn(CLAIM, f.when(filed, f.col("event_id")))

    def answers(self) -> DataFrame:
        """The answers of all passes and the claims' own facts."""
        tables = [self._answer(of, self._rows_of(of)) for of in passes_of(self._plan)]
        of = ring_pass(self._plan)
        if self._plan.ring is not None and of is not None:
            tables.append(self._answer(of, self._ring_rows(of, self._plan.ring.ring)))
        if self._plan.keeps_pictures:
            tables.append(self._pictures())
        return _union(tables).withColumn("claim_id", self._f.lit(None).cast("string")).unionByName(self._facts())

    def _claims(self, fields: Sequence[str]) -> DataFrame:
        return self._events.where(self._f.col(CLAIM).isNotNull()).select(CLAIM, *fields)

    def _facts(self) -> DataFrame:
        return on_parts(self._claims(("kind", "claim_id", *FACT_FIELDS)), _facts_of, _FACT_SCHEMA)

    def _answer(self, of: Pass, rows: DataFrame) -> DataFrame:
        dealt = rows.repartition(self._parts, *of.keys)
        return on_parts(dealt, partial(answer, of), answer_schema(_CLAIM_TYPE))

    def _rows_of(self, of: Pass) -> DataFrame:
        chosen = self._events.where(self._f.col("kind").isin(list(of.kinds)))
        chosen = chosen.dropna(subset=[name for name in of.keys if name != PICTURE])
        rows = chosen.select(CLAIM, *of.fields)
        if not of.plan.entity.many:
            return rows
        return rows.withColumn(PICTURE, self._f.explode("evidence_hashes")).drop("evidence_hashes")

    def _ring_rows(self, of: Pass, ring: Ring) -> DataFrame:
        """Events that feed the totals of members, and the questions of claims about the members of their rings."""
        rings = self._session.sparkContext.broadcast(self._rings(ring))
        field = ring.member.id_fields[0]
        asking = self._claims((field, "known_at_ms")).dropna(subset=[field])
        schema = pa.schema([(CLAIM, _CLAIM_TYPE), (field, pa.string()), ("known_at_ms", pa.int64())])
        questions = on_parts(asking, partial(_members_of, rings), schema)
        feeding = self._rows_of(of).withColumn(CLAIM, self._f.lit(None).cast("string"))
        return feeding.unionByName(questions, allowMissingColumns=True)

    def _rings(self, ring: Ring) -> Rings:
        shared = [
            self._meetings(ring, [number], each.thing.id_fields, partial(shared_in, ring, number), SHARED_SCHEMA)
            for number, each in enumerate(ring.shared)
        ]
        numbers = range(len(ring.shared))
        agents = self._meetings(ring, numbers, ring.member.id_fields, partial(agents_in, ring), AGENT_SCHEMA)
        return Rings(ring, _union(shared).toArrow(), agents.toArrow())

    def _meetings(
        self, ring: Ring, numbers: Sequence[int], keys: Sequence[str], work: Work, schema: pa.Schema
    ) -> DataFrame:
        things = [ring.shared[number].thing.id_fields[0] for number in numbers]
        rows = self._events.select(*meeting_fields(ring, numbers))
        rows = rows.where(self._f.col("kind").isin(list(meeting_kinds(ring, numbers))))
        rows = rows.dropna(subset=list(ring.member.id_fields)).dropna(how="all", subset=things)
        return on_parts(rows.repartition(self._parts, *keys), work, schema)

    def _pictures(self) -> DataFrame:
        claims = self._claims(pictures.FIELDS).where("size(evidence_hashes) > 0").dropna(subset=["buyer_id"])
        rows = on_parts(claims, pictures.rows_by_band, pictures.band_schema(_CLAIM_TYPE))
        work = partial(pictures.answer_pictures, pictures.picture_pass(self._plan))
        return on_parts(rows.repartition(self._parts, pictures.BAND), work, answer_schema(_CLAIM_TYPE))


def _union(frames: Sequence[DataFrame]) -> DataFrame:
    return reduce(lambda one, other: one.unionByName(other), frames)


def _say_nothing(_done: int, _total: int, _what: str) -> None:
    pass


def _members_of(rings: Broadcast[Rings], claims: pa.Table) -> pa.Table:
    return rings.value.of_claims(claims)


def _facts_of(claims: pa.Table) -> pa.Table:
    """Claims' own facts in the layout of answers, each with the claim's id."""
    events = from_arrow(claims)
    numbers = facts_of_rows(events, np.arange(len(events)))
    answers = answer_table(claims[CLAIM].combine_chunks(), _FACTS, numbers)
    return answers.append_column("claim_id", claims["claim_id"])


def _vectors_of(plan: Plan, answers: pa.Table) -> pa.Table:
    """The vectors of the claims of one part, from all their answers and facts."""
    coded = answers[CLAIM].combine_chunks().dictionary_encode()
    claim, number = np.asarray(coded.indices).astype(np.int64), len(coded.dictionary)
    own = np.flatnonzero(np.asarray(answers["pass"]) == _FACTS)
    given = answers.take(pa.array(own[np.argsort(claim[own])]))  # one of each claim, in the order of their codes
    facts = np.asarray(pc.list_flatten(given["numbers"]), dtype=np.int64).reshape(number, len(FACT_FIELDS))
    vectors = Assembler(plan).assemble(gather(plan, number, claim, answers), facts)
    return vector_table(plan, given["claim_id"].combine_chunks(), facts[:, AS_OF], vectors)
