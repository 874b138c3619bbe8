"""What stands out: each look compares two figures, and chance alone must hardly ever do as much.

Of all looks together chance alone brings a finding in one of a hundred cases: each one's p-value is multiplied by their
number (Bonferroni). What differs too little to matter isn't told, however sure it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from serving.insight.rates import Z95
from serving.insight.returns.chance import p_of_ratio, p_of_z
from serving.insight.returns.columns import Seen
from serving.insight.returns.figures import ChangeEffect, Effect, Finding, Season
from serving.insight.returns.looks import Look, looks_at_buyers, looks_at_goods, looks_at_money, looks_at_trend

AT_MOST: Final = 8
SURE: Final = 0.01
_OF_ONE_KIND: Final = 3
_BUSIER: Final = 1.2  # times the usual claims a day
_WORSE: Final = 1.1  # times the usual share of orders claimed


def findings_of(seen: Seen, seasons: Iterable[Season], changes: Iterable[ChangeEffect]) -> tuple[Finding, ...]:
    """At most 8 findings, at most 3 of a kind, those about most money first."""
    looks = [
        *looks_at_goods(seen),
        *looks_at_money(seen),
        *looks_at_buyers(seen),
        *looks_at_trend(seen),
        *_looks_at_seasons(seen, seasons),
        *_looks_at_changes(seen, changes),
    ]
    return chosen(looks)


def chosen(looks: list[Look]) -> tuple[Finding, ...]:
    """The findings among looks: sure, material, about money, and in order."""
    sure = [look.finding for look in looks if look.is_material and look.finding.p_value * len(looks) < SURE]
    told: list[Finding] = []
    of_kind: Counter[str] = Counter()
    for finding in sorted(sure, key=lambda each: (-each.money_minor, each.kind, str(each.values))):
        if finding.money_minor > 0 and of_kind[finding.kind] < _OF_ONE_KIND and len(told) < AT_MOST:
            of_kind[finding.kind] += 1
            told.append(finding)
    return tuple(told)


def _looks_at_seasons(seen: Seen, seasons: Iterable[Season]) -> list[Look]:
    """Festivals and weekdays with more claims a day, and festivals whose orders are claimed more often."""
    mean = int(seen.refunded_minor.sum()) / max(len(seen.claims), 1)
    looks = []
    for season in seasons:
        if season.kind == "month":
            continue  # what a month has more than others comes of festivals, or of a trend
        busier, worse = season.claims_ratio, season.claimed_ratio
        if busier.value is not None:
            money = round(season.claims * (1 - 1 / busier.value) * mean)
            values: dict[str, str | int | float] = {
                "season": season.name,
                "times": busier.value,
                "claims": season.claims,
            }
            finding = Finding(f"{season.kind}_busier", money, values, p_of_ratio(busier))
            looks.append(Look(finding, is_material=busier.value >= _BUSIER))
        if worse.value is not None and season.kind == "festival":
            extra = _claimed_at(seen) * season.orders * (worse.value - 1)
            finding = Finding(
                "festival_worse",
                round(extra * mean),
                {"season": season.name, "days": season.days, "times": worse.value, "orders": season.orders},
                p_of_ratio(worse),
            )
            looks.append(Look(finding, is_material=worse.value >= _WORSE))
    return looks


def _claimed_at(seen: Seen) -> float:
    return float((seen.order_claims > 0).mean()) if len(seen.order_claims) else 0.0


def _looks_at_changes(seen: Seen, changes: Iterable[ChangeEffect]) -> list[Look]:
    """What moved around changes of the policy."""
    mean = int(seen.asked_minor.sum()) / max(len(seen.claims), 1)
    looks = []
    for change in changes:
        for effect in change.effects:
            per_claim = abs(effect.after - effect.before) * (mean if effect.name.endswith("_share") else 1)
            values: dict[str, str | int | float] = {
                "version": change.change.after,
                "days": change.days,
                "before": effect.before,
                "after": effect.after,
            }
            money = round(per_claim * change.claims_after)
            looks.append(Look(Finding(f"policy_{effect.name}", money, values, _p_of(effect)), is_material=True))
    return looks


def _p_of(effect: Effect) -> float:
    """By the normal curve whose interval is the effect's, which is wider than the normal one."""
    told = effect.difference
    if told.value is None or told.low is None or told.high is None or told.high == told.low:
        return 1.0
    return p_of_z(told.value * 2 * Z95 / (told.high - told.low))
