"""The BentoML service: opens what the endpoints need, and puts them before BentoML's own application."""

from __future__ import annotations

import gc
import time

import bentoml

from features.plan import default_plan
from features.store import Store
from features.store.checkpoints import Checkpointer
from serving.api.edge import Door, Edge
from serving.api.office import Office
from serving.api.table import ENDPOINTS
from serving.claim_desk import ClaimDesk
from serving.counter import Counter
from serving.folding import Folder
from serving.model import find_champion
from serving.policy_watch import PolicyWatch
from serving.settings import Settings, workers_of
from serving.spool import Spool

DOOR = Door()
# A full collection looks at all that was imported, for tens of milliseconds; what a request leaves goes by itself.
COLLECT_AFTER = (50_000, 20, 100)


@bentoml.service(
    name="clearclaim",
    workers=workers_of(),
    # what isn't read isn't worth a third of each request
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": ".*"},
    metrics={"enabled": False},
)
class ClearclaimService:
    """Scores after-sales claims: what to do with each, what each action is expected to cost, and why."""

    def __init__(self) -> None:
        settings = Settings.from_environment()
        plan = default_plan()
        store = Store.open(settings.store_url, plan, busy_timeout_ms=settings.store_wait_ms)
        desk = ClaimDesk(
            store, PolicyWatch(settings.policy_path), find_champion(settings.model_tag, plan), settings.clock
        )
        spool = Spool(settings.spool_path)
        counter = Counter(desk, spool, lambda _: None, time.monotonic)
        self._threads: list[Folder | Checkpointer] = [Folder(desk, spool)]
        if store.file is not None:
            self._threads.append(Checkpointer(store.file))
        for thread in self._threads:
            thread.start()
        DOOR.office = Office(
            settings=settings, endpoints=ENDPOINTS, store=store, desk=desk, counter=counter, spool=spool
        )

    @bentoml.on_startup  # type: ignore[untyped-decorator]
    def spare_collections(self) -> None:
        """Keep the garbage collector from what was made at the start."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]
    def close(self) -> None:
        """Let threads end what they are doing."""
        for thread in self._threads:
            thread.stop()


ClearclaimService.add_asgi_middleware(Edge, door=DOOR, endpoints=ENDPOINTS)  # type: ignore[attr-defined] # the decorator adds it
