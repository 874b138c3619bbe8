"""Help waits for no library."""

from __future__ import annotations

import pytest

ASK_FOR_HELP = """
import importlib, json, sys
import click
from click.testing import CliRunner

def ask(command, *path):
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0, result.output
    asked.append(" ".join(path))
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            ask(child, *path, name)

asked = []
main = importlib.import_module(sys.argv[1]).main
ask(main)
print(json.dumps({"asked": asked, "loaded": sorted(name.split(".")[0] for name in sys.modules)}))
"""
SLOW = {
    "cel",
    "numpy",
    "pyarrow",
    "pandas",
    "sqlalchemy",
    "pydantic",
    "mlflow",
    "bentoml",
    "lightgbm",
    "sklearn",
    "matplotlib",
}


@pytest.mark.parametrize(
    ("module", "command"), [("training.cli", "train"), ("serving.cli", "serve")], ids=["clearclaim-train", "clearclaim"]
)
def test_help_of_every_command_loads_no_slow_library(in_fresh_python, module, command):
    """Each command imports what it needs when it runs, not when it is asked about."""
    answer = in_fresh_python(ASK_FOR_HELP, module)
    assert command in answer["asked"]
    assert set(answer["loaded"]) & SLOW == set()
