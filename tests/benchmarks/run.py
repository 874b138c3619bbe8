"""`make bench`: runs the families (or the one that is named), prints a table, writes build/bench.json."""

import importlib
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))  # for what tests and benchmarks share: tests.parity, tests.contract

from figures import report

FAMILIES = ("data", "history", "learning", "decision", "service")


def main() -> None:
    """Run what was asked for; exit with 1 if a target is missed."""
    wanted = sys.argv[1:] or FAMILIES
    for name in wanted:
        if name not in FAMILIES:
            raise SystemExit(f"no benchmark family {name!r}; use one of {', '.join(FAMILIES)}")
    figures = [figure for name in wanted for figure in importlib.import_module(name).run()]
    print(report(figures, Path("build/bench.json")))
    if not all(figure.holds for figure in figures):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
