"""What every response carries."""

import base64
import hashlib

from serving.access.headers import page_policy, security_headers


def test_answer_may_do_nothing_in_a_browser_and_stays_in_no_cache() -> None:
    """Whatever is in it, it isn't a page, isn't shown in a frame, and isn't kept."""
    headers = dict(security_headers())
    policy = headers[b"content-security-policy"].decode().split("; ")
    assert policy[0] == "default-src 'none'"
    assert "frame-ancestors 'none'" in policy
    assert not any(part.startswith(("script-src", "style-src")) for part in policy)
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"referrer-policy"] == b"no-referrer"
    assert headers[b"x-frame-options"] == b"DENY"


def test_style_of_a_page_is_allowed_by_its_hash_and_no_script_is() -> None:
    """What somebody smuggles into the page doesn't run, and doesn't change its look."""
    style = "body { color: red }\n"
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    name, value = page_policy(style)
    policy = value.decode()
    assert name == b"content-security-policy"
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith(f"; style-src 'sha256-{digest}'")
    assert "unsafe" not in policy


def test_browsers_are_told_to_use_https_only_where_it_is_there() -> None:
    """Said over plain HTTP it would mean nothing, or shut a trial out."""
    assert b"strict-transport-security" not in dict(security_headers())
    assert dict(security_headers(tls=True))[b"strict-transport-security"] == b"max-age=31536000"


def test_no_header_names_the_server_and_each_is_there_once() -> None:
    """Names in lower case, as HTTP/2 and ASGI have them."""
    names = [name for name, _ in security_headers(tls=True)]
    assert len(set(names)) == len(names)
    assert all(name == name.lower() for name in names)
    assert not {b"server", b"x-powered-by"} & set(names)
