"""`make bench`: runs the families (or the one that is named) and prints a table.

Writes build/bench.json, and the tables of docs/benchmarks.md.
"""

import importlib
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))  # for what tests and benchmarks share: tests.parity, tests.contract

from figures import report
from tables import ROOT, put_down, read, write_tables

FAMILIES = ("data", "history", "learning", "decision", "service", "console", "insight")


def main() -> None:
    """Run what was asked for; exit with 1 if a target is missed."""
    wanted = sys.argv[1:] or FAMILIES
    for name in wanted:
        if name not in FAMILIES:
            raise SystemExit(f"no benchmark family {name!r}; use one of {', '.join(FAMILIES)}")
    figures = [figure for name in wanted for figure in importlib.import_module(name).run()]
    bench = Path("build/bench.json")
    print(report(figures, bench))
    put_down(figures)
    write_tables(read(), [ROOT / "docs" / "benchmarks.md"])
    if "service" in wanted:
        importlib.import_module("service.sizing").write_table(bench, Path("docs/deploying.md"))
    if not all(figure.holds for figure in figures):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
