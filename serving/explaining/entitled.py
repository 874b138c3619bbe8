"""What a buyer is given, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from serving.answer import EntitlementsAnswer, WindowAnswer
from serving.explaining.words import Words


def entitled_sentences(given: EntitlementsAnswer, words: Words, zone: ZoneInfo, *, granted: bool) -> list[str]:
    """The entitlements of an answer as a buyer reads them; days are those of a time zone.

    Args:
        given: as the answer has them.
        words: in which language.
        zone: the policy's.
        granted: whether the claim was granted; else a person decides on it first.
    """
    of_grant = [*_of_money(given, words), *_of_parcel(given, words)]
    if not granted:
        of_grant = [f"{words.if_granted}{sentence}" for sentence in of_grant]
    return [*_of_windows(given, words, zone), *of_grant, *_of_quota(given, words)]


def _of_windows(given: EntitlementsAnswer, words: Words, zone: ZoneInfo) -> Iterator[str]:
    if (end := _last_day(given.window, words, zone)) is not None:
        yield (words.window if given.window.within else words.window_over).format(date=end)
    if given.warranty is not None and given.warranty.within:
        end = _last_day(given.warranty, words, zone)
        if end is not None:
            yield words.warranty.format(date=end)


def _of_money(given: EntitlementsAnswer, words: Words) -> Iterator[str]:
    if given.refund_timing is None:
        return
    due = words.refund_due.format(days=given.refund_due_days) if given.refund_due_days else ""
    yield f"{words.refund[given.refund_timing]}{due}"
    if given.refund_routes:
        yield words.route[given.refund_routes[0]]


def _of_parcel(given: EntitlementsAnswer, words: Words) -> Iterator[str]:
    if given.freight_payer is not None:
        yield words.freight[given.freight_payer]
    if given.prepaid_label:
        yield words.label
    if given.rma_number is not None:
        yield words.parcel_number.format(number=given.rma_number)


def _of_quota(given: EntitlementsAnswer, words: Words) -> Iterator[str]:
    if given.quota is not None and given.quota.limit:
        yield words.quota.format(limit=given.quota.limit, left=given.quota.left)


def _last_day(window: WindowAnswer, words: Words, zone: ZoneInfo) -> str | None:
    """The last day of a window; its end is exclusive."""
    if window.closes_at_ms is None:
        return None
    return datetime.fromtimestamp((window.closes_at_ms - 1) / 1000, zone).strftime(words.date)
