"""The model's card: what it is for, what it learned from, how good it is and where it ends. Markdown, for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from features.events import CLAIM_REASONS
from features.parity import Parity
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
) -> str:
    """The card as Markdown.

    `parity` tells how the vectors that a service logged compare, if there were any to ask; `readers` read the texts of
    claims, if there were any to learn from; `recovery` is what came of the recovery model.
    """
    lines = [
        "# clearclaim abuse model",
        "",
        "**For** the abuse probability of an after-sales claim, as one input to a choice between automatic approval,",
        "a person's review and paying the buyer first. It must not refuse a claim: only a person does.",
        "",
        f"**Learned from** {LABELS[dataset.label].meaning}.",
        f"Data {dataset.data_hash}, feature catalogue {catalog_hash}, {len(dataset.columns)} columns.",
        "",
        "| period | from | to | claims | filings | labelled abusive |",
        "|---|---|---|---|---|---|",
        *(_period_row(period) for period in dataset.periods),
        "",
        f"Left out: {dataset.without_order:,} claims without their order's facts",
        f"and {dataset.without_buyer:,} without a buyer.",
        "",
        *card_lines(dataset.labelling),
        *leakage_lines(dataset.checked),
        _parity_line(parity),
        "",
        _text_line(readers),
        "",
        "**How good**, on the test period, which lies after all that the model learned from:",
        "",
        "| figure | value |",
        "|---|---|",
        *(f"| {name.replace('_', ' ')} | {value:.4f} |" for name, value in metrics.items()),
        "",
        *([] if recovery is None else recovery_lines(recovery)),
        "**Limits.** One test period, no intervals yet. Figures describe claims like these, under the past decisions",
        "that made them; buyers who cheat adapt.",
        "",
    ]
    return "\n".join(lines)


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


def _period_row(period: Period) -> str:
    start, end = (datetime.fromtimestamp(moment / 1000, UTC).date().isoformat() for moment in _ends(period))
    return f"| {period.name} | {start} | {end} | {len(period):,} | {period.filings:,} | {period.abusive_share:.2%} |"


def _ends(period: Period) -> tuple[int, int]:
    return int(period.as_of_ms[0]), int(period.as_of_ms[-1])
