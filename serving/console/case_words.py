"""What the case page says of values: units, distances in time, and the domain's words in the visitor's language."""

from __future__ import annotations

from typing import Final

from features.columns import SINCE_LAST
from features.events import EventKind
from serving.answer import ReasonAnswer
from serving.console.rendering import MS_PER_MINUTE, minutes, moment, money
from serving.console.visit import Visit
from serving.console.waterfall import percent
from serving.dossier.time_lines import Entry
from serving.dossier.unusual import Unusual
from serving.dossier.weighing import ReasonShown
from serving.explaining.reviewer import text_of
from serving.text.columns import TEXT_COLUMNS

# which words an entry's detail is one of
_WORDS: Final = {
    EventKind.CLAIM_FILED: "reason",
    EventKind.CLAIM_DECIDED: "action",
    EventKind.MERCHANT_RESPONDED: "response",
    EventKind.RETURN_INSPECTED: "inspection",
    EventKind.CLAIM_ADJUDICATED: "verdict",
}
_PROBABILITIES: Final = frozenset(column.name for column in TEXT_COLUMNS)


class CaseWords:
    """Puts values into words for one visit.

    Args:
        visit: whose.
        now_ms: its moment.
        shift_ms: how much later than it was all is shown: a gold case is an old claim, and its dates must not tell.
    """

    def __init__(self, visit: Visit, now_ms: int, shift_ms: int = 0) -> None:
        policy = visit.desk.policy()
        self._visit, self._now_ms, self._shift_ms = visit, now_ms, shift_ms
        self._currency, self._zone = policy.currency, policy.zone

    def word(self, sort: str, name: str | None) -> str:
        """A word of the domain; one that nobody translated stands as it is."""
        text = self._visit.text
        keys = (f"words.{sort}_{name}", f"case.{sort}_{name}")
        return "–" if name is None else next((text(key) for key in keys if key in text), name)

    def then(self, at_ms: int | None) -> str:
        """When something of the claim's past was."""
        return moment(None if at_ms is None else at_ms + self._shift_ms, self._zone)

    def detail(self, entry: Entry) -> str:
        """What an entry of a time line says beside its kind."""
        sort = _WORDS.get(entry.kind)
        return "" if sort is None or entry.detail is None else self.word(sort, entry.detail)

    def ago(self, at_ms: int | None) -> str:
        """How long ago a moment was."""
        if at_ms is None:
            return "–"
        return self._visit.text("case.ago", time=minutes(self._visit, self._now_ms - at_ms - self._shift_ms))

    def days(self, days: float | None) -> str:
        """A number of days to one decimal."""
        return "–" if days is None else self._visit.text("case.days", days=f"{days:.1f}")

    def late(self, days: float | None) -> str:
        """Delivery against the promise."""
        if days is None:
            return "–"
        key = "case.days_late" if days > 0 else "case.days_early"
        return self._visit.text(key, days=f"{abs(days):.1f}")

    def percent(self, share: float | None) -> str:
        """A share or a probability."""
        return "–" if share is None else percent(share)

    def told_then(self, reason: ReasonAnswer) -> str:
        """A reason that was stored with the decision, whatever language it was stored in."""
        return text_of(reason, self._visit.language)

    def meaning(self, reason: ReasonShown) -> str:
        """What a reason's column is, as fits its value: a time is told in hours or days, whatever its unit is."""
        for since, count in ((SINCE_LAST.en, ""), (SINCE_LAST.zh, "数")):  # one is named, not their number
            if reason.meaning.startswith(since):
                what = reason.meaning.removeprefix(since).removesuffix(count)
                return self._visit.text("case.since_last", what=what)
        return reason.meaning

    def held(self, reason: ReasonShown) -> str:
        """What a reason's column held. Shares and probabilities are told in percent; other ratios may go beyond 1."""
        is_share = reason.unit == "ratio" and ("_share" in reason.column or reason.column in _PROBABILITIES)
        return percent(reason.value) if is_share and reason.value is not None else self.value(reason.value, reason.unit)

    def value(self, value: float | None, unit: str) -> str:
        """A column's value with its unit."""
        if value is None:
            return self._visit.text("case.unknown")
        match unit:
            case "minor":
                return money(value, self._currency)
            case "flag":
                return self._visit.text("case.yes" if value else "case.no")
            case "seconds":
                return minutes(self._visit, round(value * 1000))
            case "hours":
                sign = "−" if value < 0 else ""
                return sign + minutes(self._visit, round(value * 60 * MS_PER_MINUTE))
            case "count":
                return f"{value:,.0f}"
            case "bits":
                return self._visit.text("case.bits", bits=f"{value:.0f}")
            case _:
                return f"{value:.2f}"

    def unusual(self, unusual: Unusual | None) -> str:
        """How rare a value is."""
        if unusual is None:
            return ""
        return self._visit.text(f"case.unusual_{unusual.place}", percent=unusual.percent)
