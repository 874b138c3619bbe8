"""All that was ruled on some claims before a moment, as arrays, and the votes in it.

A ruling that finds `undetermined` is no vote: it is counted, and it breaks a claim's silence, but it says nothing of
what the claim was. Of several findings by one voter on one claim the last counts, because whoever rules again corrects
himself. A voter is a source and a reviewer; all rulings of a source that name nobody are taken for one voter's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.arrays import Ints
from features.event_table import EventTable, code_of
from features.events import EventKind
from training.labels.labels import refuse_other_rows


@dataclass(frozen=True, slots=True)
class Adjudications:
    """m rulings on n claims, ordered by claim, then moment; each column of shape (m,), int64.

    Nothing here depends on what was known at or after the moment of asking, nor on the order of the events' rows.

    Attributes:
        claims: n, how many claims were asked for.
        claim: position of the claim among those asked for.
        source: code of the source, as `features.event_table.code_of("verdict_source", ...)`.
        reviewer: position in `reviewer_ids`, -1 where nobody is named.
        verdict: code of the verdict.
        known_at_ms: when the ruling became known.
        reviewer_ids: the reviewers, ascending.
    """

    claims: int
    claim: Ints
    source: Ints
    reviewer: Ints
    verdict: Ints
    known_at_ms: Ints
    reviewer_ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.claim)

    def pick(self, chosen: Ints) -> Adjudications:
        """Some of the rulings, by position, in ascending order."""
        columns = (self.claim, self.source, self.reviewer, self.verdict, self.known_at_ms)
        claim, source, reviewer, verdict, known_at_ms = (column[chosen] for column in columns)
        return Adjudications(self.claims, claim, source, reviewer, verdict, known_at_ms, self.reviewer_ids)

    def votes(self) -> Adjudications:
        """What counts: of each voter on each claim the last finding that is not `undetermined`.

        Of two at the same moment, the one in the buyer's favour.
        """
        found = np.flatnonzero(self.verdict != code_of("verdict", "undetermined"))
        keys = (-self.verdict[found], self.known_at_ms[found], self.reviewer[found], self.source[found])
        order = found[np.lexsort((*keys, self.claim[found]))]
        voter = np.stack([self.claim[order], self.source[order], self.reviewer[order]])
        is_last = np.append((voter[:, 1:] != voter[:, :-1]).any(axis=0), True)[: len(order)]
        return self.pick(np.sort(order[is_last]))


def adjudications(events: EventTable, claim_rows: Ints, known_by_ms: int) -> Adjudications:
    """All rulings on the asked claims that were known before a moment.

    Args:
        events: all events; a claim or ruling known at or after `known_by_ms` plays no part.
        claim_rows: the `claim_filed` rows to look at, shape (n,).
        known_by_ms: the moment.

    Raises:
        ValueError: if a row is no `claim_filed` event.
    """
    refuse_other_rows(events, claim_rows)
    rulings = events.rows_of(EventKind.CLAIM_ADJUDICATED)
    rulings = rulings[events["known_at_ms"][rulings] < known_by_ms]
    asked = np.flatnonzero(events["known_at_ms"][claim_rows] < known_by_ms)
    about = _positions(events["claim_id"][claim_rows], asked, events["claim_id"][rulings])
    rulings, about = rulings[about >= 0], about[about >= 0]
    reviewer, reviewer_ids = _reviewers(events, rulings)
    source, verdict = events["verdict_source"][rulings], events["verdict"][rulings]
    known_at_ms = events["known_at_ms"][rulings]
    order = np.lexsort((verdict, reviewer, source, known_at_ms, about))
    return Adjudications(
        claims=len(claim_rows),
        claim=about[order],
        source=source[order],
        reviewer=reviewer[order],
        verdict=verdict[order],
        known_at_ms=known_at_ms[order],
        reviewer_ids=reviewer_ids,
    )


def _positions(claims: Ints, asked: Ints, wanted: Ints) -> Ints:
    """For each wanted claim id, its position among the claims, as far as it was asked; -1 if it wasn't."""
    if len(asked) == 0:
        return np.full(len(wanted), -1, dtype=np.int64)
    position = np.full(int(max(claims.max(), wanted.max(initial=0))) + 1, -1, dtype=np.int64)
    position[claims[asked]] = asked
    return np.asarray(position[wanted], dtype=np.int64)


def _reviewers(events: EventTable, rulings: Ints) -> tuple[Ints, tuple[str, ...]]:
    """Each ruling's reviewer as a position among all of theirs in order of name: codes hang on the rows' order."""
    codes = events.columns.get("reviewer_id", np.full(len(events), -1))[rulings]
    used = np.unique(codes[codes >= 0])
    words = events.ids.get("reviewer_id", pa.array([], pa.string())).take(pa.array(used)).to_pylist()
    order = sorted(range(len(words)), key=words.__getitem__)
    rank = np.full(int(used.max(initial=-1)) + 2, -1, dtype=np.int64)  # the last place stands for nobody
    rank[used[order]] = np.arange(len(order))
    return rank[codes], tuple(words[number] for number in order)
