"""How long it takes to make data and to load it, and how much memory that takes."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.event_file import read_events
from features.events import EVENT_FIELDS, KIND_FIELDS, EventKind, FieldType
from figures import Figure, at_most, no_more_than, seconds
from training.load import TablesMapping, load_tables
from training.load.check import check_tables
from training.simulate import SimulationConfig, write_world

ORDERS = 200_000
LARGE_ORDERS, LARGE_RUNS = 5_000_000, 3
END_MS = 4_000_000_000_000
# A process of its own: the peak of this one may be what making the data took (and getrusage would hand it on)
LARGE = """
import re, sys
from pathlib import Path
from training.simulate import SimulationConfig, write_world
write_world(SimulationConfig(orders=int(sys.argv[1]), days=365), Path(sys.argv[2]))
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""
PEAK_MB = """
import re, sys
from pathlib import Path
from training.load import TablesMapping, load_tables
load_tables(TablesMapping.model_validate_json(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), rows_at_once=100_000)
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def run() -> list[Figure]:
    """200,000 simulated orders, made, checked and written; then loaded again from a table for each kind of event."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = SimulationConfig(orders=ORDERS, days=365)
        times = seconds(lambda: write_world(config, folder), runs=3)
        return [
            at_most("data/simulate_200000_orders", times, "seconds", 10),
            *large_figures(folder / "large"),
            *load_figures(folder),
        ]


def large_figures(folder: Path) -> list[Figure]:
    """What five million orders over a year take, each time in a process of its own."""
    times, peaks, command = [], [], [sys.executable, "-c", LARGE, str(LARGE_ORDERS), str(folder)]
    for _ in range(LARGE_RUNS):
        began = time.perf_counter()
        peaks.append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) / 1024)
        times.append(time.perf_counter() - began)
    return [
        at_most("data/simulate_5000000_orders", times, "seconds", 180, all=times),
        no_more_than("data/simulate_5000000_memory", max(peaks), "GB", 8),
    ]


def load_figures(folder: Path) -> list[Figure]:
    """What loading the events of a folder takes, from tables in which later events lack what orders and claims say."""
    mapping, events = write_tables(folder)
    out = folder / "out"
    times = seconds(lambda: load_tables(mapping, str(folder), out), runs=2)
    assert read_events(out / "events.parquet").num_rows == events
    checks = seconds(lambda: check_tables(mapping, str(folder), END_MS), runs=2)
    command = [sys.executable, "-c", PEAK_MB, mapping.model_dump_json(by_alias=True, exclude_unset=True), str(folder)]
    peak = subprocess.run([*command, str(folder / "peak")], check=True, capture_output=True, text=True)
    return [
        at_most("data/load_tables_200000_orders", times, "seconds", 30, events=events),
        at_most("data/check_tables_200000_orders", checks, "seconds", 30, events=events),
        no_more_than("data/load_tables_memory", float(peak.stdout), "MB", 800, rows_at_once=100_000),
    ]


def write_tables(folder: Path) -> tuple[TablesMapping, int]:
    """Write the events of a folder as a table of each kind; the mapping of these tables, and how many events."""
    events = read_events(folder / "events.parquet")
    tables = []
    for kind, kind_fields in KIND_FIELDS.items():
        later = "claim" if "claim_id" in kind_fields.required else "order"
        first = kind in {EventKind.ORDER_PAID, EventKind.CLAIM_FILED}
        fields = [*kind_fields.required, *(kind_fields.optional if first else ())]
        if not first:
            fields = [name for name in fields if name not in {"merchant_id", "product_id"}]
        names = ["event_id", "occurred_at_ms", "known_at_ms", *fields]
        pq.write_table(events.filter(pc.equal(events["kind"], str(kind))).select(names), folder / f"{kind}.parquet")
        read = {name: {"column": name} | _unit(name) for name in names}
        tables.append({"kind": kind, "file": f"{kind}.parquet", "fields": read, "fill": () if first else (later,)})
    mapping = TablesMapping.model_validate({"money": {"currency": "CNY", "unit": "minor"}, "tables": tables})
    return mapping, events.num_rows


def _unit(name: str) -> dict[str, str]:
    return {"unit": "ms"} if EVENT_FIELDS[name].type is FieldType.TIME else {}
