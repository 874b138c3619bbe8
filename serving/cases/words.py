"""The words of people's work: what kinds of cases there are, how they stand, what happens to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, get_args

CaseKind: TypeAlias = Literal["review", "audit", "appeal", "mediation", "gold", "double"]
AppealKind: TypeAlias = Literal["appeal", "mediation"]
# pending: ruled, and can be undone for a minute
CaseState: TypeAlias = Literal["waiting", "assigned", "awaiting_evidence", "pending", "closed"]
# who may take it: anyone who reviews; somebody else than those who proposed its ruling; a senior
Lane: TypeAlias = Literal["anyone", "second", "senior"]
Step: TypeAlias = Literal[
    "opened",
    "taken",
    "given_back",
    "lease_ended",
    "looked",
    "evidence_asked",
    "evidence_given",
    "evidence_overdue",
    "escalated",
    "proposed",  # ruled by the first of two people
    "ruled",
    "seconded",
    "contested",
    "undone",
    "released",
    "withdrawn",
]
Ruling: TypeAlias = Literal["approve", "partly_approve", "deny"]  # what decides a claim
DenialReason: TypeAlias = Literal["false_statement", "goods_differ", "used_and_returned", "not_covered", "no_evidence"]
ReasonsArm: TypeAlias = Literal["first", "after_look", "never"]
Role: TypeAlias = Literal["reviewer", "senior", "auditor", "administrator"]
Party: TypeAlias = Literal["buyer", "merchant"]

CASE_KINDS: Final[tuple[CaseKind, ...]] = get_args(CaseKind)
APPEAL_KINDS: Final[tuple[AppealKind, ...]] = get_args(AppealKind)
CASE_STATES: Final[tuple[CaseState, ...]] = get_args(CaseState)
LANES: Final[tuple[Lane, ...]] = get_args(Lane)
RULINGS: Final[tuple[Ruling, ...]] = get_args(Ruling)
DENIAL_REASONS: Final[tuple[DenialReason, ...]] = get_args(DenialReason)
ROLES: Final[tuple[Role, ...]] = get_args(Role)
OPEN_STATES: Final[tuple[CaseState, ...]] = tuple(state for state in CASE_STATES if state != "closed")
# cases that somebody waits for, or that learning needs; the others measure reviewers, and release nothing
BLIND_KINDS: Final[frozenset[CaseKind]] = frozenset({"gold", "double"})
SYSTEM: Final = "clearclaim"  # who takes the steps that no person takes

# What learning is told of a denial. Who was refused for want of cover or evidence wasn't found to have cheated.
VERDICT_OF_DENIAL: Final[Mapping[DenialReason, Literal["abusive", "undetermined"]]] = {
    "false_statement": "abusive",
    "goods_differ": "abusive",
    "used_and_returned": "abusive",
    "not_covered": "undetermined",
    "no_evidence": "undetermined",
}
