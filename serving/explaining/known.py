"""What is to be had of a past decision: its row, and the model, policy and lists of then."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from features.events import EventKind
from features.plan import Plan
from features.store.schema import EVENT
from serving.past_decision.again import Basis, ReplayError, find_basis
from serving.past_decision.models import FoundModel, ModelSource
from serving.past_decision.policies import FoundPolicy, find_past_policy
from serving.past_decision.record import PastDecision, find_past_decision
from serving.policy import Policy, PolicyError


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A past decision with all that explains it.

    Attributes:
        basis: to decide the claim again on; None where it can't be.
        ruled: whether a person, to whom the claim was sent, has ruled on it since.
        notes: what isn't to be had, and why.
    """

    past: PastDecision
    policy: FoundPolicy
    model: FoundModel
    basis: Basis | None
    ruled: bool
    notes: tuple[str, ...]


def find_known(
    connection: sa.Connection, claim_id: str, current: Policy, models: ModelSource, plan: Plan
) -> Known | None:
    """A past decision with all that explains it, or None if the claim was never decided.

    Raises:
        StoreError: the row can't be read.
    """
    past = find_past_decision(connection, claim_id)
    if past is None:
        return None
    notes: list[str] = []
    model = _model(past, models)
    if past.entry.model_version is None:
        notes.append("there was no model when it was decided")
    elif model.model is None:
        notes.append(f"model {past.entry.model_version}: {model.said}")
    policy = _policy(connection, past, current, notes)
    try:
        basis = find_basis(connection, past, policy.policy, model.model, plan)
    except ReplayError as error:
        notes.append(str(error))
        basis = None
    ruling = sa.select(EVENT.c.sequence).where(
        EVENT.c.claim_id == claim_id, EVENT.c.kind == str(EventKind.CLAIM_ADJUDICATED)
    )
    # a ruling on a claim that was granted is an audit's, of which nobody else is to know
    ruled = past.entry.action == "manual_review" and connection.scalar(ruling.limit(1)) is not None
    return Known(past=past, policy=policy, model=model, basis=basis, ruled=ruled, notes=tuple(notes))


def _model(past: PastDecision, models: ModelSource) -> FoundModel:
    version = past.entry.model_version
    return FoundModel(None, "") if version is None else models.find(version)


def _policy(connection: sa.Connection, past: PastDecision, current: Policy, notes: list[str]) -> FoundPolicy:
    version = past.entry.policy_version
    try:
        found = find_past_policy(connection, version, current)
    except PolicyError as error:
        notes.append(str(error))
        return FoundPolicy(current, "another")
    if found.source == "another":
        notes.append(f"policy {version}: no service kept it; policy {current.version} was looked at in its place")
    return found
