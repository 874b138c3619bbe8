"""All parts of what a person is shown of a claim, found in one go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import sqlalchemy as sa

from features.changed_facts import ChangedFacts
from features.events import Event, EventKind
from features.plan import Plan
from features.store.log import stored_claim
from serving.answer import AuthorityAnswer
from serving.claim import Language
from serving.decision import ClaimFacts
from serving.dossier.claim import ClaimShown, claim_shown
from serving.dossier.earlier import NOTHING, Earlier, find_earlier
from serving.dossier.guides import Guide, guide_of
from serving.dossier.linked import Linked, find_linked
from serving.dossier.pictures import SeenElsewhere, find_seen_elsewhere
from serving.dossier.similar import SimilarClaim, SimilarClaims, similar_claims
from serving.dossier.time_lines import TimeLine, find_time_line
from serving.dossier.weighing import Weighing, weigh
from serving.dossier.why import Why, find_why
from serving.explaining.known import Known, find_known
from serving.past_decision.models import ModelSource
from serving.policy import Policy

SimilarState: TypeAlias = Literal["found", "being_prepared", "not_asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A claim as it was known before a moment.

    Attributes:
        as_of_ms: the moment; milliseconds UTC.
        claim: the claim and its order.
        authority: what entitles the platform to charge the merchant, as it is on record.
        why: the decision's own account; None for a claim that was never decided, or while it is kept back.
        weighing: reasons; None where the model of then isn't to be had, or while it is kept back.
        shows_model: whether what tells of the model's probability was asked for at all.
        buyer, merchant: their time lines; None where the claim names none, or its event was pruned.
        linked: accounts that share something with the buyer.
        seen_elsewhere: the claim's pictures in other claims.
        similar: past claims like this one; `similar_state` says why there may be none.
        guide: for the claim's reason.
        earlier: what people did on the claim before; nothing while it is kept back.
    """

    as_of_ms: int
    claim: ClaimShown
    authority: AuthorityAnswer | None
    why: Why | None
    weighing: Weighing | None
    shows_model: bool
    buyer: TimeLine | None
    merchant: TimeLine | None
    linked: Linked
    seen_elsewhere: tuple[SeenElsewhere, ...]
    similar: tuple[SimilarClaim, ...]
    similar_state: SimilarState
    guide: Guide
    earlier: Earlier


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What dossiers are made from beside the store.

    Attributes:
        plan: of the store's history.
        models: finds the model of then.
        policy: the one in force; it stands in where the one of then isn't to be had.
        similar: None where no similar claims are looked for.
    """

    plan: Plan
    models: ModelSource
    policy: Policy
    similar: SimilarClaims | None = None


def find_dossier(
    connection: sa.Connection,
    claim_id: str,
    as_of_ms: int,
    sources: Sources,
    language: Language,
    *,
    model: bool = True,
    rulings: bool = True,
    measures: bool = False,
) -> Dossier | None:
    """A claim's dossier; None if it isn't on record. Takes some milliseconds; writes nothing.

    Args:
        connection: to the store, in a transaction that reads one state of it.
        claim_id: whose.
        as_of_ms: nothing that was known at this moment or later is in it, but the claim itself and its decision.
        sources: the rest.
        language: of the reasons and the guide.
        model: whether to tell what the model's probability can be read from: reasons, costs, rules, similar claims, and
            the claim's own decision.
        rulings: whether to tell what people ruled on this claim.
        measures: whether to tell of gold cases and doubles, too.

    Raises:
        StoreError: the stored decision can't be read.
    """
    filed = stored_claim(connection, claim_id)
    known = find_known(connection, claim_id, sources.policy, sources.models, sources.plan)
    facts = None if known is None else known.past.facts
    claim = claim_shown(connection, filed, facts)
    if claim is None:
        return None
    shown = known if model else None
    similar, similar_state = _similar(connection, shown, sources, as_of_ms)
    lines = _time_lines(connection, filed, sources, as_of_ms, model=model, rulings=rulings)
    return Dossier(
        as_of_ms=as_of_ms,
        claim=claim,
        authority=_authority(known, facts),
        why=None if shown is None else find_why(shown, _changed_facts(sources.plan)),
        weighing=None if shown is None else weigh(shown, sources.plan, language),
        shows_model=model,
        buyer=lines[0],
        merchant=lines[1],
        linked=find_linked(connection, sources.plan, claim.buyer_id, as_of_ms),
        seen_elsewhere=() if filed is None else find_seen_elsewhere(connection, sources.plan, filed, as_of_ms),
        similar=similar,
        similar_state=similar_state,
        guide=guide_of(claim.reason, language),
        earlier=find_earlier(connection, claim_id, as_of_ms, measures=measures) if rulings else NOTHING,
    )


def _time_lines(
    connection: sa.Connection, filed: Event | None, sources: Sources, as_of_ms: int, *, model: bool, rulings: bool
) -> tuple[TimeLine | None, TimeLine | None]:
    if filed is None:
        return None, None
    buyer = find_time_line(connection, sources.plan, "buyer", filed, as_of_ms, rulings=rulings)
    merchant = find_time_line(connection, sources.plan, "merchant", filed, as_of_ms, rulings=rulings)
    return (buyer, merchant) if model else (_undecided(buyer), _undecided(merchant))


def _undecided(line: TimeLine | None) -> TimeLine | None:
    """A time line without the claim's own decision: what was approved at once, the model found harmless."""
    if line is None:
        return None
    kept = tuple(each for each in line.entries if not (each.is_this and each.kind is EventKind.CLAIM_DECIDED))
    return replace(line, entries=kept)


def _authority(known: Known | None, facts: ClaimFacts | None) -> AuthorityAnswer | None:
    if known is not None and known.past.answer.authority is not None:
        return known.past.answer.authority
    if facts is None or facts.authority is None:
        return None
    return AuthorityAnswer(kind=facts.authority.kind, reference=facts.authority.reference)


def _similar(
    connection: sa.Connection, known: Known | None, sources: Sources, as_of_ms: int
) -> tuple[tuple[SimilarClaim, ...], SimilarState]:
    """The champion's view of the claim, also where another model decided it."""
    past = None if known is None else known.past
    champion = None if sources.similar is None else sources.similar.champion()
    if sources.similar is None or champion is None or past is None or past.vector is None or past.facts is None:
        return (), "not_asked"
    if past.catalog_hash != sources.plan.catalog_hash:
        return (), "not_asked"
    text = None if past.filed is None else past.filed.claim_text
    whole = champion.scorer.complete(past.vector, text, past.facts.reason)
    found = sources.similar.find(champion, whole, past.entry.claim_id, as_of_ms)
    if found is None:
        return (), "being_prepared"
    return similar_claims(connection, found), "found"


_CHANGED: Final[dict[str, ChangedFacts]] = {}  # by the catalogue's hash: making one takes milliseconds


def _changed_facts(plan: Plan) -> ChangedFacts:
    known = _CHANGED.get(plan.catalog_hash)
    if known is None:
        known = _CHANGED[plan.catalog_hash] = ChangedFacts(plan)
    return known
