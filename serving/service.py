"""The BentoML service: opens what the endpoints need, and puts them before BentoML's own application."""

from __future__ import annotations

import bentoml

from features.plan import default_plan
from features.store import Store
from serving.api.edge import Door, Edge
from serving.api.office import Office
from serving.api.table import ENDPOINTS
from serving.claim_desk import ClaimDesk
from serving.model import find_champion
from serving.policy_watch import PolicyWatch
from serving.settings import Settings

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
        plan = default_plan()
        store = Store.open(settings.store_url, plan)
        desk = ClaimDesk(
            store, PolicyWatch(settings.policy_path), find_champion(settings.model_tag, plan), settings.clock
        )
        DOOR.office = Office(settings=settings, endpoints=ENDPOINTS, store=store, desk=desk)


ClearclaimService.add_asgi_middleware(Edge, door=DOOR, endpoints=ENDPOINTS)  # type: ignore[attr-defined] # the decorator adds it
