"""The BentoML service: opens what the endpoints need, and puts them before BentoML's own application."""

from __future__ import annotations

from typing import Final

import bentoml

from features.plan import default_plan
from features.store import Store
from serving.access.headers import security_headers
from serving.access.id_key import agree_on_id_key
from serving.access.redaction import redact_all_logs
from serving.access.start import open_admission
from serving.api.edge import Door, Edge
from serving.api.guard import Guard
from serving.api.office import Office
from serving.api.table import ENDPOINTS
from serving.claim_desk import ClaimDesk
from serving.model import find_champion
from serving.policy_watch import PolicyWatch
from serving.settings import Settings

DOOR = Door()
WORKERS: Final = 1


@bentoml.service(
    name="clearclaim",
    workers=WORKERS,
    # what isn't read isn't worth a third of each request
    logging={"access": {"enabled": False}},
    tracing={"excluded_urls": ".*"},
    metrics={"enabled": False},
)
class ClearclaimService:
    """Scores after-sales claims: what to do with each, what each action is expected to cost, and why."""

    def __init__(self) -> None:
        redact_all_logs()
        settings = Settings.from_environment()
        plan = default_plan()
        store = Store.open(settings.store_url, plan)
        agree_on_id_key(store, settings.pseudonyms)
        desk = ClaimDesk(
            store, PolicyWatch(settings.policy_path), find_champion(settings.model_tag, plan), settings.clock
        )
        DOOR.headers = security_headers(tls=settings.tls)
        DOOR.office = Office(
            settings=settings,
            endpoints=ENDPOINTS,
            store=store,
            desk=desk,
            guard=Guard(open_admission(settings.auth, store, WORKERS)),
        )


ClearclaimService.add_asgi_middleware(Edge, door=DOOR, endpoints=ENDPOINTS)  # type: ignore[attr-defined] # the decorator adds it
