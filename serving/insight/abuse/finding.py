"""A finding: a pattern on record that chance or custom doesn't explain, with everything that it rests on.

It counts; it doesn't say who is guilty.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, Self, TypeAlias, get_args

import numpy as np

from features.arrays import Ints
from serving.insight.abuse.columns import Columns, Flags, ThingKind
from serving.insight.record import times

Kind: TypeAlias = Literal[
    "ring",
    "reused_evidence",
    "new_accounts",
    "collusion",
    "serial_refund_only",
    "denied_receipt",
    "wardrobing",
    "empty_returns",
    "extortion",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
KEPT_CLAIMS: Final = 200  # the newest; counts and money are of all


@dataclass(frozen=True, slots=True)
class Member:
    """A buyer of a finding, with what is on record of them; `counted` are the claims that the pattern consists of."""

    buyer_id: str
    orders: int
    claims: int
    counted: int
    asked_minor: int
    paid_minor: int
    since_ms: int


@dataclass(frozen=True, slots=True)
class Thing:
    """What members share, and who of them has it."""

    kind: ThingKind
    id: str
    buyers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One of the claims that a finding consists of."""

    claim_id: str
    buyer_id: str
    merchant_id: str | None
    filed_at_ms: int
    claim_type: str
    claim_reason: str
    asked_minor: int
    paid_minor: int | None
    verdict: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A named pattern.

    Attributes:
        key: the same at each refresh, as long as the pattern's first member stays.
        things: what links the members, where the pattern is one of links.
        count, expected: the claims counted, and how many others who buy the same would have; None where no rate tells.
        chance: how likely so many are by chance; None where the count alone speaks.
        tested: among how many buyers or groups it was looked for.
        asked_minor, paid_minor, open_minor: of the counted claims; open is what was asked and
            not decided yet, by a machine or the person that it was sent to.
        first_ms, last_ms: when the first and last counted claim was filed.
    """

    key: str
    kind: Kind
    members: tuple[Member, ...]
    things: tuple[Thing, ...]
    claims: tuple[ClaimLine, ...]
    merchant_id: str | None
    count: int
    expected: float | None
    chance: float | None
    tested: int
    asked_minor: int
    paid_minor: int
    open_minor: int
    first_ms: int
    last_ms: int

    def to_body(self) -> dict[str, Any]:
        """What JSON can hold."""
        return asdict(self)

    @classmethod
    def of_body(cls, body: dict[str, Any]) -> Self:
        """From what `to_body` gave."""
        return cls(
            **{
                **body,
                "members": tuple(Member(**each) for each in body["members"]),
                "things": tuple(Thing(each["kind"], each["id"], tuple(each["buyers"])) for each in body["things"]),
                "claims": tuple(ClaimLine(**each) for each in body["claims"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Strength:
    """How far a count stands out; see `Finding`."""

    expected: float | None = None
    chance: float | None = None
    tested: int = 0


def make_finding(
    columns: Columns,
    kind: Kind,
    members: Sequence[int],
    rows: Ints,
    strength: Strength,
    *,
    things: Sequence[Thing] = (),
    merchant: int | None = None,
) -> Finding:
    """The finding about some buyers (codes) that consists of the claims at some rows."""
    lines = claim_lines(columns, rows)
    known = _members(columns, members, rows)
    asked = times(columns.record.claims, "amount_minor")[rows]
    undecided = _undecided(columns)[rows]
    shop = None if merchant is None else columns.merchants.names[merchant]
    return Finding(
        key=key_of(kind, known[0].buyer_id if shop is None else shop),
        kind=kind,
        members=known,
        things=tuple(things),
        claims=tuple(lines[:KEPT_CLAIMS]),
        merchant_id=shop,
        count=len(rows),
        expected=strength.expected,
        chance=strength.chance,
        tested=strength.tested,
        asked_minor=sum(line.asked_minor for line in lines),
        paid_minor=sum(line.paid_minor or 0 for line in lines),
        open_minor=int(asked[undecided].sum()),
        first_ms=min(line.filed_at_ms for line in lines),
        last_ms=max(line.filed_at_ms for line in lines),
    )


def key_of(kind: Kind, first: str) -> str:
    """The key of a finding: of its kind and its first member, so that what is noted about it is found again."""
    return hashlib.sha256(f"{kind}\0{first}".encode()).hexdigest()[:16]


def claim_lines(columns: Columns, rows: Ints) -> list[ClaimLine]:
    """Claims as a finding shows them, the newest first."""
    names = (
        *("claim_id", "buyer_id", "merchant_id", "filed_at_ms", "claim_type", "claim_reason"),
        *("amount_minor", "refunded_minor", "verdict"),
    )
    table = columns.record.claims.select(names).take(rows)
    lines = [ClaimLine(*values) for values in zip(*(table[name].to_pylist() for name in names), strict=True)]
    return sorted(lines, key=lambda line: (-line.filed_at_ms, line.claim_id))


def _undecided(columns: Columns) -> Flags:
    """Claims without a decision, and those sent to a person who has neither paid nor ruled."""
    claims = columns.record.claims
    unruled = np.asarray(claims["verdict"].is_null(), dtype=np.bool_) & (times(claims, "refunded_minor") <= 0)
    undecided: Flags = (times(claims, "decided_at_ms") < 0) | (columns.says("action", "manual_review") & unruled)
    return undecided


def _members(columns: Columns, members: Sequence[int], rows: Ints) -> tuple[Member, ...]:
    """The members, who was there first at first."""
    claims = columns.record.claims
    asked, paid = times(claims, "amount_minor"), np.maximum(times(claims, "refunded_minor"), 0)
    seen = [times(columns.record.orders, "paid_at_ms"), times(claims, "filed_at_ms")]
    found = []
    for code in members:
        ordered, filed = columns.rows_of_buyer(code)
        own = rows[columns.buyers.claims[rows] == code]
        since = min(int(when[at].min()) for when, at in zip(seen, (ordered, filed), strict=True) if len(at))
        sums = (int(asked[own].sum()), int(paid[own].sum()))
        found.append(Member(columns.buyers.names[code], len(ordered), len(filed), len(own), *sums, since))
    return tuple(sorted(found, key=lambda member: (member.since_ms, member.buyer_id)))
