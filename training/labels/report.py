"""What is known of claims at a moment, as lines for a terminal, and as a table of labels for a file."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import pyarrow as pa

from features.arrays import Floats, Ints
from features.event_table import MISSING, EventTable, code_of
from features.events import ACTIONS, VERDICT_SOURCES
from training.labels.adjudications import Adjudications
from training.labels.agreement import agreement
from training.labels.ledger import LabelLedger
from training.labels.maturity import MaturityCurve
from training.labels.reliability import Reliability

FURTHEST_OFF: Final = 5  # reviewers in the list
SHARES: Final = (0.5, 0.9, 0.95)


def report(ledger: LabelLedger) -> str:
    """Verdicts by source, agreement, reliability, delays, chances of a label and weights."""
    if len(ledger.rulings) == 0:
        return f"no verdicts yet on {ledger.rulings.claims:,} claims: import claim_adjudicated events, or wait for some"
    return "\n".join(
        [
            *_verdict_lines(ledger),
            "",
            *_agreement_lines(ledger.rulings),
            "",
            *_reliability_lines(ledger.reliability),
            "",
            *_maturity_lines(ledger),
            "",
            *_chance_lines(ledger),
            "",
            *_weight_lines(ledger),
        ]
    )


def label_table(events: EventTable, claim_rows: Ints, ledger: LabelLedger) -> pa.Table:
    """A row per claim in the order asked for.

    `abusive`, `probability` and `known_at_ms` are null for a claim without a verdict, and `weight` is for one that is
    too young as well.
    """
    known, weighable = ledger.labels.is_known, ledger.weighable
    weight = np.zeros(len(known))
    weight[weighable] = ledger.weights(weighable).values
    words = events.ids["claim_id"].take(pa.array(events["claim_id"][claim_rows]))
    known_at_ms = ledger.labels.known_at_ms
    return pa.table(
        {
            "claim_id": words,
            "filed_at_ms": pa.array(ledger.filed_at_ms),
            "abusive": pa.array(ledger.labels.abusive == 1, mask=~known),
            "probability": pa.array(ledger.labels.probability, mask=~known),
            "known_at_ms": pa.array(known_at_ms, mask=known_at_ms == MISSING),
            "chance": pa.array(ledger.propensities.chance),
            "weight": pa.array(weight, mask=~weighable),
        }
    )


def _verdict_lines(ledger: LabelLedger) -> list[str]:
    rulings, labels = ledger.rulings, ledger.labels
    ruled = len(np.unique(rulings.claim))
    lines = [
        (
            f"{rulings.claims:,} claims, {ruled:,} ruled on, {int(labels.is_known.sum()):,} with a label, "
            f"{int((labels.abusive == 1).sum()):,} of them abusive"
        ),
        "",
        f"{'rulings':<14}{'legitimate':>12}{'abusive':>12}{'undetermined':>14}",
    ]
    for code, word in enumerate(VERDICT_SOURCES):
        of_source = rulings.verdict[rulings.source == code]
        if len(of_source):
            legitimate, abusive, open_ = np.bincount(of_source, minlength=3).tolist()
            lines.append(f"{word:<14}{legitimate:>12,}{abusive:>12,}{open_:>14,}")
    return lines


def _agreement_lines(rulings: Adjudications) -> list[str]:
    """Of each pair of sources, and of two of one source, how often they agree on the same claim."""
    found = agreement(rulings)
    seen = np.argwhere(found.pairs).tolist()
    if not seen:
        return ["no claim has two verdicts: nothing tells how far its finders can be relied on"]
    lines = [f"{'agreement':<28}{'pairs':>8}{'agree':>9}"]
    for one, other in seen:
        name = f"{VERDICT_SOURCES[one]} and {VERDICT_SOURCES[other]}"
        pairs, agreeing = int(found.pairs[one, other]), int(found.agreeing[one, other])
        lines.append(f"{name:<28}{pairs:>8,}{agreeing / pairs:>9.1%}")
    return lines


def _reliability_lines(reliability: Reliability) -> list[str]:
    lines = [f"{'reliability':<24}{'verdicts':>9}{'compared':>9}   {'sensitivity':<18}specificity"]
    sources = [code for code in range(len(VERDICT_SOURCES)) if reliability.votes[code]]
    lines += [_voter_line(reliability, code, VERDICT_SOURCES[code]) for code in sources]
    furthest = _furthest_off(reliability)
    if furthest:
        lines += ["", f"of {len(reliability.reviewer_ids):,} reviewers, those furthest off their source's rates:"]
        lines += [
            _voter_line(reliability, at, f"{reliability.reviewer_ids[int(reliability.reviewer[at])]:.22}")
            for at in furthest
        ]
    return lines


def _voter_line(reliability: Reliability, at: int, name: str) -> str:
    rates = "".join(
        f"{_rate(float(reliability.rates[at, which]), float(reliability.errors[at, which])):<18}" for which in (0, 1)
    )
    return f"{name:<24}{reliability.votes[at]:>9,}{reliability.compared[at]:>9,}   {rates.rstrip()}"


def _rate(rate: float, error: float) -> str:
    return f"{rate:.3f} ± {2 * error:.3f}" if math.isfinite(error) else f"{rate:.3f} (assumed)"


def _furthest_off(reliability: Reliability) -> list[int]:
    """Reviewers by how many standard errors the worse of their rates lies from their source's; the furthest first."""
    named = np.flatnonzero((reliability.reviewer >= 0) & (reliability.compared > 0))
    errors: Floats = reliability.errors[named]
    off = np.abs(reliability.rates[named] - reliability.rates[reliability.source[named]]) / errors
    order = np.argsort(-off.max(axis=1, initial=0), kind="stable")
    return [int(at) for at in named[order][:FURTHEST_OFF] if np.isfinite(reliability.errors[at]).all()]


