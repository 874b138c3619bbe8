"""Who was champion when, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from pydantic import JsonValue

from training.champions.promotion import Promotion, reigns


def table(promotions: Sequence[Promotion], champion: str | None) -> Iterator[str]:
    """A line for each time of a champion, the latest last, and below it what the gate had said against it."""
    if promotions:
        yield f"{'version':<8}{'bundle':<18}{'from':<21}{'until':<21}{'how':<13}{'by':<14}why"
    for reign in reigns(promotions):
        each = reign.promotion
        until = "now" if reign.until_ms is None else _moment(reign.until_ms)
        yield (
            f"{each.version:<8}{each.bundle_version:<18}{_moment(each.at_ms):<21}{until:<21}"
            f"{each.how.replace('_', ' '):<13}{each.by:<14}{each.reason or each.cost_change}"
        ).rstrip()
        for refusal in each.refusals:
            yield f"{'':<8}in spite of {refusal}"
    if champion is None:
        yield "there is no champion"
    elif not promotions or promotions[-1].version != champion:
        yield f"version {champion} is champion now, and no record says since when: it was made so by other means"


def as_json(promotions: Sequence[Promotion], champion: str | None) -> JsonValue:
    """The same for machines, with the version that is champion now."""
    return {
        "champion": champion,
        "history": [
            {**asdict(reign.promotion), "refusals": list(reign.promotion.refusals), "until_ms": reign.until_ms}
            for reign in reigns(promotions)
        ],
    }


def _moment(moment_ms: int) -> str:
    return f"{datetime.fromtimestamp(moment_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"
