"""Promotions in MLflow's registry: a tag each on the registered model, named by moment and chance.

The registry is what all machines share, while each has a model store of its own. Nobody ever writes a tag of another's,
so two promotions at once leave two records; the later one has the alias.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, Final

import mlflow
from mlflow.entities.model_registry import ModelVersion, RegisteredModel
from mlflow.exceptions import MlflowException

from training.champions.promotion import Promotion
from training.tracking import CHAMPION, REGISTERED_MODEL, TrackingError

PREFIX: Final = "champion."
_LONGEST: Final = 5_000  # of what runs and versions are tagged with


def new_id(moment: datetime) -> str:
    """An id for a promotion at a moment, UTC: ids sort by time, and no two are alike."""
    return f"{moment:%Y%m%dT%H%M%S.%f}-{secrets.token_hex(4)}"


def champion_version() -> str | None:
    """The number of the version that has the alias `champion`, None where there is none yet.

    Raises:
        TrackingError: no model is registered.
    """
    number = _registered().aliases.get(CHAMPION)
    return None if number is None else str(number)


def read_promotions() -> list[Promotion]:
    """All that is on record, in order of time.

    Raises:
        TrackingError: no model is registered, or a record was changed by hand and can't be read.
    """
    tags = _registered().tags
    found = [_parse(key, value) for key, value in tags.items() if key.startswith(PREFIX)]
    return sorted(found, key=lambda each: (each.at_ms, each.id))


def write_promotion(promotion: Promotion, version: ModelVersion) -> None:
    """Put a promotion on record: with the registered model, and for those who look there, with version and run."""
    client = mlflow.MlflowClient()
    client.set_registered_model_tag(REGISTERED_MODEL, PREFIX + promotion.id, json.dumps(asdict(promotion)))
    said = {
        "promotion": promotion.how,
        "promoted_by": promotion.by,
        "promotion_reason": promotion.reason,
        "gate_refusals": "\n".join(promotion.refusals)[:_LONGEST],
    }
    for name, value in said.items():
        client.set_model_version_tag(REGISTERED_MODEL, version.version, name, value)
        if version.run_id:
            client.set_tag(version.run_id, name, value)


def _registered() -> RegisteredModel:
    try:
        return mlflow.MlflowClient().get_registered_model(REGISTERED_MODEL)
    except MlflowException as error:
        raise TrackingError(
            f"no model {REGISTERED_MODEL!r} at {mlflow.get_tracking_uri()}; run 'clearclaim-train train' first"
        ) from error


def _parse(key: str, value: str) -> Promotion:
    try:
        said: dict[str, Any] = json.loads(value)
        known = {each.name for each in fields(Promotion)}
        given = {name: each for name, each in said.items() if name in known}
        return Promotion(**{**given, "refusals": tuple(given.get("refusals", ()))})
    except (ValueError, TypeError, AttributeError) as error:
        raise TrackingError(
            f"the tag {key} of the registered model {REGISTERED_MODEL} is no record of a promotion; remove it there"
        ) from error
