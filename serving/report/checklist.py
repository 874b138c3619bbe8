"""Transparency: a checklist of things that can be measured, each worth points, one hundred in all.

An item earns its points times the share to which it holds. Where there was nothing of its kind (no appeal, say), it
plays no part, and the score is what the others earned of what they could. What can't be looked at earns nothing;
but a quarter in which nothing was decided, charged, denied or due has no score: there was nothing to be open about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import sqlalchemy as sa

from features.progress import Progress
from features.spans import DAY_MS
from features.store import Store
from features.store.schema import VECTOR
from serving.cases.tables import REVIEW_CASE
from serving.cases.words import APPEAL_KINDS
from serving.ledger import DECISION
from serving.ledger_rulings import RULING
from serving.ledger_seal.chain import SealError, SealKeys
from serving.ledger_seal.tables import LEDGER_SEAL_ROW
from serving.ledger_seal.verifying import Verified, verify_ledger
from serving.policy_versions import POLICY_VERSION
from serving.report.answers import in_answer, in_told
from serving.report.figures import Goal, Said, Target, Value, share_of
from serving.report.ground import Ground

GOAL: Final = Goal("points", 80)
APPEAL_DAYS: Final = 7  # within which an appeal is to be answered
Name: TypeAlias = Literal["explained", "policies", "sealed", "verified", "appeals", "authority", "denials", "complete"]
POINTS: Final[dict[Name, int]] = {
    "explained": 20,
    "policies": 15,
    "sealed": 15,
    "verified": 10,
    "appeals": 15,
    "authority": 10,
    "denials": 5,
    "complete": 10,
}
# what was done in the quarter; the others tell of the store and of the report
_DONE: Final[frozenset[Name]] = frozenset({"explained", "policies", "sealed", "appeals", "authority", "denials"})


@dataclass(frozen=True, slots=True)
class Item:
    """One item: how far it holds, what that earns, and why it couldn't be looked at if so.

    `share` has no count where there was nothing of its kind.
    """

    name: Name
    points: int
    share: Value
    why_not: Said | None = None

    @property
    def counts(self) -> bool:
        """Whether it plays a part."""
        return self.why_not is not None or bool(self.share.count)

    @property
    def earned(self) -> float:
        """The points that it earns."""
        return self.points * (self.share.value or 0.0) if self.why_not is None else 0.0


def checklist(ground: Ground, verified: Value | Said, targets: Sequence[Target]) -> tuple[Item, ...]:
    """All items: `verified` is what `verify` found, `targets` are those of the report but transparency itself."""
    told = sum(target.value.value is not None for target in targets)
    if not ground.has(DECISION) or not _decisions(ground):
        found: dict[Name, Value | Said] = dict.fromkeys(("explained", "policies", "sealed"), Said("check_no_decisions"))
        found["authority"] = share_of(0, 0)
    else:
        found = {
            "explained": _share(ground, _explainable(ground)),
            "policies": _share(ground, _policy_is_kept(ground)),
            "sealed": _share(ground, _is_sealed(ground)),
            "authority": _authority(ground),
        }
    found |= {
        "verified": verified,
        "appeals": _appeals(ground),
        "denials": _denials(ground),
        "complete": share_of(told, len(targets)),
    }
    return tuple(_item(name, found[name]) for name in POINTS)


def transparency(items: Sequence[Item]) -> Target:
    """The score: of 100 points, or in proportion where items play no part; none where nothing was done."""
    if not any(item.share.count for item in items if item.name in _DONE):
        return Target("transparency", GOAL, Value("points", None), missing=(Said("transparency_none"),))
    possible = sum(item.points for item in items if item.counts)
    earned = sum(item.earned for item in items)
    value = Value("points", 100 * earned / possible, hits=round(earned), count=possible)
    return Target("transparency", GOAL, value)


def verify(store: Store, progress: Progress | None = None) -> Value | Said:
    """Hold the ledger against its seals: a share of 1 of 1 where all is as it was sealed; else why it isn't known."""
    verified = Verified()
    try:
        findings = sum(1 for _ in verify_ledger(store, SealKeys.from_environment(), verified, progress=progress))
    except SealError:
        return Said("check_no_key")
    return share_of(int(findings == 0), 1) if verified.seals else Said("check_no_seals")


