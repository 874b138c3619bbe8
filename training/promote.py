"""A model becomes champion or challenger: its bundle goes into BentoML's model store, where services find it.

Each promotion makes a new entry in that store, named by its moment and the bundle's version, so the newest entry under
a name is the model in that role. A champion's is also put on record (`training.champions`), which is how the way back
is found.

What a gate says against a champion can be overridden, by somebody who gives a name and a reason. That a bundle passes
its own checks can not: no service would take it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

import bentoml
from mlflow.entities.model_registry import ModelVersion

from features.plan import Plan
from serving.bundle import Bundle, BundleError, check_catalog, read_bundle
from serving.scorer import Scorer
from training.champions.promotion import How, Promotion, before, user_name
from training.champions.records import champion_version, new_id, read_promotions, write_promotion
from training.gate.running import Judged
from training.tracking import (
    CHALLENGER,
    CHAMPION,
    Role,
    TrackingError,
    connect,
    download_bundle,
    find_version,
    set_alias,
)

MODEL_NAMES: Final[Mapping[Role, str]] = {CHAMPION: "clearclaim", CHALLENGER: "clearclaim-challenger"}
FetchBundle: TypeAlias = Callable[[], Bundle]
Gate: TypeAlias = Callable[[Bundle, FetchBundle | None], Judged]


class PromotionError(RuntimeError):
    """A promotion that can't be: the message says why and what to do."""


class RefusedError(PromotionError):
    """The gate has something against a version; `judged` says what."""

    def __init__(self, version: str, judged: Judged) -> None:
        count = len(judged.refusals)
        super().__init__(
            f"version {version} doesn't become champion, for the {count} reason{'s' * (count > 1)} above; who must "
            "promote it all the same says so by --force --by NAME --reason TEXT"
        )
        self.judged = judged


@dataclass(frozen=True, slots=True)
class Promoted:
    """What was promoted: the registered version, the bundle's version and the tag in BentoML's model store.

    `judged` is what the gate found, None where it wasn't asked.
    """

    version: str
    model_version: str
    tag: str
    judged: Judged | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """Who promotes and why; `force` in spite of what the gate says, which needs both.

    Raises:
        PromotionError: one of them is missing.
    """

    by: str | None = None
    reason: str = ""
    force: bool = False

    def __post_init__(self) -> None:
        """Refuse force without a name or a reason."""
        if self.force and not ((self.by or "").strip() and self.reason.strip()):
            raise PromotionError("--force needs --by NAME and --reason TEXT: both go on record")

    @property
    def name(self) -> str:
        """Who it is: as given, or as the machine knows."""
        return (self.by or "").strip() or user_name()


def promote(
    alias_or_number: str,
    plan: Plan,
    role: Role = CHAMPION,
    gate: Gate | None = None,
    signature: Signature | None = None,
) -> Promoted:
    """Check a registered version's bundle, put it into BentoML's model store, and give it the alias of its role.

    Args:
        alias_or_number: of the registered version.
        plan: the features that services compute.
        role: what it becomes.
        gate: asked before a version becomes champion; None for no gate. It is told how to fetch the champion's bundle,
            None where there is no champion. The champion itself, promoted again, only goes into this machine's store.
        signature: who promotes and why.

    Raises:
        TrackingError: if there is no such version.
        BundleError: if its bundle doesn't pass its checks, or belongs to another catalogue of features.
        RefusedError: the gate has something against it, and nobody forces it.
        PromotionError: another version became champion meanwhile.
    """
    connect()
    version, signature = find_version(alias_or_number), signature or Signature()
    with _fetched(version, plan) as bundle:
        if role != CHAMPION:
            promoted = Promoted(str(version.version), bundle.model_version, _install(version, bundle, role, plan))
            set_alias(version, role)
            return promoted
        champion = champion_version()
        if champion == str(version.version):
            return Promoted(champion, bundle.model_version, _install(version, bundle, role, plan))
        judged = None if gate is None else _ask(gate, bundle, champion, plan)
        if judged is not None and judged.refusals and not signature.force:
            raise RefusedError(str(version.version), judged)
        if champion_version() != champion:
            raise PromotionError(
                f"another version became champion while version {version.version} was held against the one before; "
                "run this again, and it is held against that"
            )
        how: How = "forced" if judged is not None and judged.refusals else "promoted"
        return _crown(version, bundle, plan, how, signature, judged)


