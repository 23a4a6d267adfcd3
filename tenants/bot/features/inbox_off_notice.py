"""Tells people who write to a bot without the inbox that their messages are not read."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Final

from aiogram import Router
from aiogram.types import Message
from pydantic import Field

from tenants.bot.context import TenantContext
from tenants.bot.features.api import Feature, Interest, Options
from tenants.bot.filters import from_audience, in_private, private
from tenants.domain.model import TenantId
from tenants.i18n.translator import Translator
from tenants.i18n.translator import mark as _

KEY: Final = "unread"
_AGAIN_AFTER: Final = 24 * 3600.0
"""Seconds until the same person is told again."""
_REMEMBERED: Final = 10_000


class UnreadOptions(Options):
    tell: bool = Field(
        default=True,
        title=_("Say when nobody reads"),
        description=_("While the inbox is off: tells people, once a day, that nobody reads here."),
    )


def build_unread() -> Feature:
    return Feature(
        key=KEY,
        title=_("Notice while the inbox is off"),
        about=_("Tells people that their messages are not read while your inbox is off."),
        build_router=_build_router,
        interests=(Interest(kind="message", matches=private),),
        options=UnreadOptions,
        essential=True,
        on_by_default=True,
        order=1000,
    )


def _build_router() -> Router:
    router = Router(name=KEY)
    router.message.register(_Notice().tell, in_private, from_audience)
    return router


class _Notice:
    """Keeps in memory who was told."""

    def __init__(self) -> None:
        self._told: OrderedDict[tuple[TenantId, int], float] = OrderedDict()

    async def tell(
        self, message: Message, tenant: TenantContext, tr: Translator, options: UnreadOptions
    ) -> None:
        if not options.tell or tenant.options("inbox") is not None:
            return
        person, now = (tenant.id, message.chat.id), time.monotonic()
        if now - self._told.get(person, -_AGAIN_AFTER) < _AGAIN_AFTER:
            return
        await message.answer(
            tr("Messages to this bot are not read by anybody. What it can do: /help")
        )
        self._told[person] = now
        self._told.move_to_end(person)
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
