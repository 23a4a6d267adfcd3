"""Answers buttons that an earlier program of the bot left in chats: Telegram's apps wait for an
answer to each press. https://core.telegram.org/bots/api#callbackquery"""

from __future__ import annotations

from typing import Final

from aiogram import Router
from aiogram.types import CallbackQuery

from tenants.bot.features.api import Feature, Interest
from tenants.i18n.translator import Translator
from tenants.i18n.translator import mark as _

KEY: Final = "old_buttons"


def build_old_buttons() -> Feature:
    return Feature(
        key=KEY,
        title=_("Old buttons"),
        about=_("Answers buttons that nothing else answers."),
        build_router=_build_router,
        interests=(Interest(kind="callback_query"),),
        on_by_default=True,
        essential=True,
        order=10_000,
    )


def _build_router() -> Router:
    router = Router(name=KEY)
    router.callback_query.register(answer)
    return router


async def answer(query: CallbackQuery, tr: Translator) -> None:
    await query.answer(tr("This button belongs to an earlier program and does nothing any more."))
