"""What a training came to, as a few lines for the terminal."""

from __future__ import annotations

from datetime import UTC, datetime

from training.dataset import LABELS
from training.labels.statement import summary_lines
from training.recovery.statement import summary_lines as recovery_lines
from training.train import Fold, Trained


def summary(trained: Trained) -> str:
    """Periods, figures beside the baselines, calibration, folds, and what came of the recovery model."""
    dataset, metrics = trained.latest.dataset, trained.latest.metrics
    several = any(period.filings < len(period) for period in dataset.periods)
    lines = [
        f"label {dataset.label}: {LABELS[dataset.label].meaning}",
        f"data {dataset.data_hash}, catalogue {trained.bundle.catalog_hash}",
        f"{len(dataset.columns)} columns, {trained.latest.fitted.rounds} trees",
        (
            f"{dataset.claims:,} claims; not scored: {dataset.without_order:,} without their order's facts, "
            f"{dataset.without_buyer:,} without a buyer"
        ),
        _texts(trained),
        "",
        f"{'period':<12} {'from':<11} {'to':<11} {'claims':>8} {'filings':>8}  abusive",
        *(
            f"{period.name:<12} {_day(int(period.as_of_ms[0])):<11} {_day(int(period.as_of_ms[-1])):<11} "
            f"{len(period):>8,} {period.filings:>8,}  {period.abusive_share:.2%}"
            for period in dataset.periods
        ),
        *summary_lines(dataset.labelling),
        "",
        *_table(trained, "on the test period", ""),
        f"calibration error {metrics['model_calibration_error']:.4f}, log loss {metrics['model_log_loss']:.4f}",
    ]
    if several:  # a filing of many claims weighs 1 above; here it weighs as many
        lines += ["", *_table(trained, "the same, per claim", "_per_claim")]
    return "\n".join([*lines, *_over_time(trained), "", *recovery_lines(trained.recovery)])


def _texts(trained: Trained) -> str:
    readers = trained.latest.reading.readers
    if readers is None:
        return "texts of claims: too few to learn to read from"
    return f"texts of claims: learned to read from {readers.texts:,}; {readers.agreement:.0%} tell of the reason stated"


def _table(trained: Trained, title: str, suffix: str) -> list[str]:
    metrics = trained.latest.metrics
    return [
        f"{title:<22} average precision    AUC",
        *(
            f"{name.replace('_', ' '):<22} {metrics[f'{name}{suffix}_average_precision']:>17.3f}  "
            f"{metrics[f'{name}{suffix}_auc']:.3f}"
            for name in trained.latest.rankings
        ),
    ]


def _over_time(trained: Trained) -> list[str]:
    """A line per fold, the latest first; none where there is only one."""
    if len(trained.folds) < 2:
        return []
    return [
        "",
        f"{'tested from':<11} {'to':<11} {'filings':>8}  average precision    AUC  calibration error",
        *(_fold_line(fold) for fold in trained.folds),
    ]


def _fold_line(fold: Fold) -> str:
    test, metrics = fold.dataset.test, fold.metrics
    return (
        f"{_day(int(test.as_of_ms[0])):<11} {_day(int(test.as_of_ms[-1])):<11} {test.filings:>8,}"
        f"{metrics['model_average_precision']:>19.3f}  {metrics['model_auc']:.3f}"
        f"{metrics['model_calibration_error']:>19.4f}"
    )


def _day(moment_ms: int) -> str:
    return datetime.fromtimestamp(moment_ms / 1000, UTC).date().isoformat()
