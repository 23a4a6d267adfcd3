"""QR codes of one login: show, detect the scan, renew, follow to another data centre.

https://core.telegram.org/api/qr-login
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from typing import Any, Final

import structlog
from telethon import events, functions, types

from mtproto.client.client import AccountClient
from mtproto.client.error_map import Kind, classify
from mtproto.login.steps import ShowQr
from tenants.domain.ports import Clock

log = structlog.get_logger(__name__)

_MARGIN: Final = 1.0
_SHORTEST: Final = 1.0
_LONGEST: Final = 30.0
_TRIES: Final = 3
"""Limit of expired tokens in a row, and of moves between data centres after a scan."""


class QrCodes:
    """Raises Telethon's errors."""

    def __init__(self, client: AccountClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._scanned = asyncio.Event()
        self.shown: ShowQr | None = None
        client.add_event_handler(self._on_scan, events.Raw(types.UpdateLoginToken))

    async def fresh(self) -> ShowQr | Any:
        """A new code to show, or the user who has scanned the last one.

        If a token expires during the move to another data centre, a new one is requested
        there, unless the login is already complete.
        """
        for left in reversed(range(_TRIES)):
            self._scanned.clear()
            try:
                return self._read(await self._token())
            except Exception as error:
                verdict = classify(error)
                if verdict.kind is not Kind.STALE_QR or not left:
                    raise
            log.info("QR token rejected", error=verdict.name)
            with contextlib.suppress(Exception):
                return await self._client.who(_LONGEST)
        raise AssertionError("unreachable")

    async def scanned_or_stale(self) -> None:
        """Wait until the code was scanned, or is about to expire."""
        left = 0.0
        if self.shown is not None:
            left = (self.shown.expires_at - self._clock.now()).total_seconds() - _MARGIN
        # Telegram's clock may differ from ours: bound the wait on both sides.
        seconds = min(max(left, _SHORTEST), _LONGEST)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._scanned.wait(), seconds)

    async def _token(self) -> Any:
        """An auth.LoginToken, or auth.LoginTokenSuccess once it was scanned."""
        api = self._client.session.api
        answer = await self._client.call(
            functions.auth.ExportLoginTokenRequest(api.api_id, api.api_hash.reveal(), [])
        )
        for _ in range(_TRIES):
            if not isinstance(answer, types.auth.LoginTokenMigrateTo):
                return answer
            await self._client.follow(answer.dc_id)
            answer = await self._client.call(functions.auth.ImportLoginTokenRequest(answer.token))
        raise ConnectionError("too many moves between data centres")

    def _read(self, answer: Any) -> ShowQr | Any:
        if isinstance(answer, types.auth.LoginTokenSuccess):
            return answer.authorization.user
        token = base64.urlsafe_b64encode(answer.token).decode().rstrip("=")
        self.shown = ShowQr(url=f"tg://login?token={token}", expires_at=answer.expires)
        return self.shown

    async def _on_scan(self, _update: Any) -> None:
        self._scanned.set()
