"""The table of measured numbers in docs/deploying.md, made from build/bench.json.

python tests/benchmarks/service/sizing.py build/bench.json docs/deploying.md
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BEGIN = "<!-- sizing: written by make bench ONLY=service -->\n"
END = "<!-- end of sizing -->"

Figures = Mapping[str, Mapping[str, Any]]


def write_table(bench: Path, page: Path) -> None:
    """Put the family's figures into the page, between its two marks.

    Raises:
        ValueError: if the page has no marks, or the figures are not all there.
    """
    figures = {figure["name"].removeprefix("service/"): figure for figure in json.loads(bench.read_text())}
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page}: the marks {BEGIN.strip()} and {END} aren't there")
    page.write_text(f"{before}{begin}{table(figures)}{end}{after}", encoding="utf-8")


def table(figures: Figures) -> str:
    """Rows in words, with columns for both stores and the no-op endpoint beside them.

    Raises:
        ValueError: if a figure isn't there.
    """
    try:
        rows = [*_claims(figures, 1), *_claims(figures, 8), *_rest(figures)]
        scene = figures["worker_memory"]["detail"]
    except KeyError as error:
        raise ValueError(f"the figures of the family are not all there: {error} is missing") from None
    head = ("", "SQLite", "PostgreSQL", "no-op endpoint")
    lines = [head, ("---", "---:", "---:", "---:"), *rows]
    words = f"{scene['workers']} workers, {scene['cores']} cores, Python {scene['python']}, {scene['events']:,} events."
    return f"{words}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _claims(figures: Figures, connections: int) -> list[tuple[str, ...]]:
    own = figures[f"throughput_vs_noop_{connections}"]["detail"]
    other = figures[f"postgres_throughput_vs_noop_{connections}"]["detail"]
    sides = (own["ours"], other["ours"], own["noop"])
    at = f"{connections} connection{'s' if connections > 1 else ''}"
    return [
        (f"claims a second, {at}", *(f"{side['per_second']:,.0f}" for side in sides)),
        (f"median and 99th percentile in ms, {at}", *(f"{side['p50_ms']:.1f}, {side['p99_ms']:.1f}" for side in sides)),
    ]


def _rest(figures: Figures) -> list[tuple[str, ...]]:
    reviewed = figures["reviewed_with_reasons_p50_ms"]["detail"]
    return [
        ("the same of reviewed claims, with reasons", f"{reviewed['p50_ms']:.1f}, {reviewed['p99_ms']:.1f}", "", ""),
        ("events a second, in calls of thousands", f"{figures['events_per_second']['value']:,.0f}", "", ""),
        ("memory of a worker, MB", f"{figures['worker_memory']['value']:,.0f}", "", ""),
        ("the store, MB for a million events", f"{figures['store_size']['value']:,.0f}", "", ""),
        ("times as many claims as mlflow models serve", f"{figures['throughput_vs_mlflow']['value']:,.1f}", "", ""),
    ]  # fmt: skip


if __name__ == "__main__":
    write_table(Path(sys.argv[1]), Path(sys.argv[2]))
