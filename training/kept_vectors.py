"""The options that say where a training's vectors come from; `training.dataset.keeping` takes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def kept_vectors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `cache`, `dataset` and `streamed`."""
    for option in (_STREAM, _DATASET, _CACHE):
        command = option(command)
    return command


_CACHE = click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="CLEARCLAIM_CACHE",
    show_envvar=True,
    help="A folder that keeps vectors by the hash of events and catalogue, so that they are computed once. Nothing in "
    "it is ever deleted; you may delete all of it.  [default: none is kept]",
)
_DATASET = click.option(
    "--dataset",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Take the vectors from a folder that 'dataset' wrote from the same events.",
)
_STREAM = click.option(
    "--stream", "streamed", is_flag=True,
    help="Read vectors from disk as they are needed, for data larger than memory. The model is the same.",
)  # fmt: skip
