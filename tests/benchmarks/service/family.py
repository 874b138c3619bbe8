"""The figures of the family: claims on SQLite and on PostgreSQL beside the peers, reviewed claims, and events."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from figures import Figure, at_least, no_more_than, told
from service.duel import ENOUGH, Duel
from service.event_calls import events_figure
from service.load import Target, repeated
from service.rounds import Pace, Rounds, Side, in_turns, warmed
from service.scene import DATABASE, KEPT, Scene, find_scene
from service.servers import EVENTS_PATH, HEADERS, SCORE_PATH, bentoml_noop, mlflow_bodies, mlflow_model, our_service
from tests.contract.postgres import server_in

REVIEWED = 10_000  # claims in which the buyer asks for a person


def run(pace: Pace | None = None) -> list[Figure]:
    """All figures; some minutes with a scene that was kept."""
    pace, scene = pace or Pace(), find_scene()
    with tempfile.TemporaryDirectory(dir=KEPT) as name:
        folder = Path(name)
        with bentoml_noop(folder) as noop:
            on_sqlite = sqlite_figures(scene, folder, noop, pace)
            on_postgres = postgres_figures(scene, folder, noop, pace)
    return [*on_sqlite, *on_postgres]


def sqlite_figures(scene: Scene, folder: Path, noop: Target, pace: Pace) -> list[Figure]:
    """What has targets, on the embedded store."""
    url = f"sqlite:///{shutil.copy(scene.store, folder / 'store.db')}"
    claims = scene.claims()
    with our_service(scene, folder, url) as ours:
        target = Target(ours.port, SCORE_PATH, HEADERS)
        duel = Duel(url, target, noop, claims[REVIEWED:], pace)
        one, eight = duel.at(1), duel.at(8)
        reviewed = _reviewed(duel, claims[:REVIEWED])
        duel.check()
        events = events_figure(Target(ours.port, EVENTS_PATH, HEADERS), scene.following, pace)
    registered, bare = (_mlflow(scene, folder, pace, signed=signed) for signed in (True, False))
    mix = {"actions": dict(duel.actions)}
    return [
        at_least("service/throughput_vs_noop_1", one.over(one.noop), "ratio", 1.0, **one.detail()),
        at_least("service/throughput_vs_noop_8", eight.over(eight.noop), "ratio", 1.5, **eight.detail(), **mix),
        no_more_than("service/p99_over_p50_1", one.ours.p99_ms / one.ours.p50_ms, "ratio", 3, **one.ours.detail()),
        no_more_than("service/p99_vs_noop_p99_8", eight.ours.p99_ms / eight.noop.p99_ms, "ratio", 1),
        at_least("service/throughput_vs_mlflow", eight.over(registered), "ratio", 20, mlflow=registered.detail()),
        # without column names, and sent as bare numbers: the least that MLflow's server can be asked for
        told("service/throughput_vs_mlflow_bare", eight.over(bare), "ratio", mlflow=bare.detail()),
        no_more_than("service/reviewed_with_reasons_p50_ms", reviewed.p50_ms, "ms", 3, **reviewed.detail()),
        events,
    ]


def postgres_figures(scene: Scene, folder: Path, noop: Target, pace: Pace) -> list[Figure]:
    """The same on PostgreSQL, where nothing is promised."""
    with server_in(scene.postgres / "data") as server:
        url = server.new_database("run", DATABASE)
        with our_service(scene, folder, url) as ours:
            duel = Duel(url, Target(ours.port, SCORE_PATH, HEADERS), noop, scene.claims(), pace)
            one, eight = duel.at(1), duel.at(8)
            duel.check()
        server.drop_database("run")
    return [
        told("service/postgres_throughput_vs_noop_1", one.over(one.noop), "ratio", **one.detail()),
        told("service/postgres_throughput_vs_noop_8", eight.over(eight.noop), "ratio", **eight.detail()),
        told("service/postgres_p99_over_p50_1", one.ours.p99_ms / one.ours.p50_ms, "ratio"),
        told("service/postgres_p99_vs_noop_p99_8", eight.ours.p99_ms / eight.noop.p99_ms, "ratio"),
    ]


def _reviewed(duel: Duel, claims: Sequence[bytes]) -> Rounds:
    """Claims in which the buyer asks for a person: each is reviewed, and the reviewer reads reasons."""
    before = duel.actions.copy()
    asked = [json.dumps({**json.loads(body), "human_requested": True}, ensure_ascii=False).encode() for body in claims]
    rounds = duel.alone(duel.side(asked))
    if unlike := set(duel.actions - before) - {"manual_review with reasons"}:
        raise ValueError(f"reviews with reasons were to be measured, and these came: {', '.join(sorted(unlike))}")
    return rounds


def _mlflow(scene: Scene, folder: Path, pace: Pace, *, signed: bool) -> Rounds:
    """MLflow's server at 8 connections, with as many workers as ours."""
    with mlflow_model(scene, folder, signed=signed) as peer:
        side = Side("mlflow models serve", peer.port, repeated(peer, mlflow_bodies(scene, signed=signed), ENOUGH))
        warmed(side, 8)
        [rounds] = in_turns([side], 8, Pace(max(2, pace.rounds // 2), pace.seconds))
    return rounds
