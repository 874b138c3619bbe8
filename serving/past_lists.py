"""Who was on which list when: all entries of some lists read once, to be asked for any claim of the past."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import sqlalchemy as sa

from serving.decision import ClaimFacts, compile_rules
from serving.lists import LIST_ENTRY
from serving.policy import Policy
from serving.policy.rules import ListKind

_FOR_EVER: Final = 2**63 - 1


class PastLists:
    """The same answers as `serving.lists.lists_of` gives, for as many claims as one likes, from memory.

    Args:
        connection: to a store; one without lists has nobody on any.
        lists: those to ask, with their kinds.
    """

    def __init__(self, connection: sa.Connection, lists: Mapping[str, ListKind]) -> None:
        self._lists = dict(lists)
        self._times: defaultdict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
        if not lists or not sa.inspect(connection).has_table(LIST_ENTRY.name):
            return
        entry = LIST_ENTRY.c
        columns = (entry.list, entry.kind, entry.member, entry.added_at_ms, entry.expires_at_ms, entry.removed_at_ms)
        for name, kind, member, added, expires, removed in connection.execute(
            sa.select(*columns).where(entry.list.in_(sorted(lists)))
        ):
            ends = [moment for moment in (expires, removed) if moment is not None]
            self._times[name, kind, member].append((added, min(ends, default=_FOR_EVER)))

    def of(self, facts: ClaimFacts) -> frozenset[str]:
        """The names of those lists that the claim was on as of its moment."""
        if not self._times:
            return frozenset()
        members: dict[str, tuple[str, ...]] = {
            "buyer": (facts.buyer_id,),
            "merchant": (facts.merchant_id,),
            "product": (facts.product_id,),
            "evidence": facts.evidence_hashes,
        }
        return frozenset(
            name
            for name, kind in self._lists.items()
            if any(self._held(name, kind, member, facts.as_of_ms) for member in members[kind])
        )

    def _held(self, name: str, kind: str, member: str, as_of_ms: int) -> bool:
        times = self._times.get((name, kind, member), ())
        return any(added <= as_of_ms < end for added, end in times)


def lists_asked(policies: Iterable[Policy]) -> dict[str, ListKind]:
    """The lists that the rules of any of the policies ask, with their kinds."""
    return {name: kind for policy in policies for name, kind in compile_rules(policy).lists.items()}
