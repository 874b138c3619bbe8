"""On time: of the order lines that were promised for a day of the quarter, the share that had arrived by then.

A line that hasn't arrived, or of which no delivery is on record, is late once its promise is over.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from serving.insight.record import times
from serving.report.figures import Goal, Named, Said, Sample, Target, is_within, share_of, share_target
from serving.report.ground import Ground

GOAL: Final = Goal("share", 0.95)


def on_time(ground: Ground) -> Target:
    """Order lines that arrived as promised."""
    period, orders = ground.period, ground.record.orders
    promised_ms, delivered_ms = times(orders, "promised_at_ms"), times(orders, "delivered_at_ms")
    due = (promised_ms >= 0) & (promised_ms < period.as_of_ms)
    arrived = delivered_ms >= 0
    in_time = arrived & (delivered_ms <= promised_ms)
    here = is_within(promised_ms, period.span)
    missing, beside = [], []
    if not here.any():
        missing.append(Said("delivery_none"))
    elif not (arrived & here).any():
        missing.append(Said("delivery_no_arrivals"))
        due &= False
    else:
        count = int(np.count_nonzero(here))
        beside.append(Named("delivery_open", share_of(int(np.count_nonzero(here & ~arrived)), count)))
    sample = Sample.of(promised_ms[due], in_time[due])
    return share_target("on_time", GOAL, sample, period, missing=missing, beside=beside)
