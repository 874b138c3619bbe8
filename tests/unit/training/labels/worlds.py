"""Small worlds in which the truth is known, drawn by chance from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.event_table import EventTable, from_arrow
from features.events import ACTIONS, VERDICT_SOURCES
from training.labels.adjudications import Adjudications

DAY_MS = 86_400_000
START_MS = 1_700_000_000_000
REVIEWER, INSPECTION, APPEAL, AUDIT = (
    VERDICT_SOURCES.index(word) for word in ("reviewer", "inspection", "appeal", "audit")
)


def look(random, truth, sensitivity, specificity):
    """What somebody finds on claims of a known truth: 1 abusive, 0 not."""
    found = np.where(truth == 1, random.random(len(truth)) < sensitivity, random.random(len(truth)) >= specificity)
    return found.astype(np.int64)


@dataclass(frozen=True)
class Bench:
    """Rulings given one after another, and the truth about the claims they are on."""

    truth: np.ndarray
    rows: list

    def rule(self, claim, source, found, reviewer=-1):
        """Somebody rules on some claims, after all that ruled before."""
        count, moment_ms = len(claim), START_MS + len(self.rows)
        self.rows.append((claim, *(np.broadcast_to(each, count) for each in (source, reviewer, found, moment_ms))))

    def rulings(self, reviewers=0):
        """All of it in the form that estimates start from."""
        columns = [np.concatenate(parts).astype(np.int64) for parts in zip(*self.rows, strict=True)]
        order = np.lexsort((columns[4], columns[0]))
        names = tuple(f"reviewer-{number:03d}" for number in range(reviewers))
        return Adjudications(len(self.truth), *(column[order] for column in columns), names)


def bench(random, claims=20_000, abusive_share=0.12):
    """Claims of which a share is abusive, and nobody has ruled yet."""
    return Bench((random.random(claims) < abusive_share).astype(np.int64), [])


def platform(random, claims=20_000, audited_ppm=30_000):
    """Events of claims that get verdicts by chance, and the truth: dear claims are reviewed, cheap ones audited.

    Abuse is rare among dear claims and frequent among cheap ones, so labels alone tell too little of it.
    """
    truth = np.zeros(claims, dtype=np.int64)
    dear = random.random(claims) < 0.5
    truth[:] = random.random(claims) < np.where(dear, 0.05, 0.25)
    looked_at = np.where(dear, random.random(claims) < 0.9, random.random(claims) < audited_ppm / 1e6)
    filed_ms = START_MS + np.arange(claims) * (100 * DAY_MS // claims)
    number = np.arange(claims)
    ruled = np.flatnonzero(looked_at)
    filed = {
        "kind": "claim_filed",
        "claim": number,
        "known_at_ms": filed_ms,
        "amount_minor": np.where(dear, 30_000, 2_000) + random.integers(0, 1_000, claims),
        "claim_type": "refund_only",
    }
    decided = {
        "kind": "claim_decided",
        "claim": number,
        "known_at_ms": filed_ms + 1,
        "amount_minor": filed["amount_minor"],
        "action": np.where(dear, ACTIONS[1], ACTIONS[0]),
        "audit_propensity_ppm": np.ma.masked_array(np.full(claims, audited_ppm), mask=dear),
    }
    adjudicated = {
        "kind": "claim_adjudicated",
        "claim": ruled,
        "known_at_ms": filed_ms[ruled] + random.integers(1, 20, len(ruled)) * DAY_MS,
        "verdict": np.where(truth[ruled] == 1, "abusive", "legitimate"),
        "verdict_source": np.where(dear[ruled], "reviewer", "audit"),
    }
    return table_of(filed, decided, adjudicated), truth


def table_of(*kinds) -> EventTable:
    """Events of several kinds from their columns."""
    types = {"known_at_ms": pa.int64(), "amount_minor": pa.int64(), "audit_propensity_ppm": pa.int64()}
    words = ("kind", "claim_id", "claim_type", "action", "verdict", "verdict_source", "reviewer_id")
    types |= dict.fromkeys(words, pa.string())
    tables = []
    for columns in kinds:
        count = len(columns["known_at_ms"])
        given = {**columns, "claim_id": [f"claim-{each}" for each in columns["claim"]]}
        arrays = {}
        for name, kind in types.items():
            value = given.get(name)
            if value is None:
                arrays[name] = pa.nulls(count, kind)
            elif isinstance(value, str):
                arrays[name] = pa.array([value] * count, kind)
            elif isinstance(value, np.ma.MaskedArray):
                arrays[name] = pa.array(value.data, kind, mask=value.mask)
            else:
                arrays[name] = pa.array(value, kind)
        tables.append(pa.table(arrays))
    return from_arrow(pa.concat_tables(tables))
