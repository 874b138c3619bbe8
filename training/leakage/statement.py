"""What the checks saw, in words for the model's card and in numbers for its manifest."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from training.dataset.checked import Checked
from training.leakage.config import APART


def leakage_lines(checked: Checked | None) -> list[str]:
    """The card's section on leakage as lines of Markdown; none where nothing was checked."""
    if checked is None:
        return []
    tried = f"**Leakage.** Each of {checked.columns} columns was tried alone on each period, and none tells too much."
    strongest = (
        f"The strongest, {checked.strongest}, alone ranks the labels of {checked.strongest_period} with an AUC of "
        f"{checked.strongest_auc:.3f}."
        if checked.strongest
        else "There were too few labels for that."
    )
    return [
        f"{tried} {strongest}",
        f"The vectors of {checked.recomputed} claims were made again from what was known before them, and with later",
        "verdicts, decisions and inspections turned round: bit for bit the same.",
        _buyers_line(checked),
        *(f"- Excused: {column}, because {reason}" for column, reason in checked.excused.items()),
        "",
    ]


def leakage_facts(checked: Checked | None) -> dict[str, Any]:
    """All that the card says of leakage, as JSON."""
    return {} if checked is None else asdict(checked)


def _buyers_line(checked: Checked) -> str:
    shared = checked.shared
    figures = (
        f"{shared.by_buyer / shared.claims:.0%} of the test's claims are of buyers with claims to learn from, "
        f"{shared.by_ring / shared.claims:.0%} of their rings"
    )
    if checked.buyers != APART:
        return f"Buyers may return: {figures}."
    if checked.dropped_from is None:
        return "No buyer and no ring has claims on both sides of the test's start."
    place = "train and calibration" if checked.dropped_from == "train" else "the test"
    return (
        f"No buyer and no ring has claims on both sides of the test's start: {figures}, and {checked.dropped:,} claims "
        f"were left out of {place}."
    )
