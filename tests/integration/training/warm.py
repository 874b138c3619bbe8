"""Commands in processes whose imports are done: of a command that takes six seconds, five go into these.

Each command still has a process, a folder and an environment of its own. It is forked off a server of Python's own
(`multiprocessing`, start method "forkserver") that has done nothing but import other people's packages, none of which
looks at the environment then. Ours, and BentoML, which reads its home when it is imported, are imported anew each time.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

COMMAND_SECONDS: Final = 400
IMPORTED: Final = (
    "pytest",  # which the child of a process that runs it imports once more
    "click",
    "lightgbm",
    "matplotlib.pyplot",
    "mlflow.data.numpy_dataset",
    "mlflow.lightgbm",
    "mlflow.models",
    "mlflow.store.model_registry.sqlalchemy_store",
    "mlflow.store.tracking.sqlalchemy_store",
    "optuna",
    "pandas",
    "pydantic",
    "scipy.stats",
    "sklearn.isotonic",
    "sklearn.linear_model",
    "sklearn.metrics",
)


def run_warm(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run `clearclaim-train` with arguments in a folder, whatever comes of it; one that hangs says where, and ends."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(IMPORTED))
    with tempfile.TemporaryDirectory() as name:
        files = [Path(name) / stream for stream in ("out", "err")]
        process = context.Process(target=_run, args=(list(arguments), folder, dict(environment), *files))
        process.start()
        process.join()
        out, err = (file.read_text() for file in files)
        code = process.exitcode
        process.close()
    assert code is not None
    return subprocess.CompletedProcess(["clearclaim-train", *arguments], code, out, err)


def _run(arguments: list[str], folder: Path, environment: dict[str, str], out: Path, err: Path) -> None:
    for number, file in ((1, out), (2, err)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    faulthandler.dump_traceback_later(COMMAND_SECONDS, exit=True)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    from training.cli import main  # noqa: PLC0415 - in the process that is to run it

    sys.argv = ["clearclaim-train", *arguments]
    main(arguments, prog_name="clearclaim-train")
