"""With what chance a claim gets a label, by what was known when it was decided; and what its label then counts for.

Claims that somebody rules on are not like the others. A label that had a chance of one in ten stands for ten claims:
weighted by the inverse of its chance, what is learned from labelled claims holds for all.

Two ways lead to a label, and a claim may go either:
- an **audit**, drawn with the chance that was logged beside the decision (`audit_propensity_ppm`), and ending in a
  finding as often as audits do;
- **any other** way (a person decides, the goods are inspected, somebody appeals), for which no chance is logged. It is
  estimated as the share of mature claims with a finding other than an audit's, in cells of action, claim type and
  amount. Where a person decides every claim this is near 1, and falls short by rulings that are missing or open.

    chance of a label  =  1 - (1 - audited * found) * (1 - other)

No label stands for more than `CLIP` claims. Audits of more than one percent, for which all this is made, stay whole: a
cut below them (at a multiple of the mean, or a percentile) would bring back the very bias that audits are paid to
remove. What is cut are claims whose label was all but impossible, which would drown all others. What the cut costs is
told.

That holds for figures and for calibration, which must speak of all claims. Fitting ranks them, and there variance costs
more than bias: some dozens of audits that count for a hundred claims each make a model of these audits, the wrong ones
among them. So for fitting, weights are cut until the labels are worth `WORTH_IN_FITTING` of their number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from features.arrays import Floats, Ints
from features.definition.window import MS_PER_DAY
from features.event_table import MISSING, EventTable, code_of
from features.events import ACTIONS, CLAIM_TYPES
from training.labels.adjudications import Adjudications
from training.labels.decisions import first_decisions

CLIP: Final = 100.0  # no label stands for more claims
WORTH_IN_FITTING: Final = 0.5  # least effective size over number of labels
CELL_CASES: Final = 20.0  # what the share of all amounts is worth in a cell of one amount
AMOUNT_BANDS: Final = 5  # of about equally many mature claims each
FOUND_BEFORE: Final = 0.95  # audits that end in a finding
FOUND_CASES: Final = 20.0
_LEAST: Final = 1e-3
_MILLION: Final = 1_000_000
_NO_ACTION: Final = len(ACTIONS)  # nothing was decided yet


@dataclass(frozen=True, slots=True)
class Propensities:
    """For n claims, the chance of a label, and how it came about.

    Attributes:
        chance: P(a label once mature), within (0, 1], shape (n,).
        logged: whether a chance of an audit was logged, shape (n,).
        mature: old enough at the moment of asking for its label to be there if it ever is, shape (n,).
        action: code of the first decision, `len(ACTIONS)` where there is none, shape (n,).
        other: P(a label by any way but an audit), by action, claim type and band of amount.
        band_edges_minor: the amounts between the bands, ascending.
        found: P(an audit ends in a finding).
    """

    chance: Floats
    logged: npt.NDArray[np.bool_]
    mature: npt.NDArray[np.bool_]
    action: Ints
    other: Floats
    band_edges_minor: Ints
    found: float


def estimate_propensities(
    events: EventTable, claim_rows: Ints, rulings: Adjudications, known_by_ms: int, mature_days: float
) -> Propensities:
    """The chance of each claim's label, from what was known before a moment.

    Args:
        events: all events; what is known at or after `known_by_ms` plays no part.
        claim_rows: the claims, shape (n,).
        rulings: what was ruled on them before `known_by_ms`.
        known_by_ms: the moment.
        mature_days: from what age on a claim's label is there if it ever is.
    """
    action, audited = _decisions(events, claim_rows, known_by_ms)
    mature = events["known_at_ms"][claim_rows] + round(mature_days * MS_PER_DAY) <= known_by_ms
    kind = events["claim_type"][claim_rows]
    amount = events["amount_minor"][claim_rows]
    edges = _edges(amount[mature])
    cell = (action, kind, np.searchsorted(edges, amount, side="right"))

    found_by_audit, found_otherwise = _found(rulings)
    other = _shares(cell, mature, found_otherwise)
    drawn = np.where(audited == MISSING, 0.0, np.clip(audited / _MILLION, 0, 1))
    expected = float(drawn[mature].sum())
    hits = float(found_by_audit[mature & (drawn > 0)].sum())
    found = min((hits + FOUND_CASES * FOUND_BEFORE) / (expected + FOUND_CASES), 1.0)
    chance = 1 - (1 - drawn * found) * (1 - other[cell])
    return Propensities(np.clip(chance, _LEAST, 1.0), audited != MISSING, mature, action, other, edges, found)


def _decisions(events: EventTable, claim_rows: Ints, known_by_ms: int) -> tuple[Ints, Ints]:
    """Code of the first action on each claim, and the chance of an audit logged with it."""
    first = first_decisions(events, claim_rows, known_by_ms)
    audit = events.columns.get("audit_propensity_ppm", np.full(len(events), MISSING))
    decided = first >= 0
    return np.where(decided, events["action"][first], _NO_ACTION), np.where(decided, audit[first], MISSING)


def _edges(amount: Ints) -> Ints:
    if len(amount) == 0:
        return np.zeros(AMOUNT_BANDS - 1, dtype=np.int64)
    parts = np.arange(1, AMOUNT_BANDS) / AMOUNT_BANDS
    return np.quantile(amount, parts, method="higher").astype(np.int64)


def _found(rulings: Adjudications) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which claims have a finding of an audit, and which one of anybody else."""
    votes = rulings.votes()
    by_audit = votes.source == code_of("verdict_source", "audit")
    found = np.zeros((2, rulings.claims), dtype=np.bool_)
    found[0, votes.claim[by_audit]] = True
    found[1, votes.claim[~by_audit]] = True
    return found[0], found[1]


