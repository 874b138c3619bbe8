"""Claims that got their answer, as columns, each with the rating of the whole and what a buyer lived through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Floats, Ints
from features.events import FEEDBACK_STEPS
from features.spans import HOUR_MS
from serving.insight.record import Record, times

Flags = npt.NDArray[np.bool_]
Words = npt.NDArray[Any]  # of strings, "" where nobody told

AT_ONCE_MS: Final = 60_000  # a person takes longer
WAITS: Final = {"within_1h": 1.0, "within_24h": 24.0, "within_72h": 72.0, "over_72h": np.inf}  # hours, at most
_MONEY_BACK: Final = ("refund_only", "return_refund")


@dataclass(frozen=True, slots=True)
class Answered:
    """Claims that got an answer, a row each, shape (n,).

    Attributes:
        words: by the name of a grouping (`claim_type`, `claim_reason`, `category_id`, `merchant_id`, `action`,
            `outcome`, `wait`, `month`), the word of each claim.
        buyer: numbers of buyers; each claim of an unknown one has a number of its own.
        hours: from the filing to the answer.
        refund_days: from the filing to the money; NaN where no money was given, or it isn't known when.
        return_days: from the sending back to the inspection; NaN where one of them isn't known.
        denied, returned, pictures, verdict_legitimate: whether the answer was no, goods were to go back, pictures were
            sent, and whether somebody found the claim legitimate in the end.
        rating: of the whole, the last one; 0 where nobody rated.
        steps: ratings of each step, the last ones; 0 where nobody rated.
    """

    words: Mapping[str, Words]
    buyer: Ints
    hours: Floats
    refund_days: Floats
    return_days: Floats
    denied: Flags
    returned: Flags
    pictures: Flags
    verdict_legitimate: Flags
    rating: Ints
    steps: Mapping[str, Ints]

    def __len__(self) -> int:
        return len(self.buyer)

    @property
    def is_rated(self) -> Flags:
        """Whether somebody rated the whole, shape (n,)."""
        return self.rating > 0


def answered_claims(record: Record, zone: ZoneInfo) -> Answered:
    """The claims of a record that got an answer; months are those of the answer in `zone`.

    A decision to ask a person is no answer yet: where `claim_decided` comes with the filing and asks one, the answer is
    the verdict, and a claim without one still waits.
    """
    claims = record.claims
    filed, decided, ruled = (times(claims, f"{name}_at_ms") for name in ("filed", "decided", "ruled"))
    action, verdict = words_of(claims, "action"), words_of(claims, "verdict")
    asks_first = (action == "manual_review") & (decided - filed < AT_ONCE_MS)
    answered_ms = np.where(asks_first, ruled, decided)
    rows = np.flatnonzero((action != "") & (answered_ms >= 0))
    told = claims.take(rows)
    filed, answered_ms, asks_first = filed[rows], np.maximum(answered_ms[rows], filed[rows]), asks_first[rows]
    claim_type, verdict = words_of(told, "claim_type"), verdict[rows]
    no_money = np.isin(claim_type, _MONEY_BACK) & (times(told, "refunded_minor") <= 0)
    denied = np.where(asks_first, verdict != "legitimate", no_money) & np.isin(action[rows], ["manual_review"])
    hours = (answered_ms - filed) / HOUR_MS
    grouping = {name: words_of(told, name) for name in ("claim_type", "claim_reason", "category_id", "merchant_id")}
    response = words_of(told, "merchant_response")
    return Answered(
        words={
            **grouping,
            "action": action[rows],
            "outcome": np.where(denied, "denied", action[rows]),
            "wait": _bands(hours),
            "month": _months(answered_ms, zone),
            "merchant_response": response,
        },
        buyer=_numbers(told["buyer_id"]),
        hours=hours,
        refund_days=_refund_days(told, claim_type, filed, answered_ms, denied),
        return_days=_return_days(told),
        denied=denied,
        returned=np.isin(claim_type, ["return_refund", "exchange", "repair"]),
        pictures=times(told, "evidence_count") > 0,
        verdict_legitimate=verdict == "legitimate",
        rating=np.maximum(times(told, "rating"), 0),
        steps={step: _last_ratings(record.ratings, told["claim_id"], step) for step in FEEDBACK_STEPS},
    )


def words_of(table: pa.Table, name: str) -> Words:
    """A column of strings, shape (rows,); "" where nobody told."""
    column = pc.fill_null(table[name], "").combine_chunks()
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=object)


def _refund_days(told: pa.Table, claim_type: Words, filed: Ints, answered_ms: Ints, denied: Flags) -> Floats:
    """Money comes with the answer, or, where goods go back, when they were inspected or else sent."""
    inspected, sent = times(told, "inspected_at_ms"), times(told, "sent_back_at_ms")
    back_ms = np.where(inspected >= 0, inspected, sent)
    paid_ms = np.where(claim_type == "refund_only", answered_ms, np.maximum(back_ms, np.where(back_ms < 0, -1, filed)))
    known = np.isin(claim_type, _MONEY_BACK) & ~denied & (paid_ms >= 0)
    return np.where(known, (paid_ms - filed) / (24 * HOUR_MS), np.nan)


def _return_days(told: pa.Table) -> Floats:
    inspected, sent = times(told, "inspected_at_ms"), times(told, "sent_back_at_ms")
    return np.where((inspected >= 0) & (sent >= 0), (inspected - sent) / (24 * HOUR_MS), np.nan)


def _bands(hours: Floats) -> Words:
    place = np.searchsorted(np.array(list(WAITS.values())[:-1]), hours, side="left")
    return np.array(list(WAITS), dtype=object)[place]


def _months(moments_ms: Ints, zone: ZoneInfo) -> Words:
    """Such as "2026-05"; an hour has one month, so only hours are looked up."""
    hours, place = np.unique(moments_ms // HOUR_MS, return_inverse=True)
    names = [f"{datetime.fromtimestamp(int(hour) * 3600, zone):%Y-%m}" for hour in hours]
    return np.array([*names, ""], dtype=object)[place]


def _numbers(ids: pa.ChunkedArray) -> Ints:
    codes = ids.combine_chunks().dictionary_encode().indices
    found = np.asarray(pc.fill_null(codes, -1), dtype=np.int64)
    return np.where(found < 0, -1 - np.arange(len(found)), found)


def _last_ratings(ratings: pa.Table, claim_ids: pa.ChunkedArray, step: str) -> Ints:
    of_step = ratings.filter(pc.equal(ratings["step"], step)).combine_chunks()
    newest = of_step.take(np.arange(len(of_step))[::-1])
    place = pc.index_in(claim_ids.combine_chunks(), newest["claim_id"].combine_chunks())
    return np.asarray(pc.fill_null(newest["rating"].combine_chunks().take(place), 0), dtype=np.int64)
