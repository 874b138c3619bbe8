"""The champion: the bundle in BentoML's model store that the service scores with.

Promotion makes a new entry in that store each time, so the newest entry is the model in force, and the store keeps
the history of who was champion when.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bentoml
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml.exceptions import BentoMLException, NotFound

from features.plan import Plan
from serving.bundle import Bundle, BundleError, check_catalog, read_bundle
from serving.scorer import Scorer


@dataclass(frozen=True, slots=True)
class Model:
    """A bundle that passed its checks, ready to score."""

    bundle: Bundle
    scorer: Scorer

    @property
    def version(self) -> str:
        """The bundle's version, made from its content."""
        return self.bundle.model_version


def load_model(path: Path, plan: Plan) -> Model:
    """Load a bundle from a folder.

    Raises:
        BundleError: if it doesn't pass its checks, or was trained on another catalogue of features.
    """
    bundle = read_bundle(path)
    check_catalog(bundle, plan.catalog_hash)
    return Model(bundle, Scorer(bundle))


def find_champion(tag: str, plan: Plan) -> Model | None:
    """Load the bundle that a BentoML model tag stands for, or None if the model store has no such model.

    Raises:
        BundleError: if the tag is none, or the bundle doesn't pass its checks or was trained on another catalogue.
    """
    entry = find_entry(tag)
    return None if entry is None else load_model(entry, plan)


def find_entry(tag: str) -> Path | None:
    """The folder in the model store that a tag stands for, or None if there is no such model.

    Raises:
        BundleError: if the tag is none, or BentoML can't read its entry.
    """
    try:
        return Path(bentoml.models.get(tag).path)
    except NotFound:
        return None
    except (BentoMLException, ValueError, OSError) as error:
        raise BundleError(f"model {tag}: {error}; name it as 'bentoml models list' does") from error


def models_folder() -> Path:
    """Where BentoML keeps its models: a folder for each name in it, and in that a folder for each version."""
    return Path(BentoMLContainer.model_store.get()._path)  # noqa: SLF001 - it is told nowhere else
