"""Where MLflow is, and whether anything answers there.

MLflow's client asks a server that doesn't answer eight times, with growing pauses: minutes. So it is asked once, with
little patience, before anything that takes long.
"""

from __future__ import annotations

import logging
import os
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import mlflow
import requests
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

DEFAULT_TRACKING_URI: Final = "sqlite:///mlflow.db"
ASKED_ONCE: Final[Mapping[str, str]] = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
_LONGEST_REASON: Final = 200
FAILURES: Final = (MlflowException, SQLAlchemyError, requests.RequestException, ImportError, OSError)


class TrackingError(RuntimeError):
    """Something that MLflow doesn't have or can't do: the message says what to do."""


def connect() -> str:
    """Point MLflow at MLFLOW_TRACKING_URI, or at a SQLite file in this folder, and return the address.

    Raises:
        TrackingError: if there is no MLflow there, or it doesn't answer within seconds.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI", DEFAULT_TRACKING_URI)
    mlflow.set_tracking_uri(uri)
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    # the database's migrations are logged line by line, which drowns what the user came for
    for name in ("alembic", "mlflow"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        with _environment(ASKED_ONCE):
            mlflow.MlflowClient().search_experiments(max_results=1)
    except FAILURES as error:
        raise TrackingError(
            f"no MLflow at this address, {without_password(uri)} ({_reason(error)}); start it, or correct "
            "MLFLOW_TRACKING_URI"
        ) from error
    return uri


@contextmanager
def failures_in_one_line(doing: str) -> Iterator[None]:
    """Turn what MLflow, its database or the way to it may raise into a `TrackingError` that names what was tried."""
    try:
        yield
    except FAILURES as error:
        address = without_password(mlflow.get_tracking_uri())
        raise TrackingError(f"{doing} failed at {address}: {_reason(error)}; mend that and try again") from error


def where_to_look(uri: str, experiment_id: str, run_id: str) -> str:
    """What to type, or which page to open, to see a run."""
    if _is_server(uri):
        return f"{without_password(uri).rstrip('/')}/#/experiments/{experiment_id}/runs/{run_id}"
    return f"mlflow ui --backend-store-uri {without_password(uri)}"


def without_password(uri: str) -> str:
    """The address as it may be shown: with `***` in place of a password."""
    parts = urlsplit(uri)
    if parts.password is None:
        return uri
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}:***@{host}"))


def _is_server(uri: str) -> bool:
    return urlsplit(uri).scheme in {"http", "https"}


def _reason(error: BaseException) -> str:
    """Why, in short: what the network said if it was that, since libraries wrap it at length; else the error itself."""
    found, inner, seen = error, error.__cause__ or error.__context__, {id(error)}
    while inner is not None and id(inner) not in seen:
        seen.add(id(inner))
        if isinstance(inner, OSError):
            found = inner
        inner = inner.__cause__ or inner.__context__
    line = (found.strerror if isinstance(found, OSError) else None) or str(found) or type(found).__name__
    return textwrap.shorten(line.splitlines()[0], _LONGEST_REASON, placeholder=" ...")


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