def _item(name: Name, found: Value | Said) -> Item:
    if isinstance(found, Said):
        return Item(name, POINTS[name], share_of(0, 0), found)
    return Item(name, POINTS[name], found)


def _in_quarter(ground: Ground) -> sa.ColumnElement[bool]:
    span = ground.period.span
    return (DECISION.c.decided_at_ms >= span.from_ms) & (DECISION.c.decided_at_ms < span.until_ms)


def _decisions(ground: Ground) -> int:
    query = sa.select(sa.func.count()).select_from(DECISION).where(_in_quarter(ground))
    return ground.connection.scalar(query) or 0


def _share(ground: Ground, holds: sa.ColumnElement[bool]) -> Value:
    query = sa.select(sa.func.count()).select_from(DECISION).where(_in_quarter(ground), holds)
    return share_of(ground.connection.scalar(query) or 0, _decisions(ground))


def _explainable(ground: Ground) -> sa.ColumnElement[bool]:
    """What /v1/explain needs of a decision: its facts, and the vector that the model saw if there was one."""
    has_vector = sa.exists().where(VECTOR.c.claim_id == DECISION.c.claim_id)
    return DECISION.c.facts.is_not(None) & (DECISION.c.model_version.is_(None) | has_vector) & _policy_is_kept(ground)


def _policy_is_kept(ground: Ground) -> sa.ColumnElement[bool]:
    is_current = DECISION.c.policy_version == ground.policy.version
    if not ground.has(POLICY_VERSION):
        return is_current
    return is_current | DECISION.c.policy_version.in_(sa.select(POLICY_VERSION.c.version))


def _is_sealed(ground: Ground) -> sa.ColumnElement[bool]:
    if not ground.has(LEDGER_SEAL_ROW):
        return sa.false()
    return sa.exists().where(LEDGER_SEAL_ROW.c.claim_id == DECISION.c.claim_id)


def _authority(ground: Ground) -> Value:
    """Of what was charged to merchants, by decisions and by rulings, the share with an authority on record."""
    charged = in_answer(ground.connection, "charged_to") == "merchant"
    authority = in_answer(ground.connection, "authority", "kind").is_not(None)
    hits, count = _counted(ground, DECISION, _in_quarter(ground) & charged, authority)
    if ground.has(RULING):
        span, at_ms = ground.period.span, RULING.c.recorded_at_ms
        inside = (at_ms >= span.from_ms) & (at_ms < span.until_ms)
        charged = in_told(ground.connection, "charged_to") == "merchant"
        authority = in_told(ground.connection, "authority", "kind").is_not(None)
        more = _counted(ground, RULING, inside & charged, authority)
        hits, count = hits + more[0], count + more[1]
    return share_of(hits, count)


def _appeals(ground: Ground) -> Value | Said:
    """Of the appeals whose time for an answer ended in the quarter, the share that was answered within it."""
    if not ground.has(REVIEW_CASE):
        return Said("check_no_console")
    case, span = REVIEW_CASE.c, ground.period.span
    due_ms = case.opened_at_ms + APPEAL_DAYS * DAY_MS
    due = case.kind.in_(APPEAL_KINDS) & (due_ms >= span.from_ms) & (due_ms < span.until_ms)
    return share_of(*_counted(ground, REVIEW_CASE, due, case.ruled_at_ms <= due_ms))


def _denials(ground: Ground) -> Value | Said:
    """Of the claims that people denied, wholly or in part, the share whose buyer was told why in words."""
    if not ground.has(RULING):
        return Said("check_no_console")
    ruling, span = RULING.c, ground.period.span
    inside = (ruling.recorded_at_ms >= span.from_ms) & (ruling.recorded_at_ms < span.until_ms)
    told = in_told(ground.connection, "text_for_buyer")
    said = told.is_not(None) & (told != "")
    return share_of(*_counted(ground, RULING, inside & (ruling.ruling == "deny"), said))


def _counted(
    ground: Ground, table: sa.Table, among: sa.ColumnElement[bool], holds: sa.ColumnElement[bool]
) -> tuple[int, int]:
    """How many rows of those hold, and how many there are."""
    query = sa.select(sa.func.sum(sa.case((holds, 1), else_=0)), sa.func.count()).select_from(table).where(among)
    hits, count = ground.connection.execute(query).one()
    return int(hits or 0), count
