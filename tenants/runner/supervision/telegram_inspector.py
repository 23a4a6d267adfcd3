"""Checks each bot at Telegram: soon after its start, and then periodically.

getMe shows a renamed bot and a revoked token; in webhook mode getWebhookInfo shows a webhook
that was changed and one that Telegram can't deliver to. In polling mode the polls show the rest.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterable
from typing import Final

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError

from tenants.domain.model import BotId, BotProfile, TenantId
from tenants.runner.ingest.polling_mode import DeliveryMode
from tenants.runner.settings import RunnerSettings
from tenants.runner.supervision.refused_tokens import REFUSED, RefusedTokens
from tenants.runner.supervision.tenant_state import Phase, TenantState
from tenants.services.inspections import Inspections
from tenants.support.background_tasks import BackgroundTasks

log = structlog.get_logger(__name__)

TICK: Final = 2.0
"""Seconds between two rounds."""
_AT_ONCE: Final = 16
_SOON: Final = 60.0
"""Seconds until the next check of a bot if Telegram did not answer or can't deliver."""
_SECONDS: Final = 15


class Inspector:
    """Spreads the checks: at most ``looks_per_second``, each bot at least once in ``look_every``
    seconds as far as that allows, and in webhook mode up to once a minute."""

    def __init__(
        self,
        *,
        entries: Callable[[], Iterable[TenantState]],
        serving: DeliveryMode,
        inspections: Inspections,
        refused: RefusedTokens,
        settings: RunnerSettings,
        nursery: BackgroundTasks,
    ) -> None:
        self._entries = entries
        self._serving = serving
        self._inspections = inspections
        self._refused = refused
        self._settings = settings
        self._nursery = nursery
        self._looking: set[TenantId] = set()

    async def round(self) -> None:
        """Begin to check the bots that are due."""
        now = time.monotonic()
        running = [entry for entry in self._entries() if entry.phase is Phase.SERVING]
        pause = self._pause(len(running))
        due = sorted(
            (e for e in running if e.look_at <= now and e.tenant_id not in self._looking),
            key=lambda entry: entry.look_at,
        )
        most = min(math.ceil(self._settings.looks_per_second * TICK), _AT_ONCE - len(self._looking))
        for entry in due[: max(0, most)]:
            entry.look_at = now + pause * random.uniform(0.75, 1.25)  # noqa: S311
            self._looking.add(entry.tenant_id)
            self._nursery.start(self._look(entry), f"look at {entry.tenant_id}")

    def soon(self, entry: TenantState) -> None:
        """Check this bot in the next round."""
        entry.look_at = 0.0

    def _pause(self, bots: int) -> float:
        """Seconds between two checks of the same bot."""
        settings = self._settings
        shortest = settings.look_at_most_every if settings.webhook_url else settings.look_every
        spread = bots / settings.looks_per_second
        return max(shortest, spread)

    async def _look(self, entry: TenantState) -> None:
        try:
            async with self._serving.bot_of(entry) as bot:
                if await self._profile(entry, bot):
                    fine = await self._serving.check(entry)
                    if not fine:
                        entry.look_at = time.monotonic() + _SOON
        except TelegramAPIError as error:
            log.info("bot not checked", tenant=entry.tenant_id, error=type(error).__name__)
            entry.look_at = time.monotonic() + _SOON
        except Exception:
            log.exception("bot not checked", tenant=entry.tenant_id)
        finally:
            self._looking.discard(entry.tenant_id)

    async def _profile(self, entry: TenantState, bot: Bot) -> bool:
        """False when the token is refused. https://core.telegram.org/bots/api#getme"""
        try:
            me = await bot.get_me(request_timeout=_SECONDS)
        except REFUSED:
            return entry.poller is None and await self._refused.settle(entry.tenant_id, bot)
        profile = BotProfile(
            bot_id=BotId(me.id),
            username=me.username or "",
            name=me.full_name,
            can_manage_bots=bool(me.can_manage_bots),
        )
        await self._inspections.profile(entry.tenant_id, profile)
        return True
