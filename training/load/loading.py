"""From a file and a mapping to events and a report. Nothing is written here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import Ints
from features.events import CLAIM_REASONS, CLAIM_TYPES
from features.progress import Progress
from training.load.assemble import ReturnWords, assemble
from training.load.columns import Bools
from training.load.lines import Lines, read_lines, read_words
from training.load.mapping import Mapping
from training.load.matching import Matches, Units, Unmatched, match_returns
from training.load.reading import Source
from training.load.report import LoadReport, Tally
from training.load.rows import RowKinds, sort_rows
from training.load.source import Sheet, read_sheet

STEPS: Final = (
    "reading the file",
    "sorting its rows",
    "reading orders",
    "reading returns",
    "matching",
    "making events",
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Events in the event layout (`features.event_file.EVENT_SCHEMA`), by `known_at_ms`, and what was found."""

    events: pa.Table
    report: LoadReport


def load(data: Source | Path, mapping: Mapping, progress: Progress | None = None) -> Loaded:
    """Turn lines into events. All of them lie in memory: a return's purchase may be any line before it.

    Args:
        data: where the lines are (`training.load.reading.open_source`, or a path of files).
        mapping: which column is what and which rows are what (`read_mapping`).
        progress: called with (steps done, steps in all, what is being done) before each step and after the last.

    Raises:
        LoadError: one line that names the file, the row or column, and what to do.
    """
    step = _stepper(progress)
    step()
    sheet = read_sheet(data, mapping.column_keys())
    step()
    kinds = sort_rows(sheet, mapping)
    step()
    orders = read_lines(sheet, mapping, kinds.orders, "positive")
    step()
    returns = read_lines(sheet, mapping, kinds.returns, mapping.returns.sign)
    words = read_return_words(sheet, mapping, kinds.returns)
    step()
    matches = match_lines(orders, returns)
    step()
    events, _ = assemble(orders, returns, matches, words)
    step()
    return Loaded(events, _report(sheet, mapping, kinds, orders=orders, returns=returns, matches=matches))


def _stepper(progress: Progress | None) -> Callable[[], None]:
    pending = iter((*enumerate(STEPS), (len(STEPS), "done")))

    def step() -> None:
        done, what = next(pending)
        if progress is not None:
            progress(done, len(STEPS), what)

    return step


def read_return_words(sheet: Sheet, mapping: Mapping, positions: Ints) -> ReturnWords:
    """What the returns at some positions claim, and why.

    Raises:
        LoadError: naming the first row whose word is neither accepted nor translated.
    """
    said = mapping.returns
    return ReturnWords(
        read_words(sheet, said.claim_type, positions, "returns.claim_type", CLAIM_TYPES),
        read_words(sheet, said.claim_reason, positions, "returns.claim_reason", CLAIM_REASONS),
        said.action,
    )


def match_lines(orders: Lines, returns: Lines) -> Matches:
    """Match returns to orders by buyer and product (`training.load.matching`)."""
    products = pc.unique(pa.chunked_array([orders.product, returns.product]))
    buyers = pc.unique(pa.chunked_array([orders.buyer, returns.buyer])).drop_null()

    def units(lines: Lines) -> Units:
        buyer = np.asarray(pc.fill_null(pc.index_in(lines.buyer, value_set=buyers), -1), dtype=np.int64)
        product = np.asarray(pc.index_in(lines.product, value_set=products), dtype=np.int64)
        return Units(np.where(buyer < 0, -1, buyer * len(products) + product), lines.time_ms, lines.quantity)

    return match_returns(units(orders), units(returns))


def _report(
    sheet: Sheet, mapping: Mapping, kinds: RowKinds, *, orders: Lines, returns: Lines, matches: Matches
) -> LoadReport:
    matched = matches.purchase >= 0
    causes = np.array([str(cause) for cause in matches.causes])
    times_ms = np.concatenate([orders.time_ms, returns.time_ms])
    return LoadReport(
        source=sheet.file,
        currency=mapping.money.currency,
        minor_digits=mapping.money.minor_digits,
        lines_read=len(sheet),
        orders=_tally(orders, np.ones(len(orders), dtype=np.bool_)),
        orders_without_buyer=_tally(orders, np.asarray(orders.buyer.is_null())),
        returns=_tally(returns, np.ones(len(returns), dtype=np.bool_)),
        matched_in_full=_tally(returns, matched & (matches.units == returns.quantity)),
        matched_in_part=_tally(returns, matched & (matches.units < returns.quantity)),
        unmatched={str(cause): _tally(returns, causes == str(cause)) for cause in Unmatched},
        left_out=kinds.left_out,
        first_time_ms=int(times_ms.min()) if len(times_ms) else None,
        last_time_ms=int(times_ms.max()) if len(times_ms) else None,
    )


def _tally(lines: Lines, chosen: Bools) -> Tally:
    return Tally(int(chosen.sum()), int(lines.amount_minor[chosen].sum()))
