"""What an audience sees of the decision: the row, what it was decided on, and how it was explained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final, TypeAlias

from features.plan import Plan
from serving.evidence_pack.claim_seen import Seeing
from serving.evidence_pack.record import parsed
from serving.explaining.messages import Audience, Explanation
from serving.past_decision.models import ModelSource

Explanations: TypeAlias = Mapping[Audience, Explanation | None]

_OF_BUYER: Final = ("decided_at_ms", "outcome", "decision", "how", "entitlements")
_OF_MERCHANT: Final = ("decided_at_ms", "action", "decision", "charged_to", "authority", "freight_payer")
NO_DECISION: Final = "the service decided nothing on this claim: it was imported, or a person dealt with it elsewhere"


def decision_seen(seeing: Seeing, explanations: Explanations) -> dict[str, Any]:
    """The decision: for a court the whole row, for a party what they were told of it."""
    entry = seeing.record.decision
    if entry is None:
        return {"decision": None, "why": NO_DECISION}
    audience = seeing.view.audience
    if audience != "court":
        told = explanations[audience]
        said = {} if told is None else told.model_dump(mode="json")
        wanted = _OF_BUYER if audience == "buyer" else _OF_MERCHANT
        own = {name: said.get(name) for name in wanted}
        return {"decision": seeing.hiding.walk({"policy_version": entry.policy_version, **own})}
    row = asdict(entry)
    answer, facts = parsed(row["answer"]), parsed(row["facts"])
    seen = seeing.hiding.walk({**row, "answer": answer, "facts": facts})
    if not seeing.view.masks_ids:  # the exact texts are what the seal's digest runs over
        seen["as_stored"] = {"answer": row["answer"], "facts": row["facts"]}
    return {"decision": seen}


def vector_seen(seeing: Seeing, plan: Plan) -> dict[str, Any]:
    """The feature vector that was served, with the meaning of each column where this release knows them."""
    record = seeing.record
    if record.vector is None:
        return {"vector": None, "why": "no vector was logged for this claim"}
    values: list[float] = record.vector.tolist()
    known = record.catalog_hash == plan.catalog_hash and len(values) == len(plan.columns)
    columns: list[dict[str, Any]] = [
        {
            "name": column.name,
            "meaning": {"en": column.meaning.en, "zh-CN": column.meaning.zh},
            "unit": column.unit,
            "reason": column.reason.code,
        }
        for column in plan.columns
    ]
    named = columns if known else [{"position": place} for place in range(1, len(values) + 1)]
    return {
        "as_of_ms": record.vector_as_of_ms,
        "catalog_hash": record.catalog_hash,
        "columns_known": known,
        "vector": [{**column, "value": _number(value)} for column, value in zip(named, values, strict=True)],
    }


def model_seen(seeing: Seeing, models: ModelSource) -> dict[str, Any]:
    """The model of then: its version, and what its bundle says of how it was trained, if it is to be had."""
    entry = seeing.record.decision
    if entry is None or entry.model_version is None:
        return {"model_version": None, "why": "no model took part in a decision on this claim"}
    found = models.find(entry.model_version)
    if found.model is None:
        return {"model_version": entry.model_version, "why": f"not to be had: {found.said}"}
    contents = found.model.bundle.contents
    return {
        "model_version": entry.model_version,
        "found_as": found.said,
        "created_at_ms": contents.created_at_ms,
        "catalog_hash": contents.catalog_hash,
        "columns": len(contents.columns),
        "training": dict(contents.training),
        "metrics": dict(contents.metrics),
        "package_versions": dict(contents.versions),
        "card": contents.card,
    }


def explanations_seen(seeing: Seeing, explanations: Explanations) -> dict[str, Any]:
    """How the decision is explained to each whom this audience may hear."""
    seen: dict[str, Any] = {}
    for audience, told in explanations.items():
        said = None if told is None else seeing.hiding.walk(told.model_dump(mode="json"))
        if said is not None and said.get("text"):
            said["text"] = seeing.hiding.free_text(said["text"])
        seen[audience] = said
    return seen


def _number(value: float) -> float | str | None:
    """A value as JSON can hold it: nothing where nothing is known."""
    return None if math.isnan(value) else value if math.isfinite(value) else str(value)
