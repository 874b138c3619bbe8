"""The bundle that a command is told to use: a folder's, or a registered model's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from serving.bundle import Bundle, read_bundle


@contextmanager
def bundle_of(model: str) -> Iterator[Bundle]:
    """The bundle in a folder, or of a registered version (by alias or number), fetched for as long as it is needed.

    Raises:
        BundleError, TrackingError: if there is none, or it can't be used.
    """
    if Path(model).is_dir():
        yield read_bundle(Path(model))
        return
    from training.tracking import connect, download_bundle, find_version  # noqa: PLC0415 - MLflow takes seconds

    connect()
    with TemporaryDirectory(prefix="clearclaim-bundle-") as folder:
        yield read_bundle(download_bundle(find_version(model), Path(folder)))
