"""What gold cases tell of reviewers, as a small file for training, which may not read the store's cases."""

from __future__ import annotations

import json
from typing import Any, Final

from features.spans import DAY_MS
from features.store import Store
from serving.cases.quality.chance import Figure
from serving.cases.quality.ratings import gold_rulings
from serving.cases.quality.reliability import ReviewerRates, team_rates
from serving.policy.parts import Review

FORMAT: Final = 1
MOST_GOLD: Final = 50_000  # a training reads them once, so it may be all there are


class NoGoldError(LookupError):
    """No gold case was closed, so there is nothing to tell."""


def reviewers_json(store: Store, review: Review, *, days: int, now_ms: int) -> str:
    """The rates of the team and of each reviewer, from gold cases that were opened in so many days.

    Raises:
        NoGoldError: if none of them was ruled on.
    """
    with store.reading() as connection:
        golds = gold_rulings(connection, now_ms - days * DAY_MS, MOST_GOLD)
    if not golds:
        raise NoGoldError(
            f"store {store.name}: no gold case of the last {days} days was ruled on; "
            "set review.gold_share in the policy, or give more --days"
        )
    rates = team_rates(golds, review)
    told = {
        "format": FORMAT,
        "made_at_ms": now_ms,
        "days": days,
        "gold_cases": len(golds),
        "team": _rates(rates.team),
        "reviewers": {name: _rates(each) for name, each in rates.reviewers.items()},
    }
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _rates(rates: ReviewerRates) -> dict[str, Any]:
    return {
        "sensitivity": _figure(rates.sensitivity),
        "specificity": _figure(rates.specificity),
        "undetermined": rates.undetermined,
    }


def _figure(figure: Figure) -> dict[str, float]:
    return {
        "value": round(figure.value, 6),
        "low": round(figure.low, 6),
        "high": round(figure.high, 6),
        "gold_cases": figure.count,
    }
