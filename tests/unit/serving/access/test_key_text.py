"""What a key looks like, and what is stored in its place."""

import hashlib

import pytest

from serving.access.key_text import KEY_PATTERN, SECRET_LETTERS, digest_of, make_key, presented


def test_keys_are_all_different_and_of_one_form() -> None:
    """Neither id nor secret comes twice, and a scanner's pattern knows each one."""
    keys = [make_key() for _ in range(200)]
    assert len({key.id for key in keys}) == len({key.text for key in keys}) == 200
    for key in keys:
        found = KEY_PATTERN.fullmatch(key.text)
        assert found is not None
        assert found[1] == key.id
        assert key.digest == hashlib.sha256(found[2].encode()).digest()


def test_secret_holds_no_less_than_32_random_bytes() -> None:
    """So it can't be guessed, and a quick hash of it is enough."""
    assert 62**SECRET_LETTERS >= 2**256
    letters = {letter for _ in range(200) for letter in make_key().text.rpartition("_")[2]}
    assert len(letters) == 62


def test_text_of_a_new_key_is_not_in_its_repr() -> None:
    """A key that is logged by mistake stays secret."""
    key = make_key()
    assert key.text not in repr(key)
    assert key.text.rpartition("_")[2] not in repr(key)


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER   "])
def test_key_is_found_behind_its_scheme(scheme: str) -> None:
    """The scheme's case doesn't matter (RFC 9110, section 11.1)."""
    key = make_key()
    assert presented(scheme + key.text) == (key.id, key.text.rpartition("_")[2])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer cc_short_x",
        f"Bearer cc_{'a' * 12}_{'b' * 42}",
        f"Bearer cc_{'a' * 12}_{'b' * 44}",
        f"Bearer cc_{'a' * 12}_{'b' * 42}é",
        f"Bearer cc_{'a' * 12}_{'b' * 43}\n",
        f"cc_{'a' * 12}_{'b' * 43}",
        "Bearer " + "x" * 100_000,
        "Bearer \udcff",
    ],
)
def test_header_without_a_key_names_nobody(header: str | None) -> None:
    """Whatever is sent, there is something of bounded length to hash and no id."""
    key_id, secret = presented(header)
    assert key_id == ""
    assert len(secret) <= 256
    assert len(digest_of(secret)) == 32
