"""One line for a request that was slow or failed; for each one only where somebody asks for that."""

from __future__ import annotations

import logging
from typing import Final, Literal, TypeAlias

AccessMode: TypeAlias = Literal["off", "slow", "all"]
ACCESS_MODES: Final[tuple[AccessMode, ...]] = ("off", "slow", "all")

SLOW_SECONDS: Final = 0.25  # some fifty times what a claim takes
LOGGER: Final = logging.getLogger("clearclaim.access")


class AccessLog:
    """Logs requests.

    Args:
        mode: `slow` for those that took `SLOW_SECONDS` or that the service failed at, `all`, or `off`.
    """

    def __init__(self, mode: AccessMode) -> None:
        self._mode = mode

    def request(self, method: str, endpoint: str, status: int, seconds: float, caller: str = "") -> None:
        """A request that was answered.

        Args:
            method: such as POST.
            endpoint: the endpoint's path as it is declared, since a path that is asked for may hold anything.
            status: of the response.
            seconds: from its first byte to the last of the response.
            caller: the name of the key that was shown.
        """
        failed = status >= 500
        if self._mode == "off" or not (failed or self._mode == "all" or seconds >= SLOW_SECONDS):
            return
        level = logging.WARNING if failed or seconds >= SLOW_SECONDS else logging.INFO
        fields = {"method": method, "endpoint": endpoint, "status": status, "seconds": round(seconds, 6)}
        if caller:
            fields["caller"] = caller
        LOGGER.log(level, "request answered", extra=fields)
