"""What learns never sees the truth: not by its files, and not by its code."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.engines.batch import feature_vectors
from features.event_table import from_arrow
from features.events import EventKind
from features.plan import default_plan
from tests.unit.training.simulate.worlds import many_abusers
from training.dataset import SplitConfig, build_dataset
from training.simulate import SimulationConfig, write_world
from training.source import events_from
from training.vectors import FileEngine, write_vectors

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[4]
TRUTH = ("merchants", "people", "products", "truth")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A written world with enough verdicts to train on."""
    out = tmp_path_factory.mktemp("world")
    with many_abusers():
        write_world(SimulationConfig(orders=9_000, days=240), out)
    return out


def learned_from(folder: Path) -> tuple[bytes, bytes, str]:
    """All that learning makes of a folder: vectors by way of a file and in memory, and a data set's hash."""
    plan, events = default_plan(), events_from(str(folder / "events.parquet"))
    table = from_arrow(events)
    write_vectors(plan, str(folder / "events.parquet"), str(folder / "vectors.parquet"), FileEngine.BATCH)
    written = (folder / "vectors.parquet").read_bytes()
    (folder / "vectors.parquet").unlink()
    vectors = feature_vectors(plan, table, table.rows_of(EventKind.CLAIM_FILED)).tobytes()
    return written, vectors, build_dataset(events, plan, SplitConfig()).data_hash


def lie(folder: Path) -> None:
    """Turn what the truth says into its opposite, as far as tables go."""
    for name in TRUTH:
        path = folder / "truth" / f"{name}.parquet"
        table = pq.read_table(path)
        pq.write_table(pa.table({column: table[column].to_pylist()[::-1] for column in table.column_names}), path)


def garble(folder: Path) -> None:
    for name in TRUTH:
        (folder / "truth" / f"{name}.parquet").write_bytes(b"no parquet at all")


def remove(folder: Path) -> None:
    shutil.rmtree(folder / "truth")


def test_nothing_learned_changes_with_the_truth(folder, tmp_path):
    """Features, labels and the data set stay the same, bit for bit, if the truth is altered, unreadable or gone."""
    expected = learned_from(folder)
    for alter in (lie, garble, remove):
        copy = tmp_path / alter.__name__
        shutil.copytree(folder, copy)
        assert sorted(path.stem for path in (copy / "truth").iterdir()) == sorted(TRUTH)
        alter(copy)
        assert learned_from(copy) == expected


def test_learning_opens_no_file_of_the_truth(folder):
    """In a process of its own that notes whatever Python opens or lists, and imports no simulator."""
    program = f"""
import sys
opened = []
watched = {{"open", "os.listdir", "os.scandir"}}
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event in watched else None)
from training.source import events_from
from training.dataset import SplitConfig, build_dataset
from features.plan import default_plan
import training.vectors, training.train
dataset = build_dataset(events_from({str(folder / "events.parquet")!r}), default_plan(), SplitConfig())
assert len(dataset.train) > 0
assert not [path for path in opened if "truth" in path], opened
assert not [name for name in sys.modules if name.startswith("training.simulate")]
open({str(folder / "truth" / "truth.parquet")!r}, "rb").close()
assert [path for path in opened if "truth" in path], "the hook notes nothing"
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def sources() -> list[Path]:
    """All modules of the project outside of the simulator."""
    found = [path for top in ("features", "serving", "training") for path in (ROOT / top).rglob("*.py")]
    return [path for path in found if not path.is_relative_to(ROOT / "training" / "simulate")]


def imported_by(path: Path) -> set[str]:
    """Full names of what a module imports, at its top or anywhere else."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_no_module_outside_of_the_simulator_imports_or_names_the_truth():
    """Neither features nor serving nor training import the truth, or say the name of its file."""
    assert len(sources()) > 100
    assert "training.simulate.truth" in imported_by(ROOT / "training" / "simulate" / "world.py")
    for path in sources():
        assert not [name for name in imported_by(path) if name.startswith("training.simulate.truth")], path
        assert "truth.parquet" not in path.read_text(), path


def test_nothing_but_commands_imports_the_simulator():
    """Whatever learns or serves does without it: only the commands and the demo may make worlds."""
    allowed = {ROOT / "training" / "cli.py"}
    for path in sources():
        if path not in allowed:
            assert not [name for name in imported_by(path) if name.startswith("training.simulate")], path
