"""The card as Markdown, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from features.events import CLAIM_REASONS
from features.parity import Parity
from training.card.figures import figure_lines
from training.card.stability import RehearsedFold, fold_lines
from training.card.table import day, table
from training.card.use import Recipe, limit_lines, reproduce_lines, use_lines
from training.dataset import LABELS, Dataset, Period
from training.labels.statement import card_lines
from training.leakage.statement import leakage_lines
from training.recovery.fitting import Recovery
from training.recovery.statement import card_lines as recovery_lines
from training.text.cross_fit import Readers


def write_card(
    dataset: Dataset,
    metrics: Mapping[str, float],
    catalog_hash: str,
    parity: Parity | None = None,
    readers: Readers | None = None,
    recovery: Recovery | None = None,
    *,
    folds: Sequence[RehearsedFold] = (),
    recipe: Recipe | None = None,
) -> str:
    """The card as Markdown. It holds nothing of when and where it was made: the same training has the same card.

    Args:
        dataset: what the model learned from and was tested on.
        metrics: its figures by name.
        catalog_hash: of the features' catalogue.
        parity: how the vectors that a service logged compare, if there were any to ask.
        readers: what reads the texts of claims, if there were any to learn from.
        recovery: what came of the recovery model.
        folds: the training at several moments, the latest (that of `dataset`) first.
        recipe: what to set to make the model again.
    """
    evaluation = folds[0].evaluation if folds else None
    sections = {
        "What it is for": use_lines(),
        "What it learned from": [
            *_data_lines(dataset, catalog_hash),
            *card_lines(dataset.labelling),
            *leakage_lines(dataset.checked),
        ],
        "How good it is": [
            "**How good**, on the test period, which lies after all that the model learned from:",
            "",
            *figure_lines(evaluation, metrics),
        ],
        "Over time": fold_lines(folds) if folds else [],
        "Advances that come back": [] if recovery is None else recovery_lines(recovery),
        "Texts and parity": [_text_line(readers), "", _parity_line(parity)],
        "Where it ends": limit_lines(dataset, len(folds), has_intervals=evaluation is not None),
        "How to make it again": [] if recipe is None else reproduce_lines(recipe, dataset),
    }
    lines = [line for title, section in sections.items() if section for line in ("", f"## {title}", "", *section)]
    return _tidy(["# clearclaim abuse model", *lines])


def _data_lines(dataset: Dataset, catalog_hash: str) -> list[str]:
    head = ("period", "from", "to", "claims", "filings", "labelled abusive")
    return [
        f"**Learned from** {LABELS[dataset.label].meaning}.",
        f"Data {dataset.data_hash}, feature catalogue {catalog_hash}, {len(dataset.columns)} columns.",
        "",
        *table(head, (_period_row(period) for period in dataset.periods), words=3),
        f"Left out: {dataset.without_order:,} claims without their order's facts",
        f"and {dataset.without_buyer:,} without a buyer.",
        "",
    ]


def _parity_line(parity: Parity | None) -> str:
    if parity is None:
        return (
            "**Parity**: learned from a file, beside which no service logged vectors to compare with; "
            "`clearclaim replay` and `clearclaim-train parity` make and compare some."
        )
    if parity.claims == 0 and parity.holds:
        return "**Parity**: no service has logged a vector under this catalogue yet: 0 compared."
    return (
        f"**Parity**: {parity.claims:,} vectors that the service logged, {parity.values:,} values, computed again from "
        f"the event log: {parity.differing:,} mismatches, {len(parity.missing_claims):,} without their claim."
    )


def _text_line(readers: Readers | None) -> str:
    if readers is None:
        return "**Texts**: none are read; the events have too few texts of claims to learn from."
    return (
        f"**Texts**: read by {len(readers.whole.buckets):,} n-grams, learned from {readers.texts:,} texts and the "
        "reasons stated beside them. Readers that never saw the buyer's texts put the stated reason first of "
        f"{len(CLAIM_REASONS)} for {readers.agreement:.0%} of them. A text in another language than these says next to "
        "nothing."
    )


def _period_row(period: Period) -> tuple[str, ...]:
    start, end = day(int(period.as_of_ms[0])), day(int(period.as_of_ms[-1]))
    return period.name, start, end, f"{len(period):,}", f"{period.filings:,}", f"{period.abusive_share:.2%}"


def _tidy(lines: Sequence[str]) -> str:
    """One empty line where there were several, and one newline at the end."""
    kept = [line for number, line in enumerate(lines) if line or lines[number - 1]]
    return "\n".join(kept).rstrip("\n") + "\n"
