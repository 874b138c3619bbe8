"""Whether the drivers of simulated ratings are found, and no others, and whether weighing corrects for who answers.

What drives ratings stands in `training.simulate.feedback`. A world in which everybody rates, and which is the same in
all else, says what the share of the satisfied among all buyers is.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from figures import Figure, at_least, no_more_than, told
from serving.insight.feedback.report import FeedbackReport, feedback_report
from serving.insight.record import record_of
from training.simulate import SimulationConfig, feedback, simulate

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEDS: Final = (1, 2, 3, 4, 5)
ORDERS, DAYS = 60_000, 365
_WAITS: Final = frozenset({"wait_24h", "wait_72h", "wait_longer"})
# six regressions a world, each with one chance of error of 5 %: 1.5 are to be expected, more than 4 in 2 of 100 cases
MOST_FALSE: Final = 4
# what truly costs stars, by what is rated
TRUE: Final = {
    "whole": {"denied", *_WAITS},
    "filing": {"pictures"},
    "answer": {"denied", *_WAITS},
    "return": {"return_5d"},
    "refund": {"refund_3d", "refund_7d"},
    "support": {"denied", "merchant_refused"},
}
# what goes with one of them: it may be claimed, but needn't
TOGETHER: Final = {
    "answer": {"denied_though_legitimate"},
    "return": {"refund_3d", "refund_7d"},  # a parcel that is long under way brings the money late
    "refund": {*_WAITS, "returned", "return_5d"},  # all of them delay the money
    "support": {"denied_though_legitimate"},
}


def run() -> list[Figure]:
    """Drivers found, drivers claimed without truth, and the share of the satisfied, plain and weighed, against all."""
    found = looked_for = tried = false = 0
    plain, weighed, inside = [], [], 0
    for seed in SEEDS:
        report, truth = _report(seed), _share_of_all(seed)
        for why in report.whys:
            sure = {driver.name for driver in why.drivers if driver.sure and driver.cost > 0}
            told_apart = {driver.name for driver in why.drivers} & TRUE[why.of]
            found, looked_for = found + len(sure & told_apart), looked_for + len(told_apart)
            idle = {driver.name for driver in why.drivers} - TRUE[why.of] - TOGETHER.get(why.of, set())
            wrong = {driver.name for driver in why.drivers if driver.sure} & idle
            tried, false = tried + len(idle), false + len(wrong)
        who = report.who
        plain.append(abs((report.rated.whole.share or 0) - truth))
        weighed.append(abs((who.share or 0) - truth))
        inside += (who.low or 0) <= truth <= (who.high or 0)
    return [
        told(
            "insight/feedback_true_drivers_found", found / looked_for, "share", looked_for=looked_for, seeds=len(SEEDS)
        ),
        no_more_than("insight/feedback_false_drivers", false, "count", MOST_FALSE, tried=tried),
        told("insight/feedback_share_off_plain", 100 * sum(plain) / len(plain), "points"),
        no_more_than("insight/feedback_share_off_weighed", 100 * sum(weighed) / len(weighed), "points", 2.0),
        at_least("insight/feedback_weighed_interval_holds", inside / len(SEEDS), "share", 0.6),
    ]


def _report(seed: int) -> FeedbackReport:
    events = simulate(SimulationConfig(orders=ORDERS, days=DAYS, seed=seed)).events
    return feedback_report(record_of(events, 0, _end(events)), ZoneInfo("Asia/Shanghai"))


def _share_of_all(seed: int) -> float:
    with _all_rate():
        return _report(seed).rated.whole.share or 0.0


@contextmanager
def _all_rate() -> Iterator[None]:
    before = feedback.RATED_SHARE
    feedback.RATED_SHARE = (1.0, 1.0)  # type: ignore[misc]
    try:
        yield
    finally:
        feedback.RATED_SHARE = before  # type: ignore[misc]


def _end(events: pa.Table) -> int:
    return int(pc.max(events["known_at_ms"]).as_py()) + 1
