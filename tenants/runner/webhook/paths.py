"""Webhook addresses: an opaque path and a secret for each bot, derived, never stored.

The path contains the tenant's id, encrypted and authenticated (a synthetic IV, as in RFC 5297),
so that an unknown path is refused without a database query.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Final

from tenants.domain.model import TenantId
from tenants.security.vault import Vault

_TAG: Final = 16
_ID: Final = 8
PREFIX: Final = "/hook/"


class HookPaths:
    """Makes and reads the addresses of webhooks."""

    def __init__(self, vault: Vault) -> None:
        self._tag_key = vault.blind_index("webhook", "tag")
        self._pad_key = vault.blind_index("webhook", "pad")
        self._secret_key = vault.blind_index("webhook", "secret")

    def path(self, tenant_id: TenantId) -> str:
        """The last part of the address; 32 characters."""
        plain = tenant_id.to_bytes(_ID, "big")
        tag = hmac.digest(self._tag_key, plain, "sha256")[:_TAG]
        return base64.urlsafe_b64encode(tag + self._hide(tag, plain)).decode()

    def tenant_of(self, path: str) -> TenantId | None:
        """The tenant of a path; None for a path that is not ours."""
        try:
            raw = base64.b64decode(path.encode("ascii"), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError):
            return None
        tag, hidden = raw[:_TAG], raw[_TAG:]
        if len(hidden) != _ID:
            return None
        plain = self._hide(tag, hidden)
        if not hmac.compare_digest(tag, hmac.digest(self._tag_key, plain, "sha256")[:_TAG]):
            return None
        return TenantId(int.from_bytes(plain, "big"))

    def secret(self, tenant_id: TenantId) -> str:
        """What Telegram sends in ``X-Telegram-Bot-Api-Secret-Token`` (A-Z a-z 0-9 _ -).
        https://core.telegram.org/bots/api#setwebhook"""
        digest = hmac.digest(self._secret_key, tenant_id.to_bytes(_ID, "big"), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def secret_is_right(self, tenant_id: TenantId, shown: str) -> bool:
        """Compare as bytes and in constant time; non-ASCII headers are wrong, not an error."""
        wanted = self.secret(tenant_id).encode()
        return hmac.compare_digest(wanted, shown.encode("utf-8", "surrogateescape"))

    def _hide(self, tag: bytes, block: bytes) -> bytes:
        pad = hmac.digest(self._pad_key, tag, "sha256")[:_ID]
        return bytes(a ^ b for a, b in zip(block, pad, strict=True))
