"""Window totals for many claims at once: a sort, a cumulative sum and two binary searches per window."""

from __future__ import annotations

import numpy as np

from features.arrays import Floats, Ints, ranges
from features.assemble import Assembler
from features.definition import Link
from features.engines.running import deal_events, entity_codes, single_codes
from features.engines.seeking import Moments, Queries, seek
from features.engines.walking import Acquaintances
from features.event_table import MISSING, EventTable
from features.facts import facts_of_rows
from features.pictures import nearest_of_others
from features.plan import EntityPlan, Plan, RingPlan, WindowTotals
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
    members = _rings(plan, events, rows, linked)
    cut = rise = 0
    for index, entity_plan in enumerate(plan.entities):
        if progress is not None:
            progress(index, len(plan.entities) + 1, f"history of each {entity_plan.entity.name}")
        into = totals[:, cut : (cut := cut + len(entity_plan.cuts))]
        last_into = last[:, rise : (rise := rise + len(entity_plan.recent))]
        _answer(moments, entity_plan, claim_queries(events, entity_plan, rows), into, last_into)
        if plan.ring is not None and plan.ring.member == index:
            _add_members(moments, entity_plan, plan.ring, members, totals[:, cuts - len(plan.ring.cuts) :])
    if plan.keeps_pictures:
        number, bits = nearest_of_others(events, rows)
        linked[:, LINKS.index(Link.PICTURES_OF_OTHERS)] = number
        linked[:, LINKS.index(Link.NEAREST_PICTURE)] = bits
    if progress is not None:
        progress(len(plan.entities) + 1, len(plan.entities) + 1, "history")
    return WindowTotals(totals, last, linked)


def _answer(moments: Moments, plan: EntityPlan, queries: Queries, totals: Ints, last: Ints) -> None:
    """Write an entity's totals and last rises into the rows of the claims that ask."""
    for ordered, chosen in deal_events(moments.timeline, plan, queries.codes):
        own = queries.take(chosen)
        answers = seek(ordered, moments, plan, own)
        claims = own.claim.take(answers.met)
        if plan.entity.many:  # of several pictures the largest total counts
            np.maximum.at(totals, claims, answers.totals_met.T)
            np.maximum.at(last, claims, answers.last_rise_met.T)
        else:
            totals[claims], last[claims] = answers.totals_met.T, answers.last_rise_met.T


def claim_queries(events: EventTable, plan: EntityPlan, rows: Ints) -> Queries:
    """What the claims at these rows ask of an entity's history: one query, or none, or one a picture."""
    if not plan.entity.many:
        codes = single_codes(events, events, plan.entity, rows)
        claim = np.flatnonzero(codes >= 0)
        return Queries(claim, codes.take(claim))
    touching, codes = entity_codes(events, plan.entity)
    begin = np.searchsorted(touching, rows)
    number = np.searchsorted(touching, rows, side="right") - begin
    claim, place = ranges(begin, number)
    return Queries(claim, codes.take(place))


def _rings(plan: Plan, events: EventTable, rows: Ints, linked: Ints) -> Queries:
    """The members of each claim's ring, as queries of their history; the size of each ring goes into `linked`."""
    if plan.ring is None:
        return Queries(rows[:0], rows[:0])
    ring = plan.ring.ring
    buyers = events[ring.member.id_fields[0]][rows]
    members = Queries(*Acquaintances.of_events(ring, events).rings_of(buyers, events["known_at_ms"][rows]))
    linked[:, LINKS.index(Link.RING_SIZE)] = np.bincount(members.claim, minlength=len(rows))
    return members


def _add_members(moments: Moments, plan: EntityPlan, ring: RingPlan, members: Queries, totals: Ints) -> None:
    """Add what the members of each claim's ring have done to its totals."""
    for ordered, chosen in deal_events(moments.timeline, plan, members.codes):
        own = members.take(chosen)
        answers = seek(ordered, moments, plan, own, ring.cuts)
        np.add.at(totals, own.claim.take(answers.met), answers.totals_met.T)
