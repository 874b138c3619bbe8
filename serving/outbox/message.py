"""What a row of the outbox says to a receiver."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from typing import Final

_ID: Final = re.compile(r"msg_([0-9]{1,18})_[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell one receiver. `attempts` were made before; `is_new` ones have no row in `delivery` yet."""

    id: str
    place: int
    claim_id: str
    body: str
    attempts: int = 0
    is_new: bool = True

    @property
    def at_ms(self) -> int:
        """When that happened which it tells of."""
        return int(self.id.rpartition("_")[2])


def message_id(sequence: int, at_ms: int) -> str:
    """The id by which a receiver tells repeats: the same at every attempt. The moment tells stores apart.

    >>> message_id(7, 1767225600000)
    'msg_7_1767225600000'
    """
    return f"msg_{sequence}_{at_ms}"


def sequence_of(id_of_message: str) -> int:
    """The number of the outbox's row that a message is about.

    Raises:
        ValueError: if it is no message's id.
    """
    found = _ID.fullmatch(id_of_message)
    if found is None:
        raise ValueError(f"{id_of_message!r:.60}: no message's id; 'clearclaim webhooks dead' shows them")
    return int(found[1])


def body_of(kind: str, at_ms: int, data: str) -> str:
    """The body of a message: what happened, when, and its data, which is JSON already.

    >>> body_of("claim.decided", 1767225600123, '{"claim_id":"c1"}')
    '{"type":"claim.decided","timestamp":"2026-01-01T00:00:00.123Z","data":{"claim_id":"c1"}}'
    """
    moment = dt.datetime.fromtimestamp(at_ms // 1000, dt.UTC).replace(microsecond=at_ms % 1000 * 1000, tzinfo=None)
    timestamp = moment.isoformat(timespec="milliseconds") + "Z"
    return f'{{"type":{json.dumps(kind)},"timestamp":"{timestamp}","data":{data}}}'
