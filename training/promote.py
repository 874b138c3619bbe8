"""A model becomes champion or challenger: its bundle goes into BentoML's model store, where services find it.

Each promotion makes a new entry in that store, named by its moment and the bundle's version, so the newest entry under
a name is the model in that role, and going back is promoting an earlier version again.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import bentoml

from features.plan import Plan
from serving.bundle import check_catalog, read_bundle
from serving.scorer import Scorer
from training.tracking import CHALLENGER, CHAMPION, Role, connect, download_bundle, find_version, set_alias

MODEL_NAMES: Final[Mapping[Role, str]] = {CHAMPION: "clearclaim", CHALLENGER: "clearclaim-challenger"}


@dataclass(frozen=True, slots=True)
class Promoted:
    """What was promoted: the registered version, the bundle's version and the tag in BentoML's model store."""

    version: str
    model_version: str
    tag: str


def promote(alias_or_number: str, plan: Plan, role: Role = CHAMPION) -> Promoted:
    """Check a registered version's bundle, put it into BentoML's model store, and give it the alias of its role.

    Raises:
        TrackingError: if there is no such version.
        BundleError: if its bundle doesn't pass its checks, or belongs to another catalogue of features.
    """
    connect()
    version = find_version(alias_or_number)
    with tempfile.TemporaryDirectory() as folder:
        bundle = read_bundle(download_bundle(version, Path(folder)))
        check_catalog(bundle, plan.catalog_hash)
        Scorer(bundle).close()  # it scores the bundle's probes
        moment = datetime.now(UTC).strftime("%Y%m%dt%H%M%S%f")
        with bentoml.models.create(
            f"{MODEL_NAMES[role]}:{moment}-{bundle.model_version}",
            labels={"bundle_version": bundle.model_version, "registered_version": str(version.version)},
            metadata={"run_id": str(version.run_id), "catalog_hash": plan.catalog_hash},
        ) as stored:
            shutil.copytree(bundle.path, stored.path, dirs_exist_ok=True)
    set_alias(version, role)
    return Promoted(str(version.version), bundle.model_version, str(stored.tag))
