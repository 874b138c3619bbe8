"""The BentoML service: opens what the endpoints need, and puts them before BentoML's own application."""

from __future__ import annotations

import bentoml

from features.plan import default_plan
from features.store import Store
from serving.after_claim import AfterClaim, watch_desk
from serving.api.edge import Door, Edge
from serving.api.office import Office
from serving.api.table import ENDPOINTS
from serving.claim_desk import ClaimDesk
from serving.model_watch import ModelWatch
from serving.observing.json_logs import configure_logs
from serving.observing.metrics import Metrics
from serving.policy_watch import PolicyWatch
from serving.settings import Settings
from serving.shadow import Shadow

DOOR = Door()


@bentoml.service(
    name="clearclaim",
    workers=1,
    # what isn't read isn't worth a third of each request
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": ".*"},
    metrics={"enabled": False},
)
class ClearclaimService:
    """Scores after-sales claims: what to do with each, what each action is expected to cost, and why."""

    def __init__(self) -> None:
        settings = Settings.from_environment()
        worker = bentoml.server_context.worker_index
        if worker is not None:  # else somebody else's process, who logs as they like
            configure_logs(str(worker))
        plan = default_plan()
        champion = ModelWatch(settings.model_tag, plan)
        champion.start()
        store = Store.open(settings.store_url, plan)
        metrics = Metrics(plan.names, worker=str(worker or 1))
        shadow = _open_shadow(settings, store, metrics)
        desk = ClaimDesk(
            store, PolicyWatch(settings.policy_path), champion, settings.clock, AfterClaim(metrics, shadow)
        )
        watch_desk(metrics, desk, shadow)
        metrics.start()
        DOOR.office = Office(
            settings=settings,
            endpoints=ENDPOINTS,
            store=store,
            desk=desk,
            metrics=metrics,
        )


def _open_shadow(settings: Settings, store: Store, metrics: Metrics) -> Shadow | None:
    if settings.challenger_tag is None:
        return None
    challenger = ModelWatch(settings.challenger_tag, store.plan, "in shadow")
    challenger.start()
    shadow = Shadow(store, challenger, metrics.count_shadow)
    shadow.start()
    return shadow


ClearclaimService.add_asgi_middleware(Edge, door=DOOR, endpoints=ENDPOINTS)  # type: ignore[attr-defined] # the decorator adds it
