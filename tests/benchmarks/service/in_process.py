"""One claim after another through the claim desk, in this process and without HTTP: where its time goes.

    python tests/benchmarks/service/in_process.py --store sqlite:///base.db --events live.parquet --model-home bentoml

The store is copied first (SQLite) and may be used again. Then --stages shows the own time of each stage, --profile what
Python spends it on; both slow the claims down, so look at them for shares.
"""

from __future__ import annotations

import argparse
import cProfile
import importlib
import json
import pstats
import resource
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
from stages import Stages  # beside this script; the package would bring MLflow, and its garbage, along

from features.event_file import to_events
from features.plan import default_plan
from features.store import Store
from serving.claim import Claim
from serving.claim_desk import ClaimDesk
from serving.clock import filing_clock
from serving.model import load_model
from serving.policy import default_policy_path
from serving.policy_watch import PolicyWatch
from serving.replay import claim_of, is_scorable

WATCHED_MODULES = ("serving.claim_desk", "serving.judgement", "features.engines.online", "features.engines.appending")
WATCHED_CLASSES = (
    ("features.engines.online", "OnlineEngine"),
    ("features.assemble", "Assembler"),
    ("features.store", "Store"),
    ("serving.review_price", "ReviewPrice"),
    ("serving.scorer", "Scorer"),
    ("serving.policy_watch", "PolicyWatch"),
)


def main() -> None:
    """Print the median and the 99th percentile of a claim, the processor's time, and what was asked for besides."""
    asked = _arguments()
    bodies = claim_bodies(asked.events, asked.claims + asked.warm, asked.step_ms)
    with tempfile.TemporaryDirectory(dir=asked.scratch) as folder:
        desk = _desk(_own_copy(asked.store, Path(folder)), asked.model_home)
        _play(desk, bodies[: asked.warm])
        stages = _watch(desk) if asked.stages else None
        profiler = cProfile.Profile() if asked.profile else None
        if profiler is not None:
            profiler.enable()
        print(_measured(desk, bodies[asked.warm :]))
        if profiler is not None:
            profiler.disable()
            pstats.Stats(profiler).sort_stats("tottime").print_stats(asked.profile)
        if stages is not None:
            print(stages.table(asked.claims))
        desk.store.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", required=True, help="URL of a store with history; SQLite's is copied")
    parser.add_argument("--events", type=Path, required=True, help="events that follow it; their claims are sent")
    parser.add_argument("--model-home", type=Path, help="a BentoML home with a champion; without one, no model")
    parser.add_argument("--claims", type=int, default=3_000)
    parser.add_argument("--warm", type=int, default=300, help="claims before those that are measured")
    parser.add_argument(
        "--step-ms", type=int, default=1, help="between claims, on their clock; 0 leaves it as recorded"
    )
    parser.add_argument("--scratch", type=Path, help="folder for the copy; on the disk that is to be measured")
    parser.add_argument("--stages", action="store_true", help="own time of each stage")
    parser.add_argument("--profile", type=int, default=0, metavar="N", help="the N dearest functions of cProfile")
    return parser.parse_args()


def claim_bodies(events: Path, number: int, step_ms: int) -> list[bytes]:
    """Requests for the scorable claims of a file, in order; from the start again, under new ids, if more are wanted.

    They are filed so many milliseconds after each other, each with its order's times moved along: what the service does
    every few seconds costs each claim more where claims are far apart.
    """
    table = pq.read_table(events)
    filed = to_events(table.filter(pc.equal(table["kind"], "claim_filed")).sort_by("known_at_ms"))
    claims = [claim_of(event).model_dump(mode="json", exclude_defaults=True) for event in filed if is_scorable(event)]
    last_ms = claims[-1]["filed_at_ms"]
    bodies = []
    for index in range(number):
        again, place = divmod(index, len(claims))
        claim = claims[place]
        if again or step_ms:
            claim = moved(claim, f" {again}" if again else "", last_ms + index * (step_ms or 1) - claim["filed_at_ms"])
        bodies.append(json.dumps(claim, ensure_ascii=False).encode())
    return bodies


def moved(claim: dict[str, Any], suffix: str, by_ms: int) -> dict[str, Any]:
    """A claim under another id, with all its times later by so much."""
    order = {name: value + by_ms if name.endswith("_at_ms") else value for name, value in claim["order"].items()}
    return {
        **claim,
        "claim_id": f"{claim['claim_id']}{suffix}",
        "filed_at_ms": claim["filed_at_ms"] + by_ms,
        "order": order,
    }


def _own_copy(url: str, folder: Path) -> str:
    if not url.startswith("sqlite:///"):
        return url
    copied = folder / "store.db"
    shutil.copy(url.removeprefix("sqlite:///"), copied)
    return f"sqlite:///{copied}"


def _desk(url: str, home: Path | None) -> ClaimDesk:
    plan, model = default_plan(), None
    if home is not None:
        stored = home / "models" / "clearclaim"
        model = load_model(stored / (stored / "latest").read_text().strip(), plan)
    return ClaimDesk(Store.open(url, plan), PolicyWatch(default_policy_path()), model, filing_clock)


def _watched() -> Iterator[type]:
    for module, name in WATCHED_CLASSES:
        try:
            yield getattr(importlib.import_module(module), name)
        except (AttributeError, ModuleNotFoundError):
            print(f"{module}.{name}: not there any more")


def _watch(desk: ClaimDesk) -> Stages:
    stages = Stages()
    for owner in _watched():
        stages.watch_class(owner)
    for name in WATCHED_MODULES:
        stages.watch_module(importlib.import_module(name))
    stages.watch_class(type(desk), "score", "_decide", "_earlier")
    stages.watch_transactions(desk.store.engine.dialect)
    return stages


def _play(desk: ClaimDesk, bodies: list[bytes]) -> tuple[list[float], Counter[str]]:
    times, actions = [], Counter[str]()
    for body in bodies:
        began = time.perf_counter()
        answer = desk.score(Claim.model_validate_json(body))
        answer.model_dump_json()
        times.append((time.perf_counter() - began) * 1000)
        actions[f"{answer.action}{' with reasons' if answer.reasons else ''}"] += 1
    return times, actions


def _measured(desk: ClaimDesk, bodies: list[bytes]) -> str:
    before = resource.getrusage(resource.RUSAGE_SELF)
    times, actions = _play(desk, bodies)
    after = resource.getrusage(resource.RUSAGE_SELF)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    cuts = statistics.quantiles(times, n=1000)
    return (
        f"{len(times):,} claims: median {statistics.median(times):.3f} ms, p90 {cuts[899]:.3f}, p99 {cuts[989]:.3f}, "
        f"p99.9 {cuts[998]:.3f}; user {1000 * user / len(times):.3f} ms and system {1000 * system / len(times):.3f} ms "
        f"of processor a claim\n" + ", ".join(f"{number:,} {action}" for action, number in actions.most_common())
    )


if __name__ == "__main__":
    main()