def roll_back(number: str | None, plan: Plan, *, by: str | None = None, reason: str = "") -> Promoted:
    """Make an earlier champion champion again: the one before, or the one with a number. No gate is asked.

    Raises:
        TrackingError: there is no registered model.
        BundleError: its bundle doesn't pass its checks here.
        PromotionError: there was no champion before, or that version never was one.
    """
    connect()
    promotions, champion = read_promotions(), champion_version()
    if number is not None and number not in {each.version for each in promotions}:
        raise PromotionError(f"version {number} never was champion, as far as is on record; promote it instead")
    target = before(promotions, champion) if number is None else number
    if target is None:
        raise PromotionError("no champion before this one is on record; promote a version by its number instead")
    if target == champion:
        raise PromotionError(f"version {target} is champion already; 'clearclaim-train history' shows the others")
    version = find_version(target)
    with _fetched(version, plan) as bundle:
        return _crown(version, bundle, plan, "rolled_back", Signature(by, reason), None)


@contextmanager
def _fetched(version: ModelVersion, plan: Plan) -> Iterator[Bundle]:
    """The bundle of a version, as a service would take it, for as long as it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = read_bundle(download_bundle(version, Path(folder)))
        check_catalog(bundle, plan.catalog_hash)
        Scorer(bundle).close()  # it scores the bundle's probes
        yield bundle


def _ask(gate: Gate, bundle: Bundle, champion: str | None, plan: Plan) -> Judged:
    if champion is None:
        return gate(bundle, None)
    with tempfile.TemporaryDirectory() as folder:

        def fetch() -> Bundle:
            try:
                found = read_bundle(download_bundle(find_version(champion), Path(folder)))
            except TrackingError as error:
                raise BundleError(str(error)) from error
            check_catalog(found, plan.catalog_hash)
            return found

        return gate(bundle, fetch)


def _crown(
    version: ModelVersion, bundle: Bundle, plan: Plan, how: How, signature: Signature, judged: Judged | None
) -> Promoted:
    """Into the store, on record, and then the alias: it never names what no service can load, nor what nobody told."""
    moment = datetime.now(UTC)
    tag = _install(version, bundle, CHAMPION, plan, moment)
    promotion = Promotion(
        id=new_id(moment),
        at_ms=int(moment.timestamp() * 1000),
        version=str(version.version),
        bundle_version=bundle.model_version,
        how=how,
        by=signature.name,
        reason=signature.reason.strip(),
        refusals=() if judged is None else tuple(map(str, judged.refusals)),
        cost_change="" if judged is None else judged.cost_change,
    )
    write_promotion(promotion, version)
    set_alias(version, CHAMPION)
    return Promoted(promotion.version, bundle.model_version, tag, judged)


def _install(version: ModelVersion, bundle: Bundle, role: Role, plan: Plan, moment: datetime | None = None) -> str:
    """Put a bundle into BentoML's model store, as the newest under its role's name; returns its tag."""
    named = (moment or datetime.now(UTC)).strftime("%Y%m%dt%H%M%S%f")
    with bentoml.models.create(
        f"{MODEL_NAMES[role]}:{named}-{bundle.model_version}",
        labels={"bundle_version": bundle.model_version, "registered_version": str(version.version)},
        metadata={"run_id": str(version.run_id), "catalog_hash": plan.catalog_hash},
    ) as stored:
        shutil.copytree(bundle.path, stored.path, dirs_exist_ok=True)
    return str(stored.tag)
