"""What the service is measured on: a store with a million events, a champion, and what follows. Made once, then kept.

It lies in build/ in parts, each under a name made of the code that it comes from. A change there makes it again, in the
place of what was kept.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from features.plan import default_plan
from features.store import Store
from features.store.bulk import import_events
from service.champion import champion_contents
from service.claims import following_claims
from serving.bundle import write_bundle
from tests.contract.postgres import server_in
from tests.integration.service.running_service import environment_of
from training.simulate import SimulationConfig, simulate

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
KEPT = ROOT / "build" / "bench-service"
EVENTS = 1_000_000
FOLLOWING = 200_000
CLAIMS = 120_000
WORLD = SimulationConfig(orders=420_000, days=365)
DATABASE = "scene"
PROMOTE = """
import shutil, sys
import bentoml
with bentoml.models.create("clearclaim:bench") as stored:
    shutil.copytree(sys.argv[1], stored.path, dirs_exist_ok=True)
"""


@dataclass(frozen=True)
class Scene:
    """Where its parts lie. Copy what is written to before use: the store, the database and the BentoML home.

    In `postgres` a server's data lie, with the same store in the database `DATABASE`.
    """

    world: Path
    stores: Path
    champion: Path
    postgres: Path

    @property
    def history(self) -> Path:
        """The events in the stores."""
        return self.world / "history.parquet"

    @property
    def following(self) -> Path:
        """Events after them."""
        return self.world / "following.parquet"

    @property
    def store(self) -> Path:
        """An SQLite store."""
        return self.stores / "store.db"

    @property
    def bundle(self) -> Path:
        """The champion's bundle."""
        return self.champion / "bundle"

    @property
    def home(self) -> Path:
        """A BentoML home in which it was promoted."""
        return self.champion / "bentoml"

    def claims(self) -> list[bytes]:
        """The bodies of claims that follow the history."""
        return (self.world / "claims.ndjson").read_bytes().splitlines()


def find_scene() -> Scene:
    """The scene; what isn't there is made first, which takes some minutes."""
    world, stores, champion = find_parts()
    postgres = kept("postgres", (world, ROOT / "features"), "", lambda folder: _make_postgres(folder, world))
    return Scene(world, stores, champion, postgres)


def find_parts() -> tuple[Path, Path, Path]:
    """Its world, its SQLite stores and its champion: what is measured within one process needs no more."""
    world = kept("world", (ROOT / "training/simulate", HERE / "claims.py"), f"{WORLD} {EVENTS} {CLAIMS}", _make_world)
    stores = kept("stores", (world, ROOT / "features"), "", lambda folder: fill(_sqlite(folder), world))
    parts = (world, ROOT / "training", ROOT / "serving/bundle.py", ROOT / "serving/text", HERE / "champion.py")
    champion = kept("champion", parts, default_plan().catalog_hash, lambda folder: _make_champion(folder, world))
    return world, stores, champion


def kept(name: str, sources: tuple[Path, ...], words: str, make: Callable[[Path], None]) -> Path:
    """A folder that was made before of the same code and words, or is made now, in the place of an older one.

    Of a source folder its Python files count; of a part that was kept, its name.
    """
    digest = hashlib.sha256(words.encode())
    for source in sources:
        digest.update(source.name.encode())
        for file in [source] if source.is_file() else sorted(source.rglob("*.py")):
            digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes())
    folder = KEPT / f"{name}-{digest.hexdigest()[:16]}"
    if not folder.is_dir():
        for old in KEPT.glob(f"{name}-*"):
            shutil.rmtree(old)
        print(f"  service: making its {name}, once ...", file=sys.stderr, flush=True)
        unfinished = folder.with_name(f"{folder.name}.unfinished")
        unfinished.mkdir(parents=True)
        make(unfinished)
        unfinished.rename(folder)
    return folder


def fill(url: str, world: Path) -> None:
    """Put the history into a new store."""
    store = Store.open(url, default_plan())
    import_events(store, pq.read_table(world / "history.parquet"), "the history of the bench")
    store.close()


def _sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'store.db'}"


def _make_postgres(folder: Path, world: Path) -> None:
    with server_in(folder / "data") as server:
        fill(server.new_database(DATABASE), world)


def _make_world(folder: Path) -> None:
    events = simulate(WORLD).events
    if len(events) < EVENTS + FOLLOWING:
        raise ValueError(f"the simulated world has {len(events):,} events; it takes {EVENTS + FOLLOWING:,}")
    history = events.slice(0, EVENTS)
    pq.write_table(history, folder / "history.parquet")
    pq.write_table(events.slice(EVENTS, FOLLOWING), folder / "following.parquet")
    (folder / "claims.ndjson").write_bytes(b"\n".join(following_claims(history, CLAIMS)))


def _make_champion(folder: Path, world: Path) -> None:
    plan = default_plan()
    bundle = write_bundle(folder / "bundle", champion_contents(pq.read_table(world / "history.parquet"), plan))
    home = folder / "bentoml"
    home.mkdir()
    # BentoML reads its home when it is imported, so the model is put there by a process of its own
    subprocess.run([sys.executable, "-c", PROMOTE, str(bundle.path)], env=environment_of(home), check=True, cwd=ROOT)
