"""QR codes: shown by one device, scanned by another. https://core.telegram.org/api/qr-login"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import time
from collections.abc import Callable

from sandbox.world.login_codes import Codes
from sandbox.world.login_models import LoginError, QrAccepted, QrToken, Session


class Tokens(Codes):
    """QR codes that can be scanned.

    Args:
        qr_ttl: how long a QR code may be scanned, seconds.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        code_ttl: float = 300.0,
        qr_ttl: float = 30.0,
    ) -> None:
        super().__init__(now=now, code_ttl=code_ttl)
        self.qr_ttl = qr_ttl
        self.tokens: dict[bytes, QrToken] = {}

    def new_token(self, key_id: int, account_id: int | None = None) -> QrToken:
        """A new QR code for a session; its earlier ones stay valid until they expire."""
        now = self.now()
        self.tokens = {key: item for key, item in self.tokens.items() if item.expires > now}
        token = QrToken(
            token=secrets.token_bytes(32),
            key_id=key_id,
            expires=now + self.qr_ttl,
            account_id=account_id,
        )
        self.tokens[token.token] = token
        self.changed()
        return token

    def accept_token(self, account_id: int, token: bytes) -> Session:
        """A logged-in device of ``account_id`` scanned this.

        Raises:
            LoginError: AUTH_TOKEN_INVALID, AUTH_TOKEN_EXPIRED, AUTH_TOKEN_ALREADY_ACCEPTED.
        """
        found = self.tokens.get(token)
        session = self.keys.get(found.key_id) if found else None
        if found is None or session is None or found.account_id is not None:
            raise LoginError("AUTH_TOKEN_INVALID")
        if found.expires <= self.now():
            del self.tokens[token]
            raise LoginError("AUTH_TOKEN_EXPIRED")
        if session.account_id is not None:
            raise LoginError("AUTH_TOKEN_ALREADY_ACCEPTED")
        del self.tokens[token]
        if self.home_of(account_id) != session.dc:
            session.moves_by = self.new_token(session.key_id, account_id).token
            self.tell(QrAccepted(session.key_id))
            return session
        session.account_id = account_id
        session.awaits_password = account_id in self.passwords
        if not session.awaits_password:
            self.complete(session)
        self.tell(QrAccepted(session.key_id))
        return session

    def accept_qr(self, account_id: int, url: str) -> Session:
        """The same by the scanned link: ``tg://login?token=…`` (base64url, no padding).

        Raises:
            LoginError: as :meth:`accept_token`.
        """
        return self.accept_token(account_id, token_of(url))


def token_of(url: str) -> bytes:
    """The token of a login link.

    Raises:
        LoginError: AUTH_TOKEN_INVALID.
    """
    match = re.fullmatch(r"tg://login/?\?token=([A-Za-z0-9_-]+)=*", url.strip())
    if match is None:
        raise LoginError("AUTH_TOKEN_INVALID")
    text = match[1]
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise LoginError("AUTH_TOKEN_INVALID") from None
