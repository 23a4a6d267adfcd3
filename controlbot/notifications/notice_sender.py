"""Sends the notices of the outbox through the control bot."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from aiogram.exceptions import TelegramAPIError
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from controlbot.bot.context import ControlBotServices
from controlbot.bot.notice_buttons import PREFIX
from controlbot.texts.notices import NoticeText, notice_text
from controlbot.widgets.text import plain
from tenants.domain.model import Desired, TenantId
from tenants.services.notices import NoticeKind
from tenants.store.notices import Notice
from tenants.support.background_tasks import BackgroundTasks
from tenants.telegram.refusals import Decision, classify, decide, retry_after

log = structlog.get_logger(__name__)

BATCH: Final = 16
"""Notices sent at the same time."""
SWEEP: Final = 2.0
"""Seconds between two checks for due notices."""


class NoticeSender:
    """Sends due notices every :data:`SWEEP` seconds, and on request."""

    def __init__(self, platform: ControlBotServices) -> None:
        self._platform = platform
        self._notices = platform.services.notices
        self._one_at_a_time = asyncio.Lock()
        self._nursery = BackgroundTasks("notices")

    def start(self) -> None:
        self._nursery.start(self._run(), "send notices")

    async def stop(self) -> None:
        """A notice whose sending is interrupted is sent again after the next start."""
        await self._nursery.close()

    async def flush(self) -> None:
        """Try to send every due notice."""
        async with self._one_at_a_time:
            while claimed := await self._notices.claim(BATCH):
                await asyncio.gather(*(self._deliver(notice) for notice in claimed))

    async def _run(self) -> None:
        while True:
            try:
                await self.flush()
            except Exception as error:
                log.warning("notices not sent", kind=type(error).__name__)
            await asyncio.sleep(SWEEP)

    async def _deliver(self, notice: Notice) -> None:
        try:
            tr = await self._platform.translator_of(notice.user_id)
            words = notice_text(tr, notice)
        except (KeyError, ValueError, AssertionError) as error:
            log.error("notice without a text", notice=notice.kind, error=type(error).__name__)
            await self._notices.give_up(notice, "no text")
            return
        if await self._is_moot(notice):
            await self._notices.moot([notice])
            return
        try:
            await self._platform.bot.send_message(
                notice.user_id, words.text, reply_markup=_keyboard(str(tr(words.label)), words)
            )
        except TelegramAPIError as error:
            await self._failed(notice, error)
        else:
            await self._notices.sent([notice])

    async def _failed(self, notice: Notice, error: TelegramAPIError) -> None:
        """An outage or a flood wait is retried. A refusal is final: the user blocked the bot, has
        not started it or deleted their account."""
        kind = classify(error) or type(error).__name__
        if decide(error) is not Decision.HANDLED:
            await self._notices.postpone(notice, kind, retry_after(error))
            return
        log.info("notice not deliverable", user_id=notice.user_id, notice=notice.kind, kind=kind)
        await self._notices.give_up(notice, kind)

    async def _is_moot(self, notice: Notice) -> bool:
        """Whether the bot of a "has stopped" notice has changed since."""
        if notice.kind not in (NoticeKind.BOT_STOPPED, NoticeKind.BOT_QUARANTINED):
            return False
        assert notice.tenant_id is not None
        async with self._platform.services.db.read() as uow:
            tenant = await uow.tenants.get(TenantId(notice.tenant_id))
        return tenant is None or tenant.desired is not Desired.ACTIVE


def _keyboard(label: str, words: NoticeText) -> InlineKeyboardMarkup | None:
    if not words.target:
        return None
    button = InlineKeyboardButton(text=plain(label), callback_data=PREFIX + words.target)
    return InlineKeyboardMarkup(inline_keyboard=[[button]])
