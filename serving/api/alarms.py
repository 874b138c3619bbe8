"""GET /v1/alarms: sudden rises in claims, and merchants in decline, for platforms that would rather ask than look."""

from __future__ import annotations

import re
from typing import Final

from features.store import Store
from serving.api.bodies import reply_with, wrong_value
from serving.api.endpoint import Call, Endpoint, Parameter, Reply
from serving.api.office import Office
from serving.api.patience import in_a_thread
from serving.insight import keeping
from serving.insight.alarms.alarm import ALARMS_PART
from serving.insight.alarms.messages import AlarmMessage, AlarmPage
from serving.insight.tables import open_insight

MOST_ALARMS: Final = 100
_CURSOR: Final = re.compile(r"([0-9]{1,15})-([0-9a-f]{1,32})")


async def alarms(office: Office, call: Call) -> Reply:
    """Give a page."""
    after = call.query.get("after")
    found = None if after is None else _CURSOR.fullmatch(after)
    if after is not None and found is None:
        raise wrong_value("after", "is no cursor of ours: send the next of the page before, or leave it out")
    place = (int(found[1]), found[2]) if found else (-1, "")
    return reply_with(await in_a_thread(read_alarms, office.store, place))


def read_alarms(store: Store, after: tuple[int, str]) -> AlarmPage:
    """The alarms after a moment (ms) and an id, the oldest first."""
    open_insight(store)
    with store.reading() as connection:
        kept = keeping.every(connection, ALARMS_PART)
        as_of_ms = keeping.as_of(connection, ALARMS_PART)
    told = [AlarmMessage.model_validate(each.body, extra="ignore") for each in kept]
    later = sorted(
        (each for each in told if (each.opened_ms, each.id) > after), key=lambda each: (each.opened_ms, each.id)
    )
    page = later[:MOST_ALARMS]
    at_ms, alarm_id = (page[-1].opened_ms, page[-1].id) if page else after
    return AlarmPage(alarms=page, next=f"{max(at_ms, 0)}-{alarm_id or 0}", as_of_ms=as_of_ms)


ALARMS: Final = Endpoint(
    method="GET",
    path="/v1/alarms",
    summary="Sudden rises in claims, merchants in decline",
    description=(
        "Products and merchants whose claims rose suddenly, and merchants who decline, by the moment at which the "
        "alarm was raised. Begin without `after`; then ask after what the page before gave as `next`. An alarm that "
        "was raised today may come again under the same id; how it stands later, a page from the beginning tells."
    ),
    scopes=frozenset({"platform", "auditor"}),
    handler=alarms,
    parameters=(Parameter("after", "query", "the `next` of the page before; without it, from the oldest alarm on"),),
    replies={200: (AlarmPage, f"up to {MOST_ALARMS} alarms")},
)
