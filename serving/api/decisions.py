"""GET /v1/decisions: all decisions, a page after another, for who would rather ask than be told."""

from __future__ import annotations

import json
from typing import Final

from serving.api.bodies import wrong_value
from serving.api.endpoint import ApiError, Call, Endpoint, Parameter, Reply
from serving.api.messages import DecisionPage
from serving.api.office import Office
from serving.api.patience import in_a_thread
from serving.outbox.feed import MOST_DECISIONS, CursorError, CursorExpiredError, Page, read_decisions

USUAL_LIMIT: Final = 100


async def decisions(office: Office, call: Call) -> Reply:
    """Give a page."""
    limit = _limit_of(call.query.get("limit"))
    try:
        # in a thread: a thousand decisions are a few megabytes, and claims must not wait for them
        page = await in_a_thread(read_decisions, office.store, call.query.get("after"), limit)
    except CursorExpiredError as error:
        raise ApiError(410, "cursor_expired", str(error), (("after", str(error)),)) from None
    except CursorError as error:
        raise wrong_value("after", str(error)) from None
    return Reply(body=body_of(page))


def body_of(page: Page) -> bytes:
    """The page as JSON, out of answers that are JSON already."""
    return f'{{"decisions":[{",".join(page.decisions)}],"next":{json.dumps(page.cursor)}}}'.encode()


def _limit_of(said: str | None) -> int:
    if said is None:
        return USUAL_LIMIT
    if not (said.isascii() and said.isdigit() and len(said) <= 9 and 1 <= int(said) <= MOST_DECISIONS):
        raise wrong_value("limit", f"is no number from 1 to {MOST_DECISIONS:,}")
    return int(said)


DECISIONS: Final = Endpoint(
    method="GET",
    path="/v1/decisions",
    summary="All decisions, page by page",
    description=(
        "Each decision comes once, in an order that never changes. Begin without `after`; then ask after what the page "
        "before gave as `next`. An empty page means that there is nothing new yet."
    ),
    scopes=frozenset({"platform", "scientist", "auditor"}),
    handler=decisions,
    parameters=(
        Parameter("after", "query", "the `next` of the page before; without it, from the oldest decision on"),
        Parameter(
            "limit",
            "query",
            "how many at most",
            {"type": "integer", "minimum": 1, "maximum": MOST_DECISIONS, "default": USUAL_LIMIT},
        ),
    ),
    replies={200: (DecisionPage, "a page")},
    errors={410: "what came after this cursor was pruned: begin anew without one"},
)
