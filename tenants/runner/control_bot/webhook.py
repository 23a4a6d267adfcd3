"""The control bot's webhook: set, looked at again, and its deliveries handed to the lanes."""

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
    """Without this webhook nobody can do anything here, so it is looked at every minute."""

    def __init__(
        self, bot: Bot, webhooks: Webhooks, lanes: ControlLanes, allowed: list[str]
    ) -> None:
        self._bot = bot
        self._webhooks = webhooks
        self._lanes = lanes
        self._allowed = sorted(allowed)
        self._taken_at = 0.0
        self.problem = ""
        """What is wrong with it, for ``/healthz``; empty when nothing is."""

    async def set(self) -> None:
        """Set it unless it is as it should be; updates that wait are kept.

        Raises:
            TelegramAPIError: it could not be set.
        """
        seen = await self._webhooks.ensure(self._bot, CONTROL_BOT, self._allowed, _CONNECTIONS)
        if seen.found is Found.FOREIGN:
            log.error("the control bot's webhook was another program's", host=seen.host)
        lately = seen.failed_at > max(time.time() - _FAILED_LATELY, self._taken_at)
        fails = seen.pending > 0 and lately and seen.found is Found.AS_WE_SET_IT
        self.problem = f"Telegram can't deliver to the control bot: {seen.error}" if fails else ""

    async def check(self) -> None:
        """As :meth:`set`; that Telegram does not answer is no problem of the webhook's."""
        try:
            await self.set()
        except TelegramAPIError as error:
            log.warning("control bot's webhook not looked at", kind=type(error).__name__)

    async def take(self, body: bytes) -> None:
        """Hand one delivery over; returns when it is handled, or is waited for no longer."""
        self._taken_at = time.time()
        try:
            seen = parse_header(body)
        except msgspec.DecodeError:
            log.warning("the control bot got something that is no update")
            return
        done = self._lanes.put(seen) or self._lanes.waiting(seen.update_id)
        if done is None:
            return
        # A delivery that Telegram gave up must not stop the handler; and a slow handler must
        # not keep one of Telegram's few connections.
        await asyncio.wait({done}, timeout=_WAITS)
        if not done.done() and not self._lanes.release(seen.update_id):
            await asyncio.shield(done)
