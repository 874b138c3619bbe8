"""What was measured last, as JSON beside the pages, and the tables that are made from it.

`make bench` puts the families that it ran in the place of their figures of before, and writes the tables anew:

    docs/benchmarks.json    the figures, with when and on what they were measured
    docs/benchmarks.md      a table for each family, between its marks
    README.md               one line for each figure with a target that a reader asks for first

`python tests/benchmarks/tables.py` writes the tables without measuring anything.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from figures import Figure

ROOT: Final = Path(__file__).parents[2]
MEASURED: Final = ROOT / "docs" / "benchmarks.json"
END: Final = "<!-- end of bench -->"

Family = Mapping[str, Any]


def put_down(figures: Iterable[Figure], path: Path = MEASURED) -> None:
    """Put the figures of the families that ran in the place of those of before."""
    kept = read(path)
    ran: dict[str, list[Figure]] = {}
    for figure in figures:
        ran.setdefault(figure.name.partition("/")[0], []).append(figure)
    for name, of_family in ran.items():
        kept[name] = {**scene(), "figures": [_short(figure) for figure in of_family]}
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path = MEASURED) -> dict[str, Family]:
    """What was measured last, by family."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def scene() -> dict[str, str]:
    """When and on what figures are measured, and of which commit."""
    cores = len(os.sched_getaffinity(0))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "measured_on": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": f"{cores} cores ({_processor()}), {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}",
        "commit": _commit(),
    }


def write_tables(families: Mapping[str, Family], pages: Sequence[Path]) -> None:
    """Put the tables into pages, each between its marks; a family that has none there is left out.

    Raises:
        ValueError: if a mark has no end.
    """
    for page in pages:
        text = page.read_text(encoding="utf-8")
        page.write_text(with_tables(text, families), encoding="utf-8")


def with_tables(text: str, families: Mapping[str, Family]) -> str:
    """A page's text with the tables of these families.

    Raises:
        ValueError: if a mark has no end.
    """
    for name, family in families.items():
        mark = f"<!-- bench {name} -->\n"
        before, found, rest = text.partition(mark)
        if not found:
            continue
        _, end, after = rest.partition(END)
        if not end:
            raise ValueError(f"the table of {name!r} has no end; put {END} behind it")
        text = f"{before}{mark}{table(family)}{end}{after}"
    return text


def table(family: Family) -> str:
    """A family's figures, one in a line.

    >>> figure = {"name": "history/batch_vs_polars", "value": 3.514, "unit": "ratio", "target": 2.0, "holds": True}
    >>> print(table({"measured_on": "2026-11-22", "machine": "2 cores", "commit": "ab12", "figures": [figure]}))
    Measured on 2026-11-22, commit ab12: 2 cores.
    <BLANKLINE>
    | figure | value | target | |
    |---|---:|---:|---|
    | batch vs polars | 3.51 times | 2 | holds |
    <BLANKLINE>
    """
    lines = [f"Measured on {family['measured_on']}, commit {family['commit']}: {family['machine']}.", ""]
    lines += ["| figure | value | target | |", "|---|---:|---:|---|"]
    for each in family["figures"]:
        name = each["name"].partition("/")[2].replace("_", " ").replace("/", ": ")
        target = "" if each["target"] is None else f"{each['target']:g}"
        held = "" if each["target"] is None else "holds" if each["holds"] else "**missed**"
        lines.append(f"| {name} | {_said(each['value'], each['unit'])} | {target} | {held} |")
    return "\n".join(lines) + "\n"


def _said(value: float, unit: str) -> str:
    number = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{number} {'times' if unit == 'ratio' else unit}".strip()


def _short(figure: Figure) -> dict[str, object]:
    kept = asdict(figure)
    del kept["detail"]  # it is in build/bench.json, and long
    return {**kept, "value": float(f"{figure.value:.6g}")}


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _commit() -> str:
    asked = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    write_tables(read(), [ROOT / "docs" / "benchmarks.md", ROOT / "README.md"])
