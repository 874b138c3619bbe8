"""Work with the store that takes a while, beside the event loop; and what to say where the store can't be asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from serving.api.endpoint import ApiError
from serving.counter import STORE_FAILED

LOGGER: Final = logging.getLogger("clearclaim.api")
Given = ParamSpec("Given")
Found = TypeVar("Found")

_UNAVAILABLE: Final = ApiError(
    503,
    "unavailable",
    "the store can't be asked now; send the same request again: nothing is counted twice",
    headers=((b"retry-after", b"2"),),
)


async def in_a_thread(work: Callable[Given, Found], *args: Given.args, **kwargs: Given.kwargs) -> Found:
    """Do it in a thread, so that claims that come meanwhile needn't wait for it.

    Raises:
        ApiError: 503 if the store fails.
    """
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except STORE_FAILED as error:
        # its sort alone: what a database says of a statement may hold what was to be stored
        LOGGER.error("the store can't be asked: %s", type(error).__name__)  # noqa: TRY400
        raise _UNAVAILABLE from None