def _shares(cell: tuple[Ints, Ints, Ints], mature: npt.NDArray[np.bool_], found: npt.NDArray[np.bool_]) -> Floats:
    """Share of claims found in each cell, leaning on that of all amounts, which leans on that of all claims."""
    shape = (len(ACTIONS) + 1, len(CLAIM_TYPES), AMOUNT_BANDS)
    claims, hits = np.zeros(shape), np.zeros(shape)
    np.add.at(claims, tuple(axis[mature] for axis in cell), 1.0)
    np.add.at(hits, tuple(axis[mature & found] for axis in cell), 1.0)
    overall = (hits.sum() + 0.5) / (claims.sum() + 1)
    wide = _lean(hits.sum(axis=2), claims.sum(axis=2), overall)
    return _lean(hits, claims, wide[:, :, np.newaxis])


def _lean(hits: Floats, claims: Floats, towards: Floats) -> Floats:
    return np.asarray((hits + CELL_CASES * towards) / (claims + CELL_CASES), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Weights:
    """What each of n labels counts for, and what was lost by the cut.

    Attributes:
        values: mean 1, shape (n,).
        clip: how many claims a label stood for at most, before the mean was made 1.
        clipped_share: of the labels, those that were cut.
        weight_lost: of all weight, the share that was cut off.
        effective: how many labels of equal weight would tell as much (Kish): sum squared over sum of squares.
    """

    values: Floats
    clip: float
    clipped_share: float
    weight_lost: float
    effective: float


def inverse_weights(chance: Floats, clip: float = CLIP, least_worth: float = 0.0) -> Weights:
    """Weights of labels by the inverse of their chances, cut where they exceed a clip.

    Args:
        chance: of each label, within (0, 1], shape (n,).
        clip: how many claims a label may stand for at most.
        least_worth: effective size over n that the weights must leave; the clip is lowered until they do.

    >>> inverse_weights(np.array([1.0, 0.5])).values.round(3).tolist()
    [0.667, 1.333]
    """
    if len(chance) == 0:
        return Weights(np.zeros(0), clip, 0.0, 0.0, 0.0)
    raw = 1 / chance
    clip = _lowered(raw, clip, least_worth)
    cut = np.minimum(raw, clip)
    values = cut / cut.mean()
    return Weights(values, clip, float((cut < raw).mean()), float(1 - cut.sum() / raw.sum()), effective_size(values))


def _lowered(raw: Floats, clip: float, least_worth: float) -> float:
    """The highest clip, up to the given one, that leaves the labels worth so much; by halving, to a thousandth."""
    if effective_size(np.minimum(raw, clip)) >= least_worth * len(raw):
        return clip
    low, high = float(raw.min()), clip  # cut at the least of them, all weigh the same
    while high - low > 1e-3:
        middle = (low + high) / 2
        worth = effective_size(np.minimum(raw, middle)) / len(raw)
        low, high = (middle, high) if worth >= least_worth else (low, middle)
    return low


def effective_size(weights: Floats) -> float:
    """How many cases of equal weight would tell as much as these (L. Kish, 1965)."""
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0
