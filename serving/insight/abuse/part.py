"""The parts that are worked out anew at each refresh: the findings, and what looks like a public place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from serving.insight.abuse.columns import Columns
from serving.insight.abuse.finding_all import find_abuse
from serving.insight.abuse.links import all_shared, pictures_of
from serving.insight.abuse.places import Proposal, propose, public
from serving.insight.keeping import Kept, every

if TYPE_CHECKING:
    from serving.insight.parts import Ground

ABUSE: Final = "abuse"
PLACES: Final = "places"


def compute_abuse(ground: Ground) -> Iterator[Kept]:
    """The findings, those with the most money first."""
    for rank, finding in enumerate(find_abuse(ground.record, public(ground.connection)), 1):
        yield Kept(finding.key, rank, finding.to_body())


def compute_places(ground: Ground) -> Iterator[Kept]:
    """What looks like a public place, the most used first."""
    columns = Columns(ground.record)
    proposals = propose(all_shared(columns, pictures_of(columns)), public(ground.connection))
    for rank, proposal in enumerate(proposals, 1):
        yield Kept(f"{proposal.kind} {proposal.id}", rank, asdict(proposal))


def proposals(connection: sa.Connection) -> list[Proposal]:
    """What looked like a public place at the last refresh and hasn't been put on the list since."""
    known = public(connection)
    kept = [Proposal(**each.body) for each in every(connection, PLACES)]
    return [each for each in kept if (each.kind, each.id) not in known]
