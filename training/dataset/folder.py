"""A dataset as a folder that others can read: vectors, what is known of each claim, and a manifest.

    DATASET/
      vectors.parquet   claim_id, as_of_ms, and each feature; a row for each claim, by as_of_ms
      claims.parquet    the same claims: period, label, weights
      manifest.json     hashes, how time was cut, counts, columns; SHA-256 of the files

Texts stay behind: they are the buyers' own words. The content hash is of values, so it doesn't depend on the engine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.arrays import Ints
from features.plan import Plan
from features.progress import Progress
from training.dataset.building import cut_dataset
from training.dataset.config import SplitConfig
from training.dataset.gathering import Gathered, gather
from training.dataset.keeping import Claims, Making
from training.dataset.period import Dataset, Period
from training.stored.cache import VECTORS, Origin
from training.stored.folder import MANIFEST, StoredError, appearing_folder, read_manifest, write_manifest
from training.stored.hashing import HEX_DIGITS, add_vectors, events_hash
from training.stored.vectors import CHUNK_ROWS, Vectors, stored

CLAIMS: Final = "claims.parquet"
CLAIM_SCHEMA: Final = pa.schema(
    [
        ("claim_id", pa.string()),
        ("as_of_ms", pa.int64()),
        ("buyer", pa.int64()),  # a code: claims of one buyer share it
        ("period", pa.string()),  # train, calibration, test, or nothing: without a label, or in a gap
        ("abusive", pa.int8()),
        ("weight", pa.float64()),  # in fitting and in figures
        ("label_weight", pa.float64()),  # what the label counts for, nothing where all count for 1
    ]
)


@dataclass(frozen=True, slots=True)
class DatasetFolder:
    """A dataset that lies in a folder, and whether it lay there before."""

    path: Path
    facts: dict[str, Any]
    was_there: bool


def write_dataset(
    events: pa.Table,
    plan: Plan,
    config: SplitConfig,
    out: Path,
    making: Making,
    progress: Progress | None = None,
) -> DatasetFolder:
    """Write a dataset, whole or not at all, in place of one that is there. If that is the same, nothing is done.

    Args:
        events: checked events, by `known_at_ms`.
        plan: the compiled catalogue.
        config: which labels, and how to cut time.
        out: the folder.
        making: which engine makes the vectors.
        progress: called with (done, total, what).

    Raises:
        DatasetError: if there are too few events to learn from.
        StoredError: if something else lies at `out`.
    """
    origin = Origin(events_hash(events), plan.catalog_hash)
    facts = {**origin.facts(), "split": asdict(config)}
    before = _found(out)
    if before is not None and all(before.get(name) == value for name, value in facts.items()):
        return DatasetFolder(out, before, was_there=True)
    with appearing_folder(out) as folder:
        gathered = gather(events, plan, progress, _into(folder / VECTORS, making))
        dataset = cut_dataset(gathered, config)
        claims = claim_table(gathered, dataset)
        pq.write_table(claims, folder / CLAIMS, compression="zstd", row_group_size=16 * CHUNK_ROWS)
        facts |= {"content_hash": content_hash(gathered.vectors, claims), **_described(dataset, gathered, claims)}
        write_manifest(folder, facts)
    return DatasetFolder(out, read_manifest(out), was_there=False)


def content_hash(vectors: Vectors, claims: pa.Table) -> str:
    """First 16 hex digits of a SHA-256 over the values of both files."""
    digest = hashlib.sha256(events_hash(claims).encode())
    add_vectors(digest, vectors)
    return digest.hexdigest()[:HEX_DIGITS]


def claim_table(gathered: Gathered, dataset: Dataset) -> pa.Table:
    """What is known of each claim of the spine, in its order."""
    spine = gathered.spine
    count = len(spine.rows)
    period = np.full(count, "", dtype=object)
    abusive, weight, label_weight = np.zeros(count, np.int8), np.zeros(count), np.full(count, np.nan)
    for each in dataset.periods:
        places = _places(spine.rows, each)
        period[places], abusive[places], weight[places] = each.name, each.abusive, each.weights
        if each.label_weights is not None:
            label_weight[places] = each.label_weights
    outside = period == ""
    columns = [
        gathered.events["claim_id"].take(pa.array(spine.rows)),
        pa.array(spine.as_of_ms),
        pa.array(spine.buyers),
        pa.array(period, pa.string(), mask=outside),
        pa.array(abusive, mask=outside),
        pa.array(weight, mask=outside),
        pa.array(label_weight, mask=np.isnan(label_weight)),
    ]
    return pa.table(columns, schema=CLAIM_SCHEMA)


def _into(path: Path, making: Making) -> Callable[[Plan, Claims, Progress | None], Vectors]:
    def write(plan: Plan, claims: Claims, progress: Progress | None) -> Vectors:
        making.write(path, plan, claims, progress)
        return stored(path, plan.names)

    return write


def _found(out: Path) -> dict[str, Any] | None:
    """The manifest of a dataset that is there and whole."""
    try:
        return read_manifest(out) if (out / MANIFEST).is_file() else None
    except StoredError:
        return None  # it is made anew


def _places(rows: Ints, period: Period) -> Ints:
    """Where the claims of a period are among those of the spine."""
    order = np.argsort(rows)
    assert period.rows is not None  # noqa: S101 - the building of datasets always gives them
    return order[np.searchsorted(rows[order], period.rows)]


def _described(dataset: Dataset, gathered: Gathered, claims: pa.Table) -> dict[str, Any]:
    return {
        "label": dataset.label,
        "label_drawn_at_ms": list(dataset.label_drawn_at_ms),
        "gap_days": None if dataset.labelling is None else dataset.labelling.gap.days,
        "claims": len(gathered.spine.rows),
        "claims_filed": dataset.claims,
        "claims_without_order": dataset.without_order,
        "claims_without_buyer": dataset.without_buyer,
        "periods": {period.name: _period(period) for period in dataset.periods},
        "columns": {
            CLAIMS: {field.name: str(field.type) for field in claims.schema},
            VECTORS: {"claim_id": "string", "as_of_ms": "int64", **dict.fromkeys(gathered.columns, "double")},
        },
    }


def _period(period: Period) -> dict[str, Any]:
    return {
        "from_ms": int(period.as_of_ms[0]),
        "to_ms": int(period.as_of_ms[-1]),
        "claims": len(period),
        "filings": period.filings,
        "abusive": int(period.abusive.sum()),
        "abusive_share": period.abusive_share,
    }
