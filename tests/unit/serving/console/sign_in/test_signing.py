"""Only what was signed here is ours, and each signature is for one purpose."""

import pytest

from serving.console.sign_in.signing import Signing, open_signing

SIGNING = Signing(b"k" * 32)


def test_cookie_gives_its_token_back():
    """And forms get a token that follows from it, and is another one."""
    token = SIGNING.new_token()
    cookie = SIGNING.cookie_of(token)
    assert SIGNING.token_of(cookie) == token
    assert SIGNING.csrf_of(token) not in cookie
    assert SIGNING.csrf_of(token) == SIGNING.csrf_of(token) != SIGNING.csrf_of(SIGNING.new_token())


@pytest.mark.parametrize(
    "forge",
    [
        lambda _: None,
        lambda _: "",
        lambda cookie: cookie[:-1],
        lambda cookie: cookie + "=",
        lambda cookie: ("B" if cookie[0] == "A" else "A") + cookie[1:],
        lambda cookie: cookie[:-2] + ("Q" if cookie[-2] != "Q" else "R") + cookie[-1],
        lambda cookie: cookie.replace(".", "-"),
        lambda _: "." * 87,
        lambda _: "é" * 87,
        lambda _: Signing(b"other" * 7).cookie_of(b"t" * 32),
    ],
)
def test_cookie_that_was_forged_has_no_token(forge):
    """Whatever was changed about it."""
    assert SIGNING.token_of(forge(SIGNING.cookie_of(b"t" * 32))) is None


def test_two_texts_of_the_same_bytes_are_not_both_ours():
    """Base64 leaves bits over at its end; a cookie with others there is another text."""
    cookie = SIGNING.cookie_of(b"t" * 32)
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(cookie[-1])
    twin = cookie[:-1] + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last ^ 1]
    assert SIGNING.token_of(twin) is None


def test_guesses_from_a_known_browser_are_counted_apart_for_its_own_name_alone():
    """A browser that ann has used tells nothing of bob, and one that was made up is a stranger's."""
    browser = SIGNING.browser_cookie("ann")
    strangers = SIGNING.subject("ann", None)
    assert SIGNING.subject("ann", browser) != strangers
    assert SIGNING.subject("bob", browser) == SIGNING.subject("bob", None)
    assert SIGNING.subject("ann", SIGNING.browser_cookie("ann")) != SIGNING.subject("ann", browser)
    for forged in ("ann/0/x", browser[:-1], browser.replace("ann/", "ann/0"), "", "/", "é"):
        assert SIGNING.subject("ann", forged) == strangers


def test_all_processes_of_a_store_sign_alike(store):
    """The key is made once, and two stores have two."""
    cookie = open_signing(store, 0).cookie_of(b"t" * 32)
    assert open_signing(store, 1).token_of(cookie) == b"t" * 32
    assert SIGNING.token_of(cookie) is None
