"""What is looked at before a service starts: nobody leaves its door open, or shut to everybody, unawares."""

from __future__ import annotations

import ipaddress
import logging
from pathlib import Path
from typing import Final

from features.store import Store
from serving.access.admission import Admission
from serving.access.kept_keys import KeptKeys
from serving.access.key_ring import KeyRing, StoredKeys
from serving.access.limits import RateLimits
from serving.settings import AUTH, Auth, SettingsError

LOGGER: Final = logging.getLogger("clearclaim.access")


def refuse_open_door(auth: Auth, host: str) -> None:
    """Refuse to serve without keys on an address that others reach.

    Raises:
        SettingsError: if so.
    """
    if auth == "off" and not _is_loopback(host):
        raise SettingsError(
            f"{AUTH}: is off, and whoever reaches {host} could decide claims; listen on 127.0.0.1, or leave it unset"
        )


def open_admission(auth: Auth, store: Store, workers: int, folder: Path | None = None) -> Admission:
    """What lets callers in, by the keys of a store, which a thread reads anew as long as the process lives.

    Args:
        auth: whether callers need a key.
        store: with the keys; its tables are made where they aren't there yet.
        workers: how many processes share the limits.
        folder: where keys are kept for workers that start while the store is away; None where none are.
    """
    if auth == "off":
        return Admission(None)
    ring = KeyRing(StoredKeys(store), kept=None if folder is None else KeptKeys(folder, store.name))
    ring.start()
    if ring.has_read and not len(ring):
        LOGGER.warning("no key is in force, so nobody may call; make one with 'clearclaim users add'")
    return Admission(ring, RateLimits(workers))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
