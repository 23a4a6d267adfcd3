"""Handles a refused token (401): an outage, a managed bot's new token, or a revoked token.

Telegram's server answers 401 in outages too, so one answer is not enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)

from tenants.domain.model import Observed, TenantId
from tenants.runner.ingest.backoff import Backoff
from tenants.runner.settings import RunnerSettings
from tenants.runner.supervision.status_reporter import Reporter

log = structlog.get_logger(__name__)

REFUSED: tuple[type[TelegramAPIError], ...] = (TelegramUnauthorizedError, TelegramNotFound)
"""401, or 404 as for a malformed or deleted bot's token."""
UNAUTHORIZED = "unauthorized"
_SECONDS = 15

RenewToken = Callable[[TenantId], Awaitable[bool]]
"""Fetches a managed bot's token again; True when it is a different one."""


class RefusedTokens:
    """Asks again before reporting a token as revoked."""

    def __init__(self, reporter: Reporter, renew: RenewToken, settings: RunnerSettings) -> None:
        self._reporter = reporter
        self._renew = renew
        self._settings = settings

    async def settle(self, tenant_id: TenantId, bot: Bot) -> bool:
        """True when the token is valid after all. Otherwise a managed bot is restarted with its
        new token, and any other is reported as revoked.
        """
        known = self._reporter.seen(tenant_id) is Observed.TOKEN_REVOKED
        if not known:
            self._reporter.report(tenant_id, Observed.BACKING_OFF, UNAUTHORIZED)
        if not await self._stays_refused(bot, () if known else self._settings.token_pauses):
            return True
        if await self._renewed(tenant_id):
            return False
        if not known:
            log.warning("token revoked", tenant=tenant_id)
        self._reporter.report(tenant_id, Observed.TOKEN_REVOKED)
        return False

    async def _stays_refused(self, bot: Bot, pauses: tuple[float, ...]) -> bool:
        """Call getMe after each pause; answers that are not about the token don't count."""
        backoff = Backoff(longest=60.0)
        for pause in (*pauses, 0.0):
            while True:
                try:
                    await bot.get_me(request_timeout=_SECONDS)
                except REFUSED:
                    break
                except TelegramAPIError:
                    await asyncio.sleep(backoff.next())
                else:
                    return False
            await asyncio.sleep(pause)
        return True

    async def _renewed(self, tenant_id: TenantId) -> bool:
        try:
            return await self._renew(tenant_id)
        except Exception:
            log.exception("managed bot token not renewed", tenant=tenant_id)
            return False
