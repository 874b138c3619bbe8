"""The batch engine itself, on a catalogue that asks for what the work asks for, and nothing else."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from features.catalog import measures as m
from features.catalog import reasons
from features.catalog.entities import BUYER, MERCHANT
from features.definition import TotalGroup, Window
from features.engines.batch import window_totals
from features.event_table import EventTable, Pictures, code_of
from features.events import EventKind
from features.plan import Plan, compile_plan
from peers.work import WINDOWS_MS, Ints, Work

ENTITIES = (BUYER, MERCHANT)
MEASURES = (m.ORDERS, m.SPEND, m.CLAIMS, m.CLAIMED)
WINDOWS = tuple(Window(f"{length_ms}ms", length_ms) for length_ms in WINDOWS_MS)


class Prepared(NamedTuple):
    """The work as the engine's own table, and the rows of its claims."""

    plan: Plan
    events: EventTable
    claims: Ints


def prepare(work: Work) -> Prepared:
    """Take the columns as they are; the engine's codes of kinds stand for the flag."""
    pairs = [(entity, window) for entity in ENTITIES for window in WINDOWS]
    groups = [TotalGroup(entity, MEASURES, (window,), reasons.BUYER_CLAIMS) for entity, window in pairs]
    plan = compile_plan(groups, ENTITIES)
    kind = np.where(work.is_claim, code_of("kind", EventKind.CLAIM_FILED), code_of("kind", EventKind.ORDER_PAID))
    columns = {
        "kind": kind.astype(np.int64),
        "known_at_ms": work.known_at_ms,
        "buyer_id": work.codes[0],
        "merchant_id": work.codes[1],
        "amount_minor": work.adds[1] + work.adds[3],
    }
    nothing = np.zeros(0, dtype=np.int64)
    return Prepared(plan, EventTable(columns, {}, Pictures(nothing, nothing)), work.claims)


def totals(prepared: Prepared) -> Ints:
    """The answers to a work, shape (claims, WIDTH)."""
    return window_totals(prepared.plan, prepared.events, prepared.claims).totals
