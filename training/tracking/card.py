"""The card in MLflow: with who made it and when, and as a page with pictures."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Final

import mlflow
from matplotlib.figure import Figure
from mlflow.utils.mlflow_tags import MLFLOW_USER

from training.card import Picture, Provenance, card_page, with_provenance
from training.card.use import Recipe, command
from training.tracking.connection import without_password
from training.tracking.data import UNSTATED
from training.train import Trained

# what the page shows, in this order, where it was drawn; MLflow has all plots
CAPTIONS: Final[Mapping[str, str]] = {
    "precision_recall": "Precision and recall on the test period, beside the baselines",
    "calibration": "Whether the probability means what it says",
    "cost_curve": "What deciding by the model costs, over the threshold",
}
RESOLUTION: Final = 110


def log_card(trained: Trained, made: Provenance, plots: Mapping[str, Figure]) -> None:
    """Log the card with its provenance to the active run, as Markdown and as a page with pictures."""
    card = with_provenance(trained.bundle.card, made)
    shown = [Picture(caption, _png(plots[name])) for name, caption in CAPTIONS.items() if name in plots]
    mlflow.log_text(card, "card/card.md")
    mlflow.log_text(card_page(card, shown), "card/card.html")


def provenance_of(
    trained: Trained, source: str | None, tags: Mapping[str, str], run_id: str, version: str
) -> Provenance:
    """Who made a training, when, and from what; `tags` are those of its run."""
    shown = UNSTATED if source is None else without_password(source)
    config = trained.config
    recipe = Recipe(config.split, config.boosting, config.folds)
    return Provenance(
        created_at_ms=trained.bundle.created_at_ms,
        author=mlflow.get_run(run_id).data.tags.get(MLFLOW_USER, "unknown"),
        source=shown,
        run_id=run_id,
        version=version,
        model_version=tags["model_version"],
        git_commit=tags["git_commit"],
        policy_version=tags["policy_version"],
        packages={"clearclaim": tags["clearclaim_version"], **trained.bundle.versions},
        command=command(recipe, "EVENTS" if source is None else shown),
    )


def _png(figure: Figure) -> bytes:
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=RESOLUTION)
    return picture.getvalue()
