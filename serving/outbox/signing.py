"""Secrets of subscriptions, and what proves to a receiver that a message is ours.

No secret is stored: each is derived from one key in the environment, the subscription's id and a version. Messages
are signed as Standard Webhooks says (https://www.standardwebhooks.com); while a secret is being changed, with both.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac

from standardwebhooks import Webhook as Signer

from serving.outbox.subscriptions import Webhook
from serving.settings import LEAST_KEY_BYTES


class SigningKeyError(ValueError):
    """A key that secrets can't be derived from."""


class Secrets:
    """Derives the secrets of subscriptions from one key.

    Raises:
        SigningKeyError: if there is no key, or it is too short to keep anything secret.
    """

    def __init__(self, key: str | None) -> None:
        self._key = (key or "").encode()
        if len(self._key) < LEAST_KEY_BYTES:
            said = "is not set" if not self._key else f"has {len(self._key)} bytes"
            raise SigningKeyError(
                f"CLEARCLAIM_WEBHOOK_KEY: {said}; set {LEAST_KEY_BYTES} or more random ones, such as by "
                "'openssl rand -hex 32', the same on every host"
            )

    def secret_of(self, webhook: Webhook, *, versions_back: int = 0) -> str:
        """The secret (`whsec_...`) that a receiver verifies with: the present one, or one of before."""
        name = f"clearclaim webhook {webhook.id} {webhook.secret_version - versions_back}"
        digest = hmac.new(self._key, name.encode(), hashlib.sha256).digest()
        return "whsec_" + base64.b64encode(digest).decode()

    def headers(self, webhook: Webhook, message_id: str, body: str, now_ms: int) -> dict[str, str]:
        """What identifies and signs a message that is sent now."""
        moment = dt.datetime.fromtimestamp(now_ms // 1000, dt.UTC)
        both = webhook.secret_version > 1 and now_ms < webhook.both_secrets_until_ms
        secrets = [self.secret_of(webhook, versions_back=back) for back in range(2 if both else 1)]
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(now_ms // 1000),
            "webhook-signature": " ".join(Signer(secret).sign(message_id, moment, body) for secret in secrets),
        }
