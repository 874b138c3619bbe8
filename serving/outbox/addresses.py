"""Where messages may go: by https to public addresses, unless an operator says otherwise.

A name is looked up when a message is sent, and the connection goes to the very address that was checked: a name that
points elsewhere between the check and the connection gets nobody into a private network.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Final, TypeAlias
from urllib.parse import urlsplit

LONGEST_URL: Final = 2_000
LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}  # who spells one out means it
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


class RefusedAddressError(ValueError):
    """An address that no message is sent to."""


def check_url(url: str, *, private: bool) -> None:
    """Refuse a URL that no message may be sent to, as far as it can be told without looking its name up.

    Raises:
        RefusedAddressError: it says what to do.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise RefusedAddressError(f"{url:.100}: not a URL ({error}); write https://HOST/PATH") from error
    if parts.scheme not in {"https", "http"} or not host or not url.isascii() or not url.isprintable() or " " in url:
        raise RefusedAddressError(f"{url:.100}: not a URL of HTTP; write https://HOST/PATH")
    if len(url) > LONGEST_URL:
        raise RefusedAddressError(f"{url:.100}: longer than {LONGEST_URL:,} characters")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise RefusedAddressError(f"{host}: leave user, password and fragment out of the URL; messages are signed")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise RefusedAddressError(f"{url:.100}: messages are sent by https; only to this machine itself by http")
    _refuse_private(host, [host], private=private)


async def allowed_addresses(host: str, port: int, *, private: bool) -> list[str]:
    """The addresses behind a name, once all of them may be sent to.

    Raises:
        RefusedAddressError: if one of them may not.
        OSError: if the name can't be looked up.
    """
    if _is_address(host):
        return [host]  # it stands in the URL, which was checked
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    _refuse_private(host, addresses, private=private)
    return addresses


def _refuse_private(host: str, addresses: list[str], *, private: bool) -> None:
    if host in LOOPBACK:
        return
    for address in addresses:
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            continue  # a name: it is looked up when a message is sent
        meant = _meant(parsed)
        if meant.is_multicast or meant.is_unspecified:
            raise RefusedAddressError(f"{host}: {address} is nobody's address")
        if not meant.is_global and not private:
            raise RefusedAddressError(
                f"{host}: {address} is in a private network; set CLEARCLAIM_WEBHOOK_PRIVATE=1 if it is meant"
            )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _meant(address: _Address) -> _Address:
    """The address that packets really go to: IPv6 has several ways to write one of IPv4."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address
