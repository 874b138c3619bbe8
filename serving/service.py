"""The BentoML service: opens what the endpoints need, and puts them before BentoML's own application."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Final

import bentoml

from features.plan import Plan, default_plan
from features.store import Store, StoreError
from features.store.checkpoints import Checkpointer
from features.store.errors import StoreAwayError
from serving.access.event_pseudonyms import with_pseudonyms
from serving.access.headers import security_headers
from serving.access.id_key import agree_on_id_key
from serving.access.redaction import error_line, redact_all_logs
from serving.access.start import open_admission
from serving.after_claim import AfterClaim, watch_desk
from serving.api.edge import Door, Edge, closed_console
from serving.api.guard import Guard
from serving.api.office import Office
from serving.api.table import ENDPOINTS
from serving.background import InBackground
from serving.cases.appealing import PartyDesk
from serving.claim_desk import ClaimDesk
from serving.clock import now_ms, time_of
from serving.console.opening import OpenedConsole, open_console
from serving.counter import STORE_FAILED, Counter
from serving.explaining.explain import Explainer
from serving.folding import Folder
from serving.intake.adjudicating import AdjudicationDesk
from serving.intake.event_desk import EventDesk
from serving.late_store import LateStore, StoreOpener
from serving.model_watch import ModelWatch
from serving.monitoring.beating import Heart, InForce
from serving.observing.access_log import AccessLog
from serving.observing.json_logs import configure_logs
from serving.observing.metrics import Metrics
from serving.outbox.deliverer import Deliverer, deliverer_for
from serving.past_decision.models import PastModels
from serving.policy import Policy
from serving.policy_versions import POLICIES_METADATA, remember_policy
from serving.policy_watch import PolicyWatch
from serving.settings import Settings, workers_of
from serving.shadow import Shadow
from serving.spool import Spool

LOGGER: Final = logging.getLogger("clearclaim.service")
DOOR: Final = Door()
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
        redact_all_logs()
        settings = Settings.from_environment()
        worker = bentoml.server_context.worker_index
        if worker is not None:  # else somebody else's process, who logs as they like
            configure_logs(str(worker))
        plan = default_plan()
        store = _open_store(settings, plan)
        champion = ModelWatch(settings.model_tag, plan)
        policy = PolicyWatch(settings.policy_path, taken_up=partial(_remember_once_open, store))
        desk = ClaimDesk(store, policy, champion, settings.clock)
        spool = Spool(settings.spool_path)
        metrics = Metrics(plan.names, worker=str(worker or 1))
        self._threads: list[InBackground] = [champion, Folder(desk, spool)]
        challengers = (
            [] if settings.challenger_tag is None else [ModelWatch(settings.challenger_tag, plan, "in shadow")]
        )
        shadow = self._open_shadow(store, challengers[0], metrics) if challengers else None
        self._open_upkeep(store, settings, metrics)
        after = AfterClaim(metrics, shadow, champion)
        watch_desk(metrics, desk, shadow)
        models = PastModels(settings.model_tag, plan)
        explainer = Explainer(store, models)
        adjudications = AdjudicationDesk(store, recorded=settings.recorded, now_ms=time_of(settings.clock))
        in_force = partial(_in_force, policy, [champion, *challengers], shadow)
        self._threads.insert(0, Heart(store, metrics, spool, in_force, time_of(settings.clock)))
        parties = PartyDesk(store, adjudications, policy, time_of(settings.clock))
        opening = partial(
            open_console,
            store,
            policy,
            champion=champion,
            models=models,
            explainer=explainer,
            adjudications=adjudications,
            parties=parties,
            recorded=settings.recorded,
            tls=settings.tls,
            now_ms=time_of(settings.clock),
        )
        self._start()
        DOOR.headers = security_headers(tls=settings.tls)
        DOOR.console = closed_console
        store.once_open(partial(self._open_console, opening))
        DOOR.office = Office(
            settings=settings,
            endpoints=ENDPOINTS,
            store=store,
            desk=desk,
            counter=Counter(desk, spool, after.decided, time.monotonic),
            spool=spool,
            metrics=metrics,
            after_claim=after,
            access_log=AccessLog(settings.access_log),
            explainer=explainer,
            events=_event_desk(store, settings),
            adjudications=adjudications,
            parties=parties,
            guard=Guard(open_admission(settings.auth, store, settings.workers, settings.spool_path)),
        )

    def _open_shadow(self, store: Store, challenger: ModelWatch, metrics: Metrics) -> Shadow:
        shadow = Shadow(store, challenger, metrics.count_shadow)
        self._threads += [challenger, shadow]
        return shadow

    def _start(self) -> None:
        for thread in self._threads:
            thread.start()

    def _open_console(self, opening: Callable[[], OpenedConsole]) -> None:
        if DOOR.console is not closed_console:  # a step after this one failed, and all are done again
            return
        opened = opening()
        for thread in opened.threads:
            thread.start()
        self._threads[:0] = opened.threads
        DOOR.console = opened.console

    def _open_upkeep(self, store: LateStore, settings: Settings, metrics: Metrics) -> None:
        self._threads.insert(0, StoreOpener(store, _tell_refused))
        metrics.ask(lambda: metrics.set_store(is_open=store.is_open))
        if store.file is not None:
            self._threads.append(Checkpointer(store.file))
        deliverer = deliverer_for(store, settings)
        if deliverer is not None:
            self._threads.append(deliverer)
            metrics.ask(partial(_count_outbox, metrics, deliverer))
        self._threads.append(metrics)  # the last one to stop: it counts what the others do

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


def _open_store(settings: Settings, plan: Plan) -> LateStore:
    """The store, with a place for the policies that decide, and agreed with on the key of people's ids.

    If its server is away, the same is done once it is there.
    """
    store = LateStore.at(settings.store_url, plan, busy_timeout_ms=settings.store_wait_ms)
    try:
        store.try_to_open()
    except StoreAwayError as error:
        LOGGER.error("%s; until then claims go to people, and wait in the spool", error)  # noqa: TRY400 - one line
    store.once_open(lambda: agree_on_id_key(store, settings.pseudonyms))
    store.create(POLICIES_METADATA)
    return store


def _tell_refused(error: StoreError) -> None:
    """A store turned out to be none that can be used. To end would only begin again, every ten seconds."""
    LOGGER.critical("%s; it isn't tried again: mend it, and start the service anew", error)


def _event_desk(store: Store, settings: Settings) -> EventDesk:
    """Takes events; ids of people are hashed first, where there is a key."""
    pseudonyms = settings.pseudonyms
    return EventDesk(
        store,
        recorded=settings.recorded,
        now_ms=time_of(settings.clock),
        change=None if pseudonyms is None else partial(with_pseudonyms, pseudonyms=pseudonyms),
    )


def _remember_once_open(store: Store, policy: Policy, text: str) -> None:
    store.once_open(partial(_remember, store, policy, text))


def _remember(store: Store, policy: Policy, text: str) -> None:
    """Keep the text of a policy, so that what it decided can be made again."""
    try:
        with store.writing() as connection:
            remember_policy(connection, policy, text, now_ms=now_ms())
    except STORE_FAILED as error:
        LOGGER.error("policy %s is in force, but its text can't be kept: %s", policy.version, error_line(error))  # noqa: TRY400 - one line


def _in_force(policy: PolicyWatch, watches: list[ModelWatch], shadow: Shadow | None) -> InForce:
    """What is in force; the first of the models is the champion."""
    model, version = watches[0](), policy().version
    return InForce(
        policy=version,
        model=None if model is None else model.version,
        challenger=None if shadow is None else shadow.version,
        refused=tuple(line for line in (*(watch.refused for watch in watches), policy.refused) if line is not None),
    )


def _count_outbox(metrics: Metrics, deliverer: Deliverer) -> None:
    metrics.set_outbox(oldest_seconds=deliverer.counts.oldest_waiting_seconds, dead=deliverer.counts.dead)


ClearclaimService.add_asgi_middleware(Edge, door=DOOR, endpoints=ENDPOINTS)  # type: ignore[attr-defined] # the decorator adds it
