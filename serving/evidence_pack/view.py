"""Who may see what of a claim: one view for each audience and role, and what it leaves out.

What a view leaves out hangs on audience and role alone, never on what is on record: else the list of what was left out
would tell that there was something to leave out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from serving.cases.words import BLIND_KINDS, CaseKind, Role

PackAudience: TypeAlias = Literal["court", "buyer", "merchant"]
PackRole: TypeAlias = Role | Literal["operator"]  # who has the database needs no leave

ShownDigests: TypeAlias = Literal["all", "own", "none"]

PACK_AUDIENCES: Final[tuple[PackAudience, ...]] = get_args(PackAudience)
SEES_ALL: Final[frozenset[PackRole]] = frozenset({"senior", "auditor", "operator"})

PERSON_FIELDS: Final = ("buyer_id", "device_id", "address_id", "payment_id")


class Omission(NamedTuple):
    """What is left out of which file (`*`: of all); `what` is a field or the key of a text, `why` the key of a text."""

    file: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class View:
    """What one audience may see, from the hands of one role.

    Attributes:
        masks_ids: whether ids of people are told apart, but not told.
        names_people: whether those who ruled are named.
    """

    audience: PackAudience
    masks_ids: bool
    names_people: bool

    @property
    def is_court(self) -> bool:
        """Whether all that was decided on is shown: probability, costs, rules, notes."""
        return self.audience == "court"

    @property
    def digests(self) -> ShownDigests:
        """Which digests are given: all from which a seal's hash is made again, those of this claim as a whole, or none.

        None for whom only ids and names are hidden: against a digest, short ones could be tried out.
        """
        if not self.is_court:
            return "own"
        return "all" if self.names_people else "none"

    @property
    def dropped_fields(self) -> frozenset[str]:
        """Fields of events that this audience doesn't get at all."""
        return _DROPPED[self.audience]

    def sees_case(self, kind: CaseKind) -> bool:
        """Whether this audience may know of cases of a kind, and of what was ruled on them."""
        if self.is_court:
            return self.names_people or kind not in BLIND_KINDS
        return kind in _KINDS_OF_PARTIES

    def omissions(self) -> list[Omission]:
        """All that is left out, in the order of files."""
        found = list(_OMITTED[self.audience])
        if self.masks_ids:
            found += [Omission("*", name, "role_ids") for name in PERSON_FIELDS if name not in self.dropped_fields]
        if not self.names_people:
            found.append(Omission("*", "names", "names"))
        if self.is_court and not self.names_people:
            found.append(Omission("cases.json", "blind_cases", "blind"))
        if self.digests == "none":
            found.append(Omission("seal.json", "own_digests", "tried"))
            found.append(Omission("seal.json", "other_digests", "others"))
        found.append(Omission("*", "other_ids", "others"))
        return sorted(set(found))


def view_of(audience: PackAudience, role: PackRole) -> View:
    """The view of an audience, from the hands of a role.

    Raises:
        PermissionError: for a role that sees no claims.
    """
    if role == "administrator":
        raise PermissionError("an administrator sees no claims; ask a senior or an auditor")
    sees_all = role in SEES_ALL
    return View(
        audience, masks_ids=audience == "merchant" or not sees_all, names_people=audience == "court" and sees_all
    )


_KINDS_OF_PARTIES: Final[frozenset[CaseKind]] = frozenset({"review", "appeal", "mediation"})
_SAFEGUARDS: Final = frozenset({"audit_propensity_ppm", "verdict"})
_DROPPED: Final[dict[PackAudience, frozenset[str]]] = {
    "court": frozenset(),
    # whether they were paid by advance, and what the merchant owes for it, is between platform and merchant
    "buyer": _SAFEGUARDS | {"action", "merchant_at_fault", "recovered_minor"},
    "merchant": _SAFEGUARDS | {*PERSON_FIELDS, "claim_text", "evidence_hashes"},
}
_OF_PARTIES: Final = (
    Omission("vector.json", "whole_file", "model"),
    Omission("model.json", "whole_file", "model"),
    Omission("policy.toml", "whole_file", "policy"),
    Omission("decision.json", "numbers", "model"),
    Omission("claim.json", "audit_propensity_ppm", "audits"),
    Omission("claim.json", "verdict", "finding"),
    Omission("claim.json", "checks", "audits"),
    Omission("cases.json", "inner", "internal"),
    Omission("cases.json", "checks", "audits"),
    Omission("notifications.json", "payloads", "internal"),
    Omission("rulings.json", "inner", "internal"),
    Omission("rulings.json", "verdict", "finding"),
    Omission("rulings.json", "checks", "audits"),
    Omission("seal.json", "part_digests", "tried"),
    Omission("seal.json", "other_digests", "others"),
)
_OMITTED: Final[dict[PackAudience, tuple[Omission, ...]]] = {
    "court": (),
    "buyer": (
        *_OF_PARTIES,
        Omission("claim.json", "settling", "between"),
        Omission("rulings.json", "settling", "between"),
        Omission("explanations.json", "other_explanations", "audience"),
    ),
    "merchant": (
        *_OF_PARTIES,
        *(Omission("*", name, "party_ids") for name in (*PERSON_FIELDS, "claim_text", "evidence_hashes")),
        Omission("claim.json", "feedback", "between"),
        Omission("cases.json", "text_for_buyer", "party_ids"),
        Omission("rulings.json", "text_for_buyer", "party_ids"),
        Omission("explanations.json", "other_explanations", "audience"),
    ),
}
