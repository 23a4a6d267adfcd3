"""The control bot's webhook: registration, periodic check, and queueing of deliveries."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import msgspec
import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError

from tenants.bot.update_header import parse_header
from tenants.runner.control_bot.chat_queues import ControlLanes
from tenants.runner.webhook.endpoint import CONTROL_BOT
from tenants.runner.webhook.registration import Found, Webhooks

log = structlog.get_logger(__name__)

CHECK_EVERY: Final = 60.0
_WAITS: Final = 2.0
"""Seconds that a delivery waits for its handler."""
_CONNECTIONS: Final = 40
_FAILED_LATELY: Final = 900.0


class ControlWebhook:
    """Without this webhook the platform cannot be used, so it is checked every minute."""

    def __init__(
        self, bot: Bot, webhooks: Webhooks, lanes: ControlLanes, allowed: list[str]
    ) -> None:
        self._bot = bot
        self._webhooks = webhooks
        self._lanes = lanes
        self._allowed = sorted(allowed)
        self._taken_at = 0.0
        self.problem = ""
        """Current problem, for ``/healthz``; empty when there is none."""

    async def set(self) -> None:
        """Set it unless it is already correct; pending updates are kept.

        Raises:
            TelegramAPIError: it could not be set.
        """
        seen = await self._webhooks.ensure(self._bot, CONTROL_BOT, self._allowed, _CONNECTIONS)
        if seen.found is Found.FOREIGN:
            log.error("control bot webhook was changed by another program", host=seen.host)
        lately = seen.failed_at > max(time.time() - _FAILED_LATELY, self._taken_at)
        fails = seen.pending > 0 and lately and seen.found is Found.AS_WE_SET_IT
        self.problem = f"Telegram can't deliver to the control bot: {seen.error}" if fails else ""

    async def check(self) -> None:
        """As :meth:`set`; an outage of Telegram is not reported as a problem."""
        try:
            await self.set()
        except TelegramAPIError as error:
            log.warning("control bot webhook not checked", kind=type(error).__name__)

    async def take(self, body: bytes) -> None:
        """Queue one delivery; return when it is handled or the waiting time is over."""
        self._taken_at = time.time()
        try:
            seen = parse_header(body)
        except msgspec.DecodeError:
            log.warning("control bot delivery is not an update")
            return
        done = self._lanes.put(seen) or self._lanes.waiting(seen.update_id)
        if done is None:
            return
        # A delivery that Telegram aborted must not stop the handler, and a slow handler must
        # not occupy one of Telegram's few connections.
        await asyncio.wait({done}, timeout=_WAITS)
        if not done.done() and not self._lanes.release(seen.update_id):
            await asyncio.shield(done)
