"""What the model is for, what it must not be used for, where its figures end, and how to make it again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.dataset import LABELS, Dataset, SplitConfig
from training.dataset.config import PROXY
from training.model.gradient_boosting import BoostingConfig


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides a training beside its events."""

    split: SplitConfig
    boosting: BoostingConfig
    folds: int = 1


def use_lines() -> list[str]:
    """Intended use, and misuse."""
    return [
        "**For** the abuse probability of an after-sales claim, as one input to a choice between automatic approval,",
        "a person's review and paying the buyer first. It must not refuse a claim: only a person does.",
        "",
        "**Not for**",
        "",
        "- refusing, delaying or shortening a refund by itself, or blocking a buyer: the probability is about a claim,",
        "  and is often wrong about a single one;",
        "- judging buyers, merchants or staff as such, their credit, their prices or their work;",
        "- a platform, country, claim type or language that the data below don't have, until it was trained and",
        "  measured there;",
        "- evidence in a dispute: the reasons given with a probability say what moved the model, not what caused the",
        "  claim.",
    ]


def limit_lines(dataset: Dataset, folds: int, *, has_intervals: bool) -> list[str]:
    """Where the figures end, said plainly."""
    periods = "One test period." if folds < 2 else f"{folds} test periods, which follow one another."
    luck = (
        "Intervals tell of the luck of which buyers came, and not of wrong labels or of a change in what buyers do."
        if has_intervals
        else "No intervals: nothing says how far a figure is luck."
    )
    return [
        f"**Limits.** {periods} {luck}",
        "",
        "- Figures describe claims like these, under the past decisions that made them; buyers who cheat adapt.",
        *_label_limits(dataset),
        "- A slice without figures, or that isn't listed, had too few claims to tell, which doesn't say that the model",
        "  does well there.",
        "- The probability is calibrated on the calibration period: where abuse becomes more or less common, it is off",
        "  until the next training.",
    ]


def reproduce_lines(recipe: Recipe, dataset: Dataset) -> list[str]:
    """The command that makes this model again from the same events."""
    return [
        "From the same events, packages and release the same command makes the same model, to the byte:",
        "",
        "```sh",
        command(recipe),
        "```",
        "",
        f"The data are the same if the new card names them {dataset.data_hash} too. When it was trained, from which",
        "commit, with which packages and parameters is in the bundle's `manifest.json` and in its MLflow run.",
        *_beyond_command(recipe),
    ]


def command(recipe: Recipe, events: str = "EVENTS") -> str:
    """What to type, with events from a file or store."""
    split, boosting = recipe.split, recipe.boosting
    options = [
        "--events",
        events,
        "--label",
        split.label,
        "--seed",
        str(boosting.seed),
        "--rounds",
        str(boosting.rounds),
    ]
    if recipe.folds > 1:
        options += ["--folds", str(recipe.folds)]
    if split.gap_days is not None:
        options += ["--gap-days", f"{split.gap_days:g}"]
    return shlex.join(["clearclaim-train", "train", *options])


def _beyond_command(recipe: Recipe) -> list[str]:
    """Settings that no option sets."""
    by_option = {"label", "gap_days", "seed", "rounds"}
    changed = [
        *_changed(recipe.split, SplitConfig(), by_option),
        *_changed(recipe.boosting, BoostingConfig(), by_option),
    ]
    return ["", f"Set otherwise than by default: `{', '.join(changed)}`."] if changed else []


def _changed(config: Any, default: Any, but: set[str]) -> Sequence[str]:  # noqa: ANN401 - dataclasses of any kind
    usual = asdict(default)
    return [f"{key} = {value}" for key, value in asdict(config).items() if key not in but and value != usual[key]]


def _label_limits(dataset: Dataset) -> list[str]:
    if dataset.label == PROXY:
        return [
            "- Labels are a proxy: what the model predicts is not abuse, and no decision about a person may rest on it."
        ]
    kind = LABELS[dataset.label]
    lines = ["- Labels are verdicts, and verdicts err: a figure tells how well the model foresees them, not the truth."]
    if kind.weighted:
        lines.append(
            "- Claims that few looked at count for many by weights: they hold as far as the logged chances do."
        )
    if kind.silence:
        lines.append("- Silence counts as clean: abuse that never comes to light is learned as honest.")
    return lines