def _maturity_lines(ledger: LabelLedger) -> list[str]:
    maturity = ledger.maturity
    rows = [(f"{word}, all", curve) for word, curve in maturity.overall.items()]
    rows += [(f"{word}, {source}", curve) for (word, source), curve in maturity.curves.items()]
    return [
        f"{'days to the first ruling':<28}{'claims':>8}" + "".join(f"{share:>8.0%}" for share in SHARES),
        *(_curve_line(name, curve) for name, curve in sorted(rows, key=lambda row: row[0])),
        f"labels are waited for {maturity.gap_days():.1f} days",
    ]


def _curve_line(name: str, curve: MaturityCurve) -> str:
    days = (curve.mature_after_days(share) for share in SHARES)
    return f"{name:<28}{curve.verdicts:>8,}" + "".join(f"{'few' if math.isnan(d) else f'{d:.1f}':>8}" for d in days)


def _chance_lines(ledger: LabelLedger) -> list[str]:
    chances = ledger.propensities
    lines = [f"{'chance of a label':<28}{'mature':>8}{'labelled':>10}{'least':>8}{'median':>8}{'most':>8}"]
    for code, word in enumerate((*ACTIONS, "no decision")):
        mature = chances.mature & (chances.action == code)
        if mature.any():
            of_action = chances.chance[mature]
            labelled = int((mature & ledger.labels.is_known).sum())
            spread = "".join(f"{value:>8.3f}" for value in np.quantile(of_action, (0, 0.5, 1)))
            lines.append(f"{word:<28}{int(mature.sum()):>8,}{labelled:>10,}{spread}")
    logged = int(chances.logged.sum())
    audits = int((ledger.rulings.source == code_of("verdict_source", "audit")).sum())
    return [*lines, f"audits: a chance logged beside {logged:,} decisions, {audits:,} rulings"]


def _weight_lines(ledger: LabelLedger) -> list[str]:
    chosen = ledger.weighable
    young = int((ledger.labels.is_known & ~chosen).sum())
    if not chosen.any():
        return [f"no label can be weighed yet: all {young:,} are of claims too young"]
    weights = ledger.weights(chosen)
    abusive = ledger.labels.abusive[chosen]
    share = float(np.average(abusive, weights=weights.values))
    return [
        (
            f"{len(weights.values):,} labels can be weighed, {young:,} more are of claims too young; "
            f"worth as many as {weights.effective:,.0f} equal ones"
        ),
        (
            f"weights from {weights.values.min():.2f} to {weights.values.max():.2f}; {weights.clipped_share:.2%} of "
            f"labels cut where they stood for more than {weights.clip:g} claims, "
            f"and {weights.weight_lost:.2%} of the weight with them"
        ),
        f"abusive: {abusive.mean():.2%} of labels, {share:.2%} of claims by weight",
    ]
