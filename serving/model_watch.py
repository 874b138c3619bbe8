"""The model in force while the service runs: BentoML's model store is looked at in the background, and what is promoted
there is taken up.

A bundle that can't be used changes nothing: that is logged once, in one line, the model of before stays in force, and
nothing is tried until something changes there. Claims in work end on the model that they began with; the one of before
goes when nobody holds it any more.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

import bentoml
from bentoml.exceptions import BentoMLException, NotFound

from features.plan import Plan
from serving.background import Background
from serving.bundle import BundleError
from serving.model import Model, find_entry, load_model, models_folder

ModelSource: TypeAlias = Callable[[], Model | None]

# What changed is taken up at the look after the one that saw it, once nobody writes there any more: within 2 seconds.
LOOK_SECONDS: Final = 1.0
LOGGER: Final = logging.getLogger("clearclaim.model")
_EARLIER: Final = 8  # entries that a service goes back at its start before it does without a model

_Stamp: TypeAlias = tuple[tuple[str, int, int, int], ...]


class ModelWatch:
    """Call it for the model in force: an attribute is read, and nothing else. May be shared between threads.

    At its start it takes the model that the tag stands for, if that passes its checks; otherwise the newest one before
    it that does, as that one was in force until then. None where there is no model at all.

    Args:
        tag: of BentoML's model store; with the version `latest`, the newest entry counts.
        plan: the columns that the service makes.
        role: what the model is once it is taken, for the log: "in force" or "in shadow".

    Raises:
        BundleError: the tag is none.
    """

    def __init__(self, tag: str, plan: Plan, role: str = "in force") -> None:
        self._tag, self._plan, self._role = tag, plan, role
        try:
            parsed = bentoml.Tag.from_str(tag)
        except (BentoMLException, ValueError) as error:
            raise BundleError(f"model {tag}: {error}; name it as 'bentoml models list' does") from error
        self._name, follows_newest = parsed.name, parsed.version in {None, "latest"}
        self._folder = models_folder() / self._name
        self._entry: Path | None = None
        self._model: Model | None = None
        self._seen: _Stamp = ()
        self._taken: _Stamp = ()
        self.refused: str | None = None  # why what the tag stands for now can't be taken up
        if not self._take_up() and follows_newest:
            self._go_back()
        self._background = Background(f"watch {tag}", LOOK_SECONDS, self.look)

    def __call__(self) -> Model | None:
        """The model in force now."""
        return self._model

    def start(self) -> None:
        """Begin to look, in a thread of its own."""
        self._background.start()

    def stop(self) -> None:
        """Look no more; the model in force stays."""
        self._background.stop()

    def look(self) -> None:
        """Look once. A look at a store in which nothing changed reads no file."""
        stamp = self._stamp()
        if stamp == self._taken:
            return
        if stamp != self._seen:  # somebody may still be writing
            self._seen = stamp
            return
        self._take_up()

    def _take_up(self) -> bool:
        """Take up what the tag stands for now; return whether it could be used, if there is anything."""
        before = self._model
        try:
            model = self._load()
        except BundleError as error:
            stays = "there is none" if before is None else f"{before.version} stays {self._role}"
            self.refused = f"model {self._tag}: {error}"
            LOGGER.error("model %s: %s; until then %s", self._tag, error, stays)  # noqa: TRY400 - one line, no trace
            return False
        self.refused = None
        if model is None or (before is not None and before.version == model.version):
            return True
        self._model = model
        place = "" if before is None else f", in the place of {before.version}"
        LOGGER.info("model %s: %s is %s now%s", self._tag, model.version, self._role, place)
        return True

    def _load(self) -> Model | None:
        # Each stamp is older than what is read after it: whatever changes meanwhile is seen at the next look.
        where = self._where()
        self._seen = self._taken = where + self._files()
        self._entry = find_entry(self._tag)
        self._seen = self._taken = where + self._files()
        if self._entry is not None:
            return load_model(self._entry, self._plan)
        if self._model is not None:
            raise BundleError("the model store has no such model any more; promote one")
        return None

    def _go_back(self) -> None:
        for path in _earlier_entries(self._name):
            if path == self._entry:
                continue
            try:
                self._model = load_model(path, self._plan)
            except BundleError:
                continue
            LOGGER.warning("model %s: %s of before is %s", self._tag, self._model.version, self._role)
            return

    def _stamp(self) -> _Stamp:
        """What changes when somebody promotes, removes, or mends what was refused."""
        return self._where() + self._files()

    def _where(self) -> _Stamp:
        return _stamp_of([str(self._folder), str(self._folder / "latest")])

    def _files(self) -> _Stamp:
        return () if self._entry is None else _stamp_of(_files_in(self._entry))


def _stamp_of(paths: Iterable[str]) -> _Stamp:
    return tuple(each for path in paths for each in _stat(path))


def _stat(path: str) -> Iterator[tuple[str, int, int, int]]:
    try:
        found = os.stat(path)  # noqa: PTH116 - each second, for each file
    except OSError:
        return
    yield path, found.st_ino, found.st_mtime_ns, found.st_size


def _files_in(folder: Path) -> list[str]:
    try:
        return sorted(each.path for each in os.scandir(folder))
    except OSError:
        return []


def _earlier_entries(name: str) -> list[Path]:
    """The entries under a name, the newest first."""
    try:
        stored = bentoml.models.list(name)
    except (BentoMLException, NotFound, OSError):
        return []
    stored.sort(key=lambda each: each.creation_time, reverse=True)
    return [Path(each.path) for each in stored[:_EARLIER]]
