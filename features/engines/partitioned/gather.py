"""Answers of all passes in, brought together by claim: window totals and feature vectors out."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.definition import Link
from features.engines.partitioned.pictures import picture_pass
from features.event_table import MISSING
from features.plan import Plan, WindowTotals

_LINKS = list(Link)


def gather(plan: Plan, number: int, claim: Ints, answers: pa.Table) -> WindowTotals:
    """Window totals of n claims from all their answers.

    Args:
        plan: the plan that was answered.
        number: how many claims there are.
        claim: which of them each answer is for, shape (answers,).
        answers: in `answers.answer_schema`.
    """
    cuts, recent, links = plan.widths
    totals, last = np.zeros((number, cuts), np.int64), np.full((number, recent), MISSING, np.int64)
    linked = np.full((number, links), MISSING, np.int64)
    passes, lists = np.asarray(answers["pass"]), answers["numbers"].combine_chunks()
    cut = rise = 0
    for index, entity_plan in enumerate(plan.entities):
        width = len(entity_plan.cuts)
        own, numbers = _of_pass(passes, lists, index, width + len(entity_plan.recent))
        # of several pictures the largest total counts; any other entity is asked about once
        np.maximum.at(totals[:, cut : (cut := cut + width)], claim[own], numbers[:, :width])
        np.maximum.at(last[:, rise : (rise := rise + len(entity_plan.recent))], claim[own], numbers[:, width:])
    if plan.ring is not None:
        own, numbers = _of_pass(passes, lists, len(plan.entities), 1 + len(plan.ring.cuts))
        np.add.at(members := np.zeros(number, np.int64), claim[own], numbers[:, 0])
        linked[:, _LINKS.index(Link.RING_SIZE)] = members
        np.add.at(totals[:, cut:], claim[own], numbers[:, 1:])
    if plan.keeps_pictures:
        own, numbers = _of_pass(passes, lists, picture_pass(plan), 2)
        _near_pictures(linked, claim[own], numbers[:, 0], numbers[:, 1])
    return WindowTotals(totals, last, linked)


def _of_pass(passes: Ints, lists: pa.ListArray, number: int, width: int) -> tuple[Ints, Ints]:
    """Which answers are of a pass, and their numbers, shape (m, width)."""
    own = np.flatnonzero(passes == number)
    numbers = np.asarray(pc.list_flatten(lists.take(pa.array(own))), dtype=np.int64)
    return own, numbers.reshape(-1, width)


def _near_pictures(linked: Ints, claim: Ints, picture: Ints, bits: Ints) -> None:
    """How many different pictures of each claim are near others', and in how many bits the nearest differs."""
    order = np.lexsort((bits, picture, claim))
    claim, picture, bits = claim[order], picture[order], bits[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(claim) != 0) | (np.diff(picture) != 0)
    linked[:, _LINKS.index(Link.PICTURES_OF_OTHERS)] = np.bincount(claim[new], minlength=len(linked))
    least = np.full(len(linked), np.iinfo(np.int64).max)
    np.minimum.at(least, claim, bits)
    some = least != np.iinfo(np.int64).max
    linked[some, _LINKS.index(Link.NEAREST_PICTURE)] = least[some]
