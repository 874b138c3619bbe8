"""Tokens that say of themselves whether they are ours: what nobody signed costs no question to the store.

    <token>.<signature>     a session's cookie: 32 random bytes, and HMAC-SHA-256 of them with the store's key

The key lies in the store, so that all processes have it and sessions outlive a restart. Whoever reads it there can
sign, but signs nothing that opens anything: the token itself is in no table, only its hash is.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final, Literal

import sqlalchemy as sa

from features.store import Store
from features.store.locks import lock_tables_to_make
from serving.console.sign_in.tables import KEY, SIGN_IN_METADATA

TOKEN_BYTES: Final = 32
_KEY_NAME: Final = "sign_in"
_COOKIE_LETTERS: Final = 2 * 43 + 1


class Signing:
    """Signs with one key, for each purpose apart: what is signed for one says nothing for another."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def mac(self, purpose: Literal["session", "form", "browser", "attempt"], text: bytes) -> bytes:
        """The signature of a text, 32 bytes."""
        return hmac.digest(self._key, purpose.encode() + b"\0" + text, "sha256")

    def new_token(self) -> bytes:
        """256 random bits."""
        return secrets.token_bytes(TOKEN_BYTES)

    def cookie_of(self, token: bytes) -> str:
        """What a browser keeps of a session."""
        return f"{_text(token)}.{_text(self.mac('session', token))}"

    def token_of(self, cookie: str | None) -> bytes | None:
        """The token of a cookie that was signed here, else None."""
        if cookie is None or len(cookie) != _COOKIE_LETTERS:
            return None
        token = _bytes(cookie.partition(".")[0])
        # the whole text is compared: base64 has several for the same bytes, and only one is ours
        return token if hmac.compare_digest(self.cookie_of(token).encode(), cookie.encode()) else None

    def csrf_of(self, token: bytes) -> str:
        """What the forms of a session must carry. It follows from the token, so it is stored nowhere."""
        return _text(self.mac("form", token))

    def browser_cookie(self, name: str) -> str:
        """What a browser keeps once somebody has signed in there, so that others' guesses don't shut them out."""
        text = f"{name}/{secrets.token_hex(8)}"
        return f"{text}/{_text(self.mac('browser', text.encode()))}"

    def subject(self, name: str, browser: str | None) -> bytes:
        """Whose wrong guesses are counted together: those at a name, but from a browser that it knows apart.

        (The idea is OWASP's "device cookies": who guesses at a name from elsewhere can make only such others wait.)
        """
        text, _, signature = (browser or "").rpartition("/")
        is_ours = hmac.compare_digest(_text(self.mac("browser", text.encode())).encode(), signature.encode())
        known = text if is_ours and text.partition("/")[0] == name else name
        return self.mac("attempt", known.encode())


def token_hash(token: bytes) -> bytes:
    """What is stored in the place of a token, 32 bytes. A quick hash is enough for 256 random bits."""
    return hashlib.sha256(token).digest()


def open_signing(store: Store, now_ms: int) -> Signing:
    """The signing of a store, which gets its key and tables the first time."""
    store.create(SIGN_IN_METADATA)
    query = sa.select(KEY.c.key).where(KEY.c.name == _KEY_NAME)
    with store.reading() as connection:
        key = connection.scalar(query)
    if key is None:
        with store.writing() as connection:
            lock_tables_to_make(connection)  # two processes that start at once agree on one
            key = connection.scalar(query)
            if key is None:
                key = secrets.token_bytes(TOKEN_BYTES)
                connection.execute(sa.insert(KEY).values(name=_KEY_NAME, key=key, created_at_ms=now_ms))
    return Signing(bytes(key))


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
