"""Window totals for many claims at once: a sort, a cumulative sum and two binary searches per window."""

from __future__ import annotations

import numpy as np

from features.arrays import Floats, Ints, ranges
from features.assemble import Assembler
from features.definition import Link
from features.engines.running import Ordered, entity_codes, order_events
from features.engines.seeking import Moments, Queries, seek
from features.engines.walking import Acquaintances
from features.event_table import MISSING, EventTable
from features.facts import facts_of_rows
from features.pictures import nearest_of_others
from features.plan import EntityPlan, Plan, WindowTotals
from features.progress import Progress

LINKS = list(Link)


def feature_vectors(plan: Plan, events: EventTable, rows: Ints, progress: Progress | None = None) -> Floats:
    """The feature vectors of the `claim_filed` events at these rows, shape (n, columns), each as of its `known_at`."""
    return Assembler(plan).assemble(window_totals(plan, events, rows, progress), facts_of_rows(events, rows))


def window_totals(plan: Plan, events: EventTable, rows: Ints, progress: Progress | None = None) -> WindowTotals:
    """Window totals for the claims at these rows of the table, each as of its own `known_at`."""
    moments = Moments(events, events["known_at_ms"][rows])
    cuts, recent, links = plan.widths
    totals, last = np.zeros((len(rows), cuts), np.int64), np.full((len(rows), recent), MISSING, np.int64)
    linked = np.full((len(rows), links), MISSING, np.int64)
    cut = rise = 0
    for index, entity_plan in enumerate(plan.entities):
        if progress is not None:
            progress(index, len(plan.entities) + 1, f"history of each {entity_plan.entity.name}")
        ordered = order_events(events, entity_plan, moments.timeline)
        queries = claim_queries(events, entity_plan, rows)
        answers = seek(events, ordered, moments, entity_plan, queries)
        into = totals[:, cut : (cut := cut + len(entity_plan.cuts))]
        last_into = last[:, rise : (rise := rise + len(entity_plan.recent))]
        if entity_plan.entity.many:  # of several pictures the largest total counts
            np.maximum.at(into, queries.claim, answers.totals)
            np.maximum.at(last_into, queries.claim, answers.last_rise_ms)
        else:
            claims = queries.claim.take(answers.met)
            into[claims], last_into[claims] = answers.totals_met.T, answers.last_rise_met.T
        if plan.ring is not None and plan.ring.member == index:
            _add_rings(plan, events, rows, ordered, moments, totals, linked)
    if plan.keeps_pictures:
        number, bits = nearest_of_others(events, rows)
        linked[:, LINKS.index(Link.PICTURES_OF_OTHERS)] = number
        linked[:, LINKS.index(Link.NEAREST_PICTURE)] = bits
    if progress is not None:
        progress(len(plan.entities) + 1, len(plan.entities) + 1, "history")
    return WindowTotals(totals, last, linked)


def claim_queries(events: EventTable, plan: EntityPlan, rows: Ints) -> Queries:
    """What the claims at these rows ask of an entity's history: one query, or none, or one a picture."""
    touches = entity_codes(events, plan.entity)
    begin = np.searchsorted(touches.rows, rows)
    number = np.searchsorted(touches.rows, rows, side="right") - begin
    claim, place = ranges(begin, number)
    return Queries(claim, touches.codes[place])


def _add_rings(
    plan: Plan, events: EventTable, rows: Ints, ordered: Ordered, moments: Moments, totals: Ints, linked: Ints
) -> None:
    """Fill in the size of each claim's ring and the sums over its members, who lie in the ordered events."""
    if plan.ring is None:
        return
    ring = plan.ring.ring
    buyers = events[ring.member.id_fields[0]][rows]
    members = Queries(*Acquaintances.of_events(ring, events).rings_of(buyers, events["known_at_ms"][rows]))
    linked[:, LINKS.index(Link.RING_SIZE)] = np.bincount(members.claim, minlength=len(rows))
    answers = seek(events, ordered, moments, plan.entities[plan.ring.member], members, plan.ring.cuts)
    np.add.at(totals[:, totals.shape[1] - len(plan.ring.cuts) :], members.claim, answers.totals)
