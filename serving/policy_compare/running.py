"""What `clearclaim policy diff` and `policy backtest` do with their options; `command` only declares them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from features.plan import default_plan
from features.progress import Progress
from features.store import Store
from serving.decision import judge
from serving.past_cases import Window, latest_moment_ms, read_past_cases
from serving.past_lists import lists_asked
from serving.policy import Policy, read_policy
from serving.policy_compare.backtest import backtest
from serving.policy_compare.backtest_text import backtest_json, backtest_lines
from serving.policy_compare.diff import diff_policies
from serving.policy_compare.diff_text import diff_json, diff_lines
from serving.policy_compare.follow import FollowedPrice
from serving.policy_compare.judged import judge_all
from serving.policy_compare.past import Counts
from serving.settings import Settings

IN_FORCE = Path("-")


class CompareError(ValueError):
    """Options that don't go together: one line says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days to look at, as a user gives them: in a policy's time zone, the last one left out."""

    first: datetime | None = None
    end: datetime | None = None

    def window(self, zone: ZoneInfo) -> Window:
        """The moments.

        Raises:
            CompareError: it ends before it begins.
        """
        if self.first is not None and self.end is not None and self.end <= self.first:
            raise CompareError(f"--to {self.end:%Y-%m-%d} is not after --from {self.first:%Y-%m-%d}; give a later day")
        first, end = (None if day is None else _moment_ms(day, zone) for day in (self.first, self.end))
        return Window(first, end)


def run_diff(
    a: Path, b: Path, store: str, period: Period, examples: int, json_file: Path | None, progress: Progress
) -> Iterator[str]:
    """Compare two policies on a store's past decisions; the page, line by line.

    Raises:
        PolicyError, SettingsError, StoreError, CompareError, OSError: one line says what is wrong.
    """
    one, other = _policy(a), _policy(b)
    if one.currency != other.currency:
        raise CompareError(f"A is in {one.currency} and B in {other.currency}; compare policies of one currency")
    counts = Counts()
    with _opened(store) as opened:
        lists = lists_asked([one, other])
        cases = read_past_cases(opened, period.window(other.zone), counts, lists, progress)
        diff = diff_policies(cases, one, other, examples)
    _write_json(json_file, {**diff_json(diff), "read": _read(counts)})
    yield from diff_lines(diff, one.currency)
    yield ""
    yield from counts.lines("judged under both, each at the queue's price that was recorded with it")


def run_backtest(
    file: Path, store: str, period: Period, price: str, mature_days: float, json_file: Path | None, progress: Progress
) -> Iterator[str]:
    """Replay a policy on a store's past decisions; the page, line by line.

    Raises:
        PolicyError, SettingsError, StoreError, CompareError, OSError: one line says what is wrong.
    """
    policy, counts = _policy(file), Counts()
    with _opened(store) as opened:
        cases = read_past_cases(opened, period.window(policy.zone), counts, lists_asked([policy]), progress)
        judge_one = FollowedPrice(policy).judge if price == "follow" else lambda past: judge(past.case, policy)
        claims, judged = judge_all(cases, policy, judge_one)
        now_ms = latest_moment_ms(opened)
    done = backtest(claims, judged, policy, now_ms=now_ms, mature_days=mature_days)
    _write_json(json_file, {**backtest_json(done), "price": price, "read": _read(counts)})
    at_price = (
        "found anew, as this policy's reviews would have driven it" if price == "follow" else "as it was recorded"
    )
    yield f"policy version {done.version} on past claims; the queue's price is {at_price}"
    yield from counts.lines("judged again")
    yield from backtest_lines(done, policy)


def _policy(path: Path) -> Policy:
    return read_policy(Settings.from_environment().policy_path if path == IN_FORCE else path)


@contextmanager
def _opened(url: str) -> Iterator[Store]:
    store = Store.open(url, default_plan(), existing=True)
    try:
        yield store
    finally:
        store.close()


def _moment_ms(day: datetime, zone: ZoneInfo) -> int:
    return int(day.replace(tzinfo=zone).timestamp() * 1000)


def _read(counts: Counts) -> dict[str, Any]:
    return {
        "decisions": counts.decisions,
        "without_facts": counts.without_facts,
        "without_vector": counts.without_vector,
    }


def _write_json(path: Path | None, content: dict[str, Any]) -> None:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
