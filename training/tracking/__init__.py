"""MLflow: what a training leaves behind, and the registered model with its aliases.

A training is one run of one experiment, with a child run per fold and per baseline. Read `run` first, which says what
is logged where; then `data` (the claims as MLflow datasets), `figures` (metrics and their names), `model` (the flavour,
its signature, the registered version), `plots` and `card`. `connection` is where MLflow is, and `registry` how a
registered version is found and given its role. Nothing else in this project talks to MLflow.
"""

from training.tracking.connection import TrackingError, connect, where_to_look
from training.tracking.names import CHALLENGER, CHAMPION, EXPERIMENT, REGISTERED_MODEL, Role
from training.tracking.registry import download_bundle, find_version, set_alias
from training.tracking.run import Registered, log_training

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "EXPERIMENT",
    "REGISTERED_MODEL",
    "Registered",
    "Role",
    "TrackingError",
    "connect",
    "download_bundle",
    "find_version",
    "log_training",
    "set_alias",
    "where_to_look",
]
