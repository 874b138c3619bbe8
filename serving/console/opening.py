"""The console as a service opens it: what its pages work with, and what is done for cases beside the requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from features.store import Store
from serving.background import Background, InBackground
from serving.cases.appealing import PartyDesk
from serving.cases.keeper import CaseKeeper
from serving.cases.leasing import end_leases
from serving.cases.opening import CaseOpener
from serving.cases.quality.doubles import open_doubles
from serving.cases.quality.gold import open_gold_cases
from serving.cases.quality.tables import open_quality
from serving.cases.releasing import Releaser
from serving.cases.ruling import RulingDesk
from serving.cases.tally import fold_tally
from serving.clock import now_ms as wall_ms
from serving.console.app import Console
from serving.console.pages.table import PAGES
from serving.console.sign_in.opening import open_sign_in
from serving.console.visit import ConsoleDesk
from serving.dossier.masking import Masks
from serving.dossier.similar import SimilarClaims
from serving.evidence_pack.tables import open_packs
from serving.explaining.explain import Explainer
from serving.insight.abuse.tables import open_abuse
from serving.insight.tables import open_insight
from serving.intake.adjudicating import AdjudicationDesk
from serving.lists import LISTS_METADATA
from serving.model import Model
from serving.past_decision.models import ModelSource
from serving.policy_watch import PolicySource

SIMILAR_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class OpenedConsole:
    """The pages, and threads to start and stop with the service."""

    console: Console
    threads: tuple[InBackground, ...]


def open_console(
    store: Store,
    policy: PolicySource,
    *,
    champion: Callable[[], Model | None],
    models: ModelSource,
    explainer: Explainer,
    adjudications: AdjudicationDesk,
    parties: PartyDesk,
    recorded: bool = False,
    tls: bool = False,
    now_ms: Callable[[], int] = wall_ms,
) -> OpenedConsole:
    """All of the console, on a store whose tables are made where they aren't there yet.

    Args:
        store: shared by all processes.
        policy: the policy in force.
        champion: the model in force, None while there is none.
        models: finds models of past decisions.
        explainer: explains decisions.
        adjudications: records verdicts.
        parties: takes what buyers and merchants bring.
        recorded: whether recorded history is played: cases' clocks run from when they are opened.
        tls: whether HTTPS ends before the service.
        now_ms: the time of the console: people sit there now, whatever moment claims are of.
    """
    opener = CaseOpener(store, policy, now_ms, recorded=recorded)
    releaser = Releaser(store, adjudications, policy, now_ms)
    open_quality(store)
    open_packs(store)
    open_insight(store)
    open_abuse(store)
    store.create(LISTS_METADATA)
    sign_in = open_sign_in(store, now_ms)
    similar = SimilarClaims(store, champion)
    desk = ConsoleDesk(
        store=store,
        policy=policy,
        explainer=explainer,
        adjudications=adjudications,
        rulings=RulingDesk(store, policy, now_ms),
        parties=parties,
        models=models,
        sessions=sign_in.sessions,
        sign_in=sign_in.sign_in,
        people=sign_in.people,
        now_ms=now_ms,
        masks=Masks.of_store(store),
        similar=similar,
        tls=tls,
    )
    threads = (
        CaseKeeper(store, _upkeep(store, policy, opener, releaser, now_ms)),
        # leaves are in each process's own memory
        Background("clearclaim-similar", SIMILAR_SECONDS, similar.refresh),
    )
    return OpenedConsole(Console(desk, PAGES), threads)


def _upkeep(
    store: Store, policy: PolicySource, opener: CaseOpener, releaser: Releaser, now_ms: Callable[[], int]
) -> list[tuple[str, Callable[[], object]]]:
    """What is done for cases from time to time, by name, in this order."""
    return [
        ("opening", opener.open_some),
        ("leases", lambda: end_leases(store, now_ms())),
        ("rulings", releaser.release_due),
        ("evidence", releaser.end_waits),
        ("gold", lambda: open_gold_cases(store, policy(), now_ms())),
        ("doubles", lambda: open_doubles(store, policy(), now_ms())),
        ("tally", partial(fold_tally, store)),
    ]
