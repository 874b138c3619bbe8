"""What a retraining asks of the gate: whether a version may become champion, and to make it so.

The only place where a retraining and the gate touch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from features.plan import Plan
from features.progress import Progress
from serving.bundle import Bundle, read_bundle
from training.bundle_of import bundle_of
from training.gate.running import Evidence, Judged, judge_promotion, lines_of
from training.promote import RefusedError
from training.promote import promote as promote_version
from training.tracking import CHAMPION, TrackingError, download_bundle, find_version


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate says: the figures it went by in `lines`, and what speaks against the version in `refusals`.

    `tag` is what the version is called in BentoML's model store, None where it was not promoted.
    """

    refusals: tuple[str, ...]
    lines: tuple[str, ...]
    tag: str | None = None


class AskGate(Protocol):
    """Asks about a registered version, by its number; promotes it if told to and nothing speaks against it."""

    def __call__(self, version: str, *, promote: bool) -> Answer:
        """What the gate says."""


def gate_on(events: str, policy: Path | None, plan: Plan, progress: Progress) -> AskGate:
    """The gate, with the evidence that it goes by.

    Args:
        events: a Parquet file's path, or a store's URL; on its later claims both models are compared.
        policy: the file of the policy that decides with either; None for the shipped one.
        plan: the features.
        progress: called with (done, total, what).
    """

    def ask(version: str, *, promote: bool) -> Answer:
        evidence = Evidence(events=events, policy=policy)

        def judge(bundle: Bundle, champion: Callable[[], Bundle] | None) -> Judged:
            return judge_promotion(bundle, champion, plan, evidence, progress)

        if not promote:
            with bundle_of(version) as bundle, TemporaryDirectory() as folder:
                judged = judge(bundle, _champion(Path(folder)))
            return Answer(tuple(map(str, judged.refusals)), tuple(lines_of(judged)))
        try:
            promoted = promote_version(version, plan, gate=judge)
        except RefusedError as refused:
            return Answer(tuple(map(str, refused.judged.refusals)), tuple(lines_of(refused.judged)))
        return Answer((), () if promoted.judged is None else tuple(lines_of(promoted.judged)), promoted.tag)

    return ask


def _champion(folder: Path) -> Callable[[], Bundle] | None:
    """How to fetch the champion's bundle, None where there is no champion."""
    try:
        version = find_version(CHAMPION)
    except TrackingError:
        return None
    return lambda: read_bundle(download_bundle(version, folder))
