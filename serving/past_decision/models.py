"""Models by their version: the one that a past decision names, among all that BentoML's model store keeps."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

import bentoml
from bentoml.exceptions import BentoMLException, NotFound

from features.plan import Plan
from serving.bundle import BundleError
from serving.bundle_files import read_model_version
from serving.model import Model, load_model

KEPT: Final = 4  # loaded models, at some ten megabytes each: who reads past decisions reads those of few models


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model that was looked for: where it is, or why it isn't to be had."""

    model: Model | None
    said: str


class ModelSource(Protocol):
    """What finds models by version."""

    def find(self, version: str) -> FoundModel:
        """The model of a version, or why it isn't to be had."""


class PastModels:
    """Looks through all versions of a name in BentoML's model store. May be shared between threads.

    Args:
        tag: of which the name counts, such as clearclaim:latest.
        plan: models of other catalogues aren't loaded.
    """

    def __init__(self, tag: str, plan: Plan) -> None:
        self._name, self._plan = tag.partition(":")[0], plan
        self._loaded: OrderedDict[str, FoundModel] = OrderedDict()
        self._lock = Lock()

    def find(self, version: str) -> FoundModel:
        """The model of a version, or why it isn't to be had."""
        with self._lock:
            known = self._loaded.get(version)
            if known is None:
                known = self._look(version)
                if known.model is not None:
                    self._loaded[version] = known
            else:
                self._loaded.move_to_end(version)
            while len(self._loaded) > KEPT:
                self._loaded.popitem(last=False)
            return known

    def _look(self, version: str) -> FoundModel:
        try:
            stored = bentoml.models.list(self._name)
        except NotFound:
            stored = []
        except (BentoMLException, ValueError) as error:
            return FoundModel(None, f"model {self._name}: {error}")
        for each in stored:
            path = Path(each.path)
            try:
                if read_model_version(path) != version:
                    continue
            except BundleError:  # whatever it is, it isn't this one
                continue
            try:
                return FoundModel(load_model(path, self._plan), str(each.tag))
            except BundleError as error:
                return FoundModel(None, str(error))
        return FoundModel(None, f"none of {len(stored)} models {self._name} in BentoML's model store is {version}")
