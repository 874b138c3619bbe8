"""A training that is due: the champion's own recipe on newer events, then the gate.

The label, the cut of time and the parameters are those of the champion unless others are given, so that what changes
is the data. A training that was done already, on the same data in the same way, isn't done again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Final, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from features.plan import Plan
from features.progress import Progress
from serving.bundle import Bundle
from serving.policy import default_policy_path, read_policy
from training.bundle_of import bundle_of
from training.dataset import SplitConfig, cut_dataset, gather
from training.drift.reference import DriftError, reference_of
from training.labels.measured import read_reviewers
from training.model.parameters import BoostingConfig, read_parameters
from training.retrain_gate import Answer, AskGate
from training.source import events_from, parity_of
from training.summary import summary
from training.text.appended import append_texts
from training.tracking import CHALLENGER, CHAMPION, TrackingError, connect, find_version, log_training
from training.train import TrainingConfig, train

FOLDS: Final = 3  # of the evaluation, as many as `clearclaim-train train` makes
_NOT_THERE: Final = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")  # how MLflow calls a missing model or alias
_Config = TypeVar("_Config", SplitConfig, BoostingConfig)


@dataclass(frozen=True, slots=True)
class Asked:
    """What to retrain on, and how.

    Attributes:
        events: a Parquet file's path, or a store's URL.
        params: a TOML file of LightGBM's parameters; None for the champion's.
        promote: whether the challenger becomes champion if the gate lets it.
        anyway: train even if nothing changed.
        policy: the file of the policy by which money is counted; None for the shipped one.
        reviewers: a file of reviewers' rates, as `clearclaim reviewers` writes it; None for none.
    """

    events: str
    params: Path | None = None
    promote: bool = False
    anyway: bool = False
    policy: Path | None = None
    reviewers: Path | None = None


@dataclass(frozen=True, slots=True)
class Retrained:
    """What came of it, in lines.

    `version` is the registered one that was asked about, None where nothing had changed; `answer` is the gate's.
    """

    lines: tuple[str, ...]
    version: str | None = None
    answer: Answer | None = None

    @property
    def refused(self) -> bool:
        """Whether the gate has something against it."""
        return self.answer is not None and bool(self.answer.refusals)


def retrain(asked: Asked, plan: Plan, ask_gate: AskGate, progress: Progress) -> Retrained:
    """Train if there is something new to learn from, and ask the gate about the challenger.

    Args:
        asked: on what and how.
        plan: the features.
        ask_gate: compares a registered version with the champion, and promotes it if told to and nothing speaks
            against it.
        progress: called with (done, total, what).

    Raises:
        ParameterError: the file of parameters can't be used.
        ReviewersError: the file of reviewers' rates can't be used.
        DatasetError, EventError, StoreError, BundleError, TrackingError: in one line.
    """
    address = connect()  # a wrong address shows before the training, not after
    with _registered(CHAMPION) as champion, _registered(CHALLENGER) as challenger:
        config = replace(
            recipe(champion, asked.params),
            policy=read_policy(asked.policy or default_policy_path()),
            reviewers=None if asked.reviewers is None else read_reviewers(asked.reviewers),
            folds=FOLDS,
        )
        events = events_from(asked.events)
        done = None if asked.anyway else _done_already((champion, challenger), events, plan, config, progress)
        if done is not None and done is champion:
            told = f"nothing changed: champion {done.model_version} learned from these data, in this way; no training"
            return Retrained((told,))
        if done is not None:
            lines = [f"challenger {done.model_version} learned from these data already, in this way; no training"]
            version = str(find_version(CHALLENGER).version)
        else:
            trained = train(events, plan, config, progress, parity_of(asked.events, progress))
            progress(0, 1, "logging to MLflow")
            registered = log_training(trained, asked.events)
            progress(1, 1, "logging to MLflow")
            version = registered.version
            lines = [summary(trained), *registered.lines(address)]
    answer = ask_gate(version, promote=asked.promote)
    return Retrained((*lines, "", *answer.lines, *_conclusion(version, answer, asked)), version, answer)


def recipe(champion: Bundle | None, params: Path | None) -> TrainingConfig:
    """How to train: as the champion was, with other parameters of LightGBM if a file gives some.

    Raises:
        ParameterError: the file can't be read, or has a key that is no parameter, or a value of another kind.
    """
    known = {} if champion is None else champion.contents.training
    boosting = _config(BoostingConfig, known.get("boosting"))
    if params is not None:
        boosting = BoostingConfig(**{**asdict(boosting), **read_parameters(params)})
    return TrainingConfig(_config(SplitConfig, known.get("split")), boosting)


def _config(kind: type[_Config], known: object) -> _Config:
    """What a bundle remembers of a configuration; keys that this release doesn't have are left out."""
    if not isinstance(known, dict):
        return kind()
    return kind(**{field.name: known[field.name] for field in fields(kind) if field.name in known})


@contextmanager
def _registered(role: str) -> Iterator[Bundle | None]:
    """The bundle of the version in a role, None where there is none."""
    with ExitStack() as stack:
        try:
            find_version(role)
        except TrackingError as error:
            if getattr(error.__cause__, "error_code", None) not in _NOT_THERE:
                raise
            yield None
            return
        yield stack.enter_context(bundle_of(role))


def _done_already(
    bundles: tuple[Bundle | None, ...], events: pa.Table, plan: Plan, config: TrainingConfig, progress: Progress
) -> Bundle | None:
    """The first of the bundles that was made from these events in this way.

    The dataset is only made where the last event is still the same: otherwise there is something new for certain.
    """
    wanted = {"split": asdict(config.split), "boosting": asdict(config.boosting)}
    end_ms = int(pc.max(events["known_at_ms"]).as_py() or 0) + 1
    likely = [
        bundle
        for bundle in bundles
        if bundle is not None
        and bundle.contents.catalog_hash == plan.catalog_hash
        and all(bundle.contents.training.get(name) == value for name, value in wanted.items())
        and _end_ms(bundle) in {None, end_ms}
    ]
    if not likely:
        return None
    dataset = cut_dataset(replace(gather(events, plan, progress), reviewers=config.reviewers), config.split)
    data_hash = append_texts(dataset, config.reader, progress).dataset.data_hash
    return next((bundle for bundle in likely if bundle.contents.training.get("data_hash") == data_hash), None)


def _end_ms(bundle: Bundle) -> int | None:
    """Just after the last event that a model's training knew, None where its bundle doesn't tell."""
    try:
        return reference_of(bundle).to_ms
    except DriftError:
        return None


def _conclusion(version: str, answer: Answer, asked: Asked) -> Iterator[str]:
    if answer.refusals:
        yield from answer.refusals
        yield f"version {version} stays challenger: the gate has something against it, as said above"
    elif asked.promote:
        yield f"version {version} is champion, as {answer.tag}"
    else:
        yield f"version {version} passes the gate and is ready: promote it, or retrain with --promote"
