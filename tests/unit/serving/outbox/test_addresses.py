"""Messages go to public addresses by https, unless an operator means something else."""

from __future__ import annotations

import asyncio

import pytest

from serving.outbox import addresses
from serving.outbox.addresses import RefusedAddressError, allowed_addresses, check_url


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/hooks?tenant=4",
        "https://shop.example:8443",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1::1]/hooks",
        "http://127.0.0.1:8080/hooks",
        "http://localhost/hooks",
        "https://localhost/hooks",
        "http://[::1]:99/",
    ],
)
def test_url_that_messages_may_go_to_is_taken(url: str) -> None:
    """Public ones by https, and this machine itself where it is spelled out."""
    check_url(url, private=False)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://shop.example/hooks", "by https"),
        ("ftp://shop.example/", "not a URL of HTTP"),
        ("shop.example/hooks", "not a URL of HTTP"),
        ("https:///hooks", "not a URL of HTTP"),
        ("https://shop.example:99999/", "not a URL"),
        ("https://[::1/", "not a URL"),
        ("https://shop.example/a b", "not a URL of HTTP"),
        ("https://商店.example/", "not a URL of HTTP"),
        ("https://ann:secret@shop.example/", "user, password"),
        ("https://shop.example/#part", "fragment"),
        ("https://shop.example/" + "a" * 2_000, "longer"),
        ("https://10.0.0.7/", "private network"),
        ("https://192.168.1.1/", "private network"),
        ("https://169.254.169.254/latest/meta-data", "private network"),
        ("https://100.64.0.1/", "private network"),
        ("https://127.0.0.2/", "private network"),
        ("https://[fd00::1]/", "private network"),
        ("https://[::ffff:10.0.0.7]/", "private network"),
        ("https://[64:ff9b::10.0.0.7]/", "private network"),
        ("https://[2002:a00:7::]/", "private network"),
        ("https://0.0.0.0/", "nobody's"),
        ("https://224.0.0.1/", "nobody's"),
    ],
)
def test_url_that_no_message_may_go_to_is_refused(url: str, reason: str) -> None:
    """With a reason, and no secret of the URL in it."""
    with pytest.raises(RefusedAddressError, match=reason) as refusal:
        check_url(url, private=False)
    assert "secret" not in str(refusal.value)


def test_private_address_is_taken_where_it_is_meant() -> None:
    """A receiver in one's own network needs a setting; without https it stays refused."""
    check_url("https://10.0.0.7/", private=True)
    with pytest.raises(RefusedAddressError, match="by https"):
        check_url("http://10.0.0.7/", private=True)
    with pytest.raises(RefusedAddressError, match="nobody's"):
        check_url("https://0.0.0.0/", private=True)


def look_up(monkeypatch: pytest.MonkeyPatch, host: str, *found: str, private: bool = False) -> list[str]:
    """The addresses that may be sent to behind a name that is looked up as said."""

    async def ask() -> list[str]:
        async def answer(*_arguments: object, **_named: object) -> list[tuple[object, ...]]:
            return [(0, 0, 0, "", (address, 443)) for address in found]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", answer, raising=False)
        return await allowed_addresses(host, 443, private=private)

    return asyncio.run(ask())


def test_name_of_public_addresses_may_be_sent_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, in the order in which they were found, once each."""
    found = ["2606:2800:220:1::1", "93.184.216.34", "93.184.216.34"]
    assert look_up(monkeypatch, "shop.example", *found) == found[:2]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.7", "169.254.169.254", "fe80::1%eth0"])
def test_name_that_leads_into_a_private_network_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Even if only one of its addresses does: the one that is taken would be a matter of luck."""
    with pytest.raises(RefusedAddressError, match="private network"):
        look_up(monkeypatch, "shop.example", "93.184.216.34", address)
    assert look_up(monkeypatch, "shop.example", address, private=True) == [address]


def test_localhost_may_be_sent_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was spelled out."""
    assert look_up(monkeypatch, "localhost", "::1", "127.0.0.1") == ["::1", "127.0.0.1"]
    assert "localhost" in addresses.LOOPBACK
