"""GET /metrics: the figures of all workers, for Prometheus."""

from __future__ import annotations

import asyncio
from typing import Final

from serving.api.endpoint import EVERYBODY, Call, Endpoint, Reply
from serving.api.office import Office
from serving.observing.metrics import CONTENT_TYPE


async def figures(office: Office, _call: Call) -> Reply:
    """What was counted, by all workers of this service on this machine."""
    # it reads the files of all workers: some milliseconds that nobody else should wait for
    text = await asyncio.to_thread(office.metrics.text)
    return Reply(body=text, content_type=CONTENT_TYPE.encode())


FIGURES: Final = Endpoint(
    method="GET",
    path="/metrics",
    summary="Figures for Prometheus",
    description="Of all workers of this service, whichever answers. Nothing in it tells of any one person.",
    scopes=EVERYBODY,
    handler=figures,
    replies={200: (None, "the figures, in Prometheus' text format")},
)
