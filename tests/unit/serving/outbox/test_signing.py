"""What a receiver verifies with: secrets that are nowhere stored, and signatures of Standard Webhooks."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from serving.outbox.signing import Secrets, SigningKeyError
from serving.outbox.subscriptions import Webhook

KEY = "0123456789abcdef" * 4
WEBHOOK = Webhook("wh_1", "https://shop.example/hooks", ("claim.decided",), 0)
BODY = '{"type":"claim.decided","data":{"claim_id":"杯子"}}'


def now_ms() -> int:
    """The verifier has no clock to be given."""
    return time.time_ns() // 1_000_000


def test_signed_message_is_verified_by_the_secret() -> None:
    """The package of Standard Webhooks takes it, with the secret as the command prints it."""
    secrets = Secrets(KEY)
    headers = secrets.headers(WEBHOOK, "msg_1_2", BODY, now_ms())
    assert set(headers) == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert Verifier(secrets.secret_of(WEBHOOK)).verify(BODY, headers)["data"] == {"claim_id": "杯子"}


@pytest.mark.parametrize("change", ["body", "id", "time", "secret", "key"])
def test_message_that_was_changed_is_not_verified(change: str) -> None:
    """Neither what it says, nor which one it is, nor when it was sent can be changed, nor who signed it."""
    headers = Secrets(KEY if change != "key" else KEY + "x").headers(WEBHOOK, "msg_1_2", BODY, now_ms())
    if change == "id":
        headers["webhook-id"] = "msg_1_3"
    if change == "time":
        headers["webhook-timestamp"] = str(int(headers["webhook-timestamp"]) - 1)
    reader = replace(WEBHOOK, id="wh_2") if change == "secret" else WEBHOOK
    verifier = Verifier(Secrets(KEY).secret_of(reader))
    with pytest.raises(WebhookVerificationError, match="No matching"):
        verifier.verify(BODY + " " * (change == "body"), headers)


def test_both_secrets_verify_while_one_is_being_changed() -> None:
    """A receiver may change over at any moment before the overlap is over; after it, the old one is of no use."""
    secrets, now = Secrets(KEY), now_ms()
    old = Verifier(secrets.secret_of(WEBHOOK))
    changed = replace(WEBHOOK, secret_version=2, both_secrets_until_ms=now + 1)
    new = Verifier(secrets.secret_of(changed))
    during = secrets.headers(changed, "msg_1_2", BODY, now)
    assert old.verify(BODY, during) == new.verify(BODY, during)
    after = secrets.headers(changed, "msg_1_2", BODY, now + 1)
    assert new.verify(BODY, after)
    with pytest.raises(WebhookVerificationError, match="No matching"):
        old.verify(BODY, after)


def test_secrets_differ_by_subscription_version_and_key() -> None:
    """One that leaks opens nothing else."""
    others = [WEBHOOK, replace(WEBHOOK, id="wh_11"), replace(WEBHOOK, secret_version=11)]
    found = {Secrets(key).secret_of(webhook) for key in (KEY, KEY[1:]) for webhook in others}
    assert len(found) == 6
    assert all(secret.startswith("whsec_") and len(secret) == 50 for secret in found)


@pytest.mark.parametrize("key", [None, "", "short", "x" * 31])
def test_key_that_keeps_nothing_secret_is_refused(key: str | None) -> None:
    """And the message doesn't show it."""
    with pytest.raises(SigningKeyError, match="CLEARCLAIM_WEBHOOK_KEY") as refusal:
        Secrets(key)
    assert not key or key not in str(refusal.value)


def test_receiver_of_the_documentation_takes_a_message_once() -> None:
    """Whoever copies it from docs/service.md has a receiver that verifies, and drops repeats."""
    text = (Path(__file__).parents[4] / "docs" / "service.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert code is not None
    names: dict[str, Any] = {}
    exec(code[1], names)  # noqa: S102 - our own words
    headers = Secrets(KEY).headers(WEBHOOK, "msg_1_2", BODY, now_ms())
    secret, seen = Secrets(KEY).secret_of(WEBHOOK), set[str]()
    assert names["receive"](BODY.encode(), headers, secret, seen)["type"] == "claim.decided"
    assert names["receive"](BODY.encode(), headers, secret, seen) is None
    with pytest.raises(WebhookVerificationError):
        names["receive"](BODY.encode() + b" ", headers, secret, seen)
