"""A thread that brings spooled answers into the store as soon as it takes them again."""

from __future__ import annotations

import logging
from functools import partial
from typing import Final

from serving.background import Background
from serving.claim_desk import ClaimDesk
from serving.counter import STORE_FAILED, fold
from serving.spool import Spool

EVERY_SECONDS: Final = 2.0
LOGGER: Final = logging.getLogger("clearclaim.spool")


class Folder(Background):
    """Folds until it is stopped. Every worker of a machine may have one: a claim comes in once."""

    def __init__(self, desk: ClaimDesk, spool: Spool, every_seconds: float = EVERY_SECONDS) -> None:
        super().__init__("clearclaim-folding", every_seconds, partial(_fold_in, desk, spool))


def _fold_in(desk: ClaimDesk, spool: Spool) -> None:
    try:
        if folded := fold(desk, spool):
            LOGGER.info("%s answers came from the spool into the store", folded)
    except STORE_FAILED:
        return  # the claims' own failures say so; later
