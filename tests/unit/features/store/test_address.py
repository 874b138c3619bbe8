"""URLs of stores, and what messages show of them."""

import pytest

from features.store import StoreError
from features.store.address import parse_url, shown


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///shop.db", "sqlite:///shop.db"),
        ("postgresql://ann@localhost/shop", "postgresql://ann@localhost/shop"),
        ("postgresql://ann:secret@localhost:5432/shop", "postgresql://ann:***@localhost:5432/shop"),
        ("postgresql+pg8000://ann:se%40cret@h/shop", "postgresql://ann:***@h/shop"),
        ("postgresql://h/shop?user=ann&password=secret", "postgresql://h/shop?password=%2A%2A%2A&user=ann"),
        ("postgresql://ann:secret@h:port/shop", "postgresql://***@h:port/shop"),
        ("postgres//ann:secret@h/shop", "***@h/shop"),
        ("ann:se@cret@h", "***@h"),
        ("postgresql:ann:sec/ret@h", "***@h"),
        ("shop.db", "shop.db"),
    ],
)
def test_url_is_shown_without_its_password(url, expected):
    """Messages end up in logs."""
    assert shown(url) == expected


@pytest.mark.parametrize("url", ["postgresql://ann@h/shop", "postgresql+pg8000://ann@h/shop"])
def test_postgresql_is_spoken_to_by_its_one_driver(url):
    """Users write what every manual writes."""
    assert parse_url(url).drivername == "postgresql+pg8000"


@pytest.mark.parametrize("url", ["", "shop.db", "./shop.db", "postgresql//h/shop", "postgresql://h:port/shop"])
def test_text_that_is_no_url_is_refused_with_what_one_looks_like(url):
    """The message shows both kinds."""
    with pytest.raises(StoreError, match=r"not a URL; write sqlite:///FILE or postgresql://USER@HOST/DATABASE"):
        parse_url(url)


@pytest.mark.parametrize("url", ["mysql://h/shop", "postgres://h/shop", "postgresql+psycopg2://h/shop", "sqlite+x://"])
def test_other_databases_and_drivers_are_refused_by_name(url):
    """Whether or not a driver for them is installed."""
    with pytest.raises(StoreError, match=rf"^{url.split(':', maxsplit=1)[0].replace('+', '.')}: stores live in SQLite"):
        parse_url(url)
