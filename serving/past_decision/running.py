"""What `clearclaim ledger replay` does: a decision made again, and the page that shows it beside the one of then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from features.store import Store
from serving.answer import Answer
from serving.ledger import LedgerEntry, refuse_old_ledger
from serving.past_decision.again import ReplayError, decide_again, find_basis
from serving.past_decision.models import FoundModel, ModelSource
from serving.past_decision.policies import FoundPolicy, find_past_policy
from serving.past_decision.record import find_past_decision
from serving.past_decision.side_by_side import Pair, compare
from serving.policy import Policy


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision of then beside the one of now: with which model and policy, and value by value."""

    entry: LedgerEntry
    model: FoundModel
    policy: FoundPolicy
    pairs: tuple[Pair, ...]

    @property
    def same(self) -> bool:
        """Whether every value is the same."""
        return all(pair.same for pair in self.pairs)


def replay_decision(store: Store, claim_id: str, current: Policy, models: ModelSource) -> Replayed:
    """Make a past decision again.

    Args:
        store: where it is on record.
        claim_id: whose it is.
        current: the policy to take if it is the one of then, or if that isn't to be had.
        models: where to look for the model of then.

    Raises:
        ReplayError: the claim was never decided, or what it rests on can't be used now.
        PolicyError: the policy of then was kept and can't be read now.
        StoreError: an older clearclaim made the ledger, or the row can't be read.
    """
    refuse_old_ledger(store)
    with store.reading() as connection:
        past = find_past_decision(connection, claim_id)
        if past is None:
            raise ReplayError(f"claim {claim_id!r} has no decision in store {store.name}; check its id")
        model = _model_of(past.entry, models)
        policy = find_past_policy(connection, past.entry.policy_version, current)
        basis = find_basis(connection, past, policy.policy, model.model, store.plan)
    now = decide_again(past, basis)
    return Replayed(past.entry, model, policy, (*compare(past.entry.answer, now), *_of_row(past.entry, now)))


def page(replayed: Replayed) -> Iterator[str]:
    """The page, line by line."""
    entry, found = replayed.entry, replayed.policy
    moment = dt.datetime.fromtimestamp(entry.decided_at_ms / 1000, dt.UTC).isoformat(timespec="milliseconds")
    yield f"claim {entry.claim_id}, decided {moment}"
    yield f"model   {entry.model_version or 'none'}: {replayed.model.said}"
    match found.source:
        case "current":
            yield f"policy  {entry.policy_version}: the current one"
        case "kept":
            yield f"policy  {entry.policy_version}: as the service kept it"
        case "another":
            yield f"policy  {entry.policy_version}: MISSING; give its file with --policy"
            yield f"        judged under the current one, {found.policy.version}, instead: that may be what differs"
    yield Pair("", "then", "now").line().replace("! ", "  ", 1)
    for pair in replayed.pairs:
        yield pair.line()
    different = sum(not pair.same for pair in replayed.pairs)
    yield f"all {len(replayed.pairs)} values are the same" if replayed.same else f"{different} values differ"


def _model_of(entry: LedgerEntry, models: ModelSource) -> FoundModel:
    if entry.model_version is None:
        return FoundModel(None, "there was none")
    found = models.find(entry.model_version)
    if found.model is None:
        return FoundModel(None, f"MISSING, so its probabilities are taken as recorded; {found.said}")
    return found


def _of_row(entry: LedgerEntry, now: Answer) -> Iterator[Pair]:
    """What the ledger's row says beside its answer, against the answer of now."""
    draw = now.audit
    said = {
        "action": now.action,
        "abuse_probability": now.abuse_probability,
        "recovery_probability": now.recovery_probability,
        "review_gain_minor": now.review_gain_minor,
        "capacity_price_minor": now.capacity_price_minor,
        "audit_stratum": None if draw is None else draw.stratum,
        "audit_propensity_ppm": None if draw is None else round(draw.propensity * 1_000_000),
        "audited": None if draw is None else draw.drawn,
    }
    for name, value in said.items():
        yield Pair(f"row.{name}", repr(getattr(entry, name)), repr(value))
