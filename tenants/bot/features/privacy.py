"""/privacy, /mydata and /forgetme: shows, exports and erases the data a bot stores of a person.

Telegram requires /privacy of every bot: https://telegram.org/tos/bot-developers
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

from aiogram import Router
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    InaccessibleMessage,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
)

from tenants.bot.context import FeatureServices, TenantContext
from tenants.bot.effects import Effects
from tenants.bot.features.api import BotCommand, Feature, Interest
from tenants.bot.filters import Commanded, Pressed, PressOf, PrivateCommand, in_private
from tenants.bot.fsm_storage import ConversationStorage
from tenants.domain.model import TenantId, UserId
from tenants.i18n.translator import Translator, name
from tenants.i18n.translator import mark as _
from tenants.store import UnitOfWork

KEY: Final = "privacy"
FORGET: Final = "privacy:forget"
KEEP: Final = "privacy:keep"


def build_privacy() -> Feature:
    return Feature(
        key=KEY,
        title=_("Privacy"),
        about=_("Answers /privacy, /mydata and /forgetme, as Telegram asks of every bot."),
        build_router=_build_router,
        interests=(
            Interest(kind="message", matches=PrivateCommand("privacy", "mydata", "forgetme")),
            Interest(kind="callback_query", matches=PressOf("privacy:")),
        ),
        on_by_default=True,
        essential=True,
        order=20,
        commands=(
            BotCommand(name="privacy", about=_("What this bot keeps about you")),
            BotCommand(name="mydata", about=_("Get a copy of it")),
            BotCommand(name="forgetme", about=_("Have it deleted")),
        ),
        erase_user=_erase_person,
        export_user=_export_person,
    )


def _build_router() -> Router:
    router = Router(name=KEY)
    router.message.filter(in_private)
    router.message.register(explain, Commanded("privacy"))
    router.message.register(hand_out, Commanded("mydata"))
    router.message.register(ask_to_forget, Commanded("forgetme"))
    router.callback_query.register(forget, Pressed(FORGET))
    router.callback_query.register(keep, Pressed(KEEP))
    return router


async def explain(message: Message, tenant: TenantContext, tr: Translator) -> None:
    await message.answer(
        tr(
            "<b>Your data in {bot}</b>\n\n"
            "Kept about you: your Telegram id, name, username and language, when you first and "
            "last wrote and how many messages, where you are in a dialog with the bot, and which "
            "of your messages belong together with which answers (for a year).\n\n"
            "What you write is kept until it has been passed on; if that fails, until the people "
            "behind this bot have dealt with it. What was passed on stays in their chat with the "
            "bot.\n\n"
            "All this serves to answer you. Only the people behind this bot get it; the service "
            "that runs the bot stores it.\n\n"
            "/mydata – get a copy of it\n"
            "/forgetme – have it deleted. If you were blocked here, your id and the block stay.",
            bot=name(tenant.tenant.bot_name),
        )
    )


async def hand_out(
    message: Message, tenant: TenantContext, house: FeatureServices, tr: Translator
) -> None:
    """Send all data that features store about the person, as a file, to that person only."""
    assert message.from_user is not None, "private chats have a sender"
    data = await collect(house, tenant.id, UserId(message.from_user.id))
    text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
    await message.answer_document(
        BufferedInputFile(text.encode(), filename="my-data.json"),
        caption=tr("This is all that is kept about you here."),
    )


async def collect(house: FeatureServices, tenant_id: TenantId, user_id: UserId) -> dict[str, Any]:
    """The data by feature, including disabled features, whose data is still stored."""
    data: dict[str, Any] = {}
    async with house.db.read() as uow:
        for feature in house.registry:
            part = await feature.export_user(uow, tenant_id, user_id)
            if part:
                data[feature.key] = part
    return data


async def ask_to_forget(message: Message, tr: Translator) -> None:
    yes = InlineKeyboardButton(text=tr("Yes, delete it"), callback_data=FORGET)
    no = InlineKeyboardButton(text=tr("No"), callback_data=KEEP)
    await message.answer(
        tr("Delete everything that is kept about you here? Answers can't reach you after that."),
        reply_markup=InlineKeyboardMarkup(inline_keyboard=[[yes, no]]),
    )


async def forget(
    callback: CallbackQuery,
    *,
    tenant: TenantContext,
    house: FeatureServices,
    effects: Effects,
    conversations: ConversationStorage,
    tr: Translator,
) -> None:
    """Every feature erases its data about the person, in one transaction. A ban is kept."""
    user_id = UserId(callback.from_user.id)

    async def erase(uow: UnitOfWork) -> None:
        for feature in house.registry:
            await feature.erase_user(uow, tenant.id, user_id)

    effects.add(erase)
    conversations.forget_person(effects, tenant.id, user_id)
    async with house.db.read() as uow:
        visitor = await uow.audience.get(tenant.id, user_id)
    await callback.answer()
    if visitor is not None and visitor.banned:
        await _replace(
            callback,
            tr(
                "Done. What was kept about you here is deleted. ✅\n\nYou are blocked here; your "
                "Telegram id is kept for that, and nothing else."
            ),
        )
    else:
        await _replace(callback, tr("Done. What was kept about you here is deleted. ✅"))


async def keep(callback: CallbackQuery, tr: Translator) -> None:
    await callback.answer()
    await _replace(callback, tr("Nothing was deleted."))


async def _replace(callback: CallbackQuery, text: str) -> None:
    if callback.message is not None and not isinstance(callback.message, InaccessibleMessage):
        await callback.message.edit_text(text)


async def _erase_person(uow: UnitOfWork, tenant_id: TenantId, user_id: UserId) -> None:
    await uow.fsm.delete_person(user_id, tenant_id)
    await uow.audience.forget(tenant_id, user_id, datetime.now(UTC))


async def _export_person(uow: UnitOfWork, tenant_id: TenantId, user_id: UserId) -> dict[str, Any]:
    seen = await uow.audience.get(tenant_id, user_id)
    if seen is None:
        return {}
    return {
        "id": seen.user_id,
        "name": seen.name,
        "username": seen.username,
        "language": seen.language_code,
        "messages": seen.messages,
        "blocked here": seen.banned,
        "first seen": seen.first_seen.isoformat(),
        "last seen": seen.last_seen.isoformat(),
    }
