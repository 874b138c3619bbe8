"""The case page on a store with a million events: HTML and all, through the console's own ASGI application."""

from __future__ import annotations

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.plan import default_plan
from features.store import Store
from features.store.rows import write_rows
from features.store.schema import VECTOR
from figures import Figure, no_more_than, told
from history.stores import batch_vectors, some_claims
from service.scene import find_parts
from serving.cases.stepping import open_case, open_cases, take_step
from serving.claim import Claim
from serving.claim_desk import ClaimDesk
from serving.console.app import SESSION_COOKIE, Console
from serving.console.pages import case as case_page
from serving.dossier.leaf_space import LeafSpace
from serving.dossier.similar import MOST_KEPT, SimilarClaims
from serving.insight.tables import open_insight
from serving.model import Model, load_model
from serving.policy import Policy, default_policy_path, read_policy
from tests.unit.serving.console.visiting import desk_of
from tests.unit.serving.explained import Models

CASES = 30
WARM = 5
LABELLED = 20_000  # claims with a verdict that get a vector, as if the service had scored them
HOUR_MS = 3_600_000
TARGET_MS = 50.0


@dataclass(frozen=True)
class Scene:
    """A store with cases on it, and who shows them."""

    console: Console
    numbers: list[int]
    similar: SimilarClaims
    labelled: int


def run() -> list[Figure]:
    """The median of different cases, each shown once, and what the similar claims of a process take."""
    with _scene() as scene:
        began = time.process_time()
        times = asyncio.run(_visit(scene))
        cpu_ms = (time.process_time() - began) * 1000 / len(scene.numbers)
        size_mb = scene.similar.size_bytes / 1e6
        labelled = scene.labelled
    median, p95 = statistics.median(times), float(np.percentile(times, 95))
    detail = {
        "p95": p95,
        "most": max(times),
        "cpu": cpu_ms,
        "cases": len(times),
        "labelled": labelled,
        "similar_mb": size_mb,
    }
    return [no_more_than("console/case_page_1m_events_ms", median, "ms", TARGET_MS, **detail), _similar()]


async def _visit(scene: Scene) -> list[float]:
    times = []
    transport = httpx.ASGITransport(app=scene.console)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        client.cookies[SESSION_COOKIE] = "ann:senior"
        for number in scene.numbers:
            began = time.perf_counter()
            reply = await client.get(f"/console/cases/{number}")
            times.append((time.perf_counter() - began) * 1000)
            if reply.status_code != 200 or "<svg" not in reply.text or "being prepared" in reply.text:
                raise ValueError(f"case {number}: {reply.status_code}, and not the whole page")
    return times[WARM:]


@contextmanager
def _scene() -> Iterator[Scene]:
    world, stores, champion = find_parts()
    plan = default_plan()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(stores / "store.db", Path(folder) / "store.db")
        store = Store.open(f"sqlite:///{Path(folder) / 'store.db'}", plan)
        open_insight(store)  # as the console does: a case leads to its merchant's scorecard
        try:
            policy = read_policy(default_policy_path())
            model = load_model(champion / "bundle", plan)
            labelled = _score_labelled(store, world)
            similar = SimilarClaims(store, lambda: model)
            while similar.refresh():
                pass
            numbers, now_ms = _open_cases(store, world, policy, model)
            desk = desk_of(store, models=Models(model), similar=similar, now_ms=lambda: now_ms)
            yield Scene(Console(desk, case_page.PAGES), numbers, similar, labelled)
        finally:
            store.close()


def _score_labelled(store: Store, world: Path) -> int:
    """Give claims with a verdict the vectors that they would have been scored on; return how many."""
    events = pq.read_table(world / "history.parquet")
    ruled = pc.unique(events.filter(pc.equal(events["kind"], "claim_adjudicated"))["claim_id"])
    table, rows, claims = some_claims(events)
    known = set(ruled.to_pylist())
    chosen = [place for place, claim in enumerate(claims) if claim.claim_id in known][-LABELLED:]
    vectors = batch_vectors(store.plan, table, [rows[place] for place in chosen])
    catalog_hash = store.plan.catalog_hash
    with store.writing(long=True) as connection:
        write_rows(
            connection,
            VECTOR,
            [
                (claims[place].claim_id, claims[place].known_at_ms, catalog_hash, vector.astype("<f8").tobytes())
                for place, vector in zip(chosen, vectors, strict=True)
            ],
        )
    return len(chosen)


def _open_cases(store: Store, world: Path, policy: Policy, model: Model) -> tuple[list[int], int]:
    """Cases of claims that follow the history, each held by Ann; their numbers, and a moment after them."""
    bodies = (world / "claims.ndjson").read_bytes().splitlines()
    step = len(bodies) // (2 * (CASES + WARM))
    claims = [Claim.model_validate_json(body) for body in bodies[::step][: CASES + WARM]]
    now_ms = max(claim.filed_at_ms or 0 for claim in claims) + HOUR_MS
    desk = ClaimDesk(store=store, policy=policy, model=model, clock=lambda _: now_ms)
    open_cases(store)
    numbers = []
    for claim in claims:
        desk.score(claim)
        values = {
            "claim_id": claim.claim_id, "kind": "review", "opened_at_ms": now_ms, "target_ms": now_ms + HOUR_MS,
            "limit_ms": now_ms + 24 * HOUR_MS, "due_ms": now_ms, "waiting_cost_minor": 1.0, "reasons_arm": "first",
            "amount_minor": claim.amount_minor, "claim_type": claim.claim_type, "claim_reason": claim.reason,
        }  # fmt: skip
        with store.writing() as connection:
            case = open_case(connection, values, by="clearclaim", at_ms=now_ms)
            numbers.append(take_step(connection, case, "taken", by="ann", at_ms=now_ms, assigned_to="ann").number)
    return numbers, now_ms + HOUR_MS


def _similar() -> Figure:
    """What the leaves of so many labelled claims take, for a model of 300 trees with 31 leaves."""
    random = np.random.default_rng(7)
    space = LeafSpace(300, MOST_KEPT)
    for _ in range(MOST_KEPT // 10_000):
        space.put(random.integers(0, 31, size=(10_000, 300)).astype(np.uint16))
    own = random.integers(0, 31, size=300).astype(np.uint16)
    times = []
    for _ in range(5):
        began = time.perf_counter()
        space.alike(own)
        times.append((time.perf_counter() - began) * 1000)
    return told("console/similar_of_100000_ms", statistics.median(times), "ms", memory_mb=space.size_bytes / 1e6)
