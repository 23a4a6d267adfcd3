"""/help: lists the bot's commands."""

from __future__ import annotations

from typing import Final

from aiogram import Router
from aiogram.types import Message

from tenants.bot.commands import commands_of
from tenants.bot.context import TenantContext
from tenants.bot.features.api import BotCommand, Feature, Interest
from tenants.bot.filters import Commanded, PrivateCommand, in_private
from tenants.i18n.translator import Translator
from tenants.i18n.translator import mark as _

KEY: Final = "help"


def build_help() -> Feature:
    return Feature(
        key=KEY,
        title=_("Help"),
        about=_("Lists your bot's commands for whoever types /help."),
        build_router=_build_router,
        interests=(Interest(kind="message", matches=PrivateCommand("help")),),
        on_by_default=True,
        essential=True,
        order=30,
        commands=(BotCommand(name="help", about=_("What this bot can do")),),
    )


def _build_router() -> Router:
    router = Router(name=KEY)
    router.message.register(explain, in_private, Commanded("help"))
    return router


async def explain(message: Message, tenant: TenantContext, tr: Translator) -> None:
    assert message.from_user is not None, "private chats have a sender"
    for_owner = message.from_user.id == tenant.owner_id
    lines = [
        f"/{command.name} – {tr(command.about)}"
        for command in commands_of(tenant, for_owner=for_owner)
    ]
    if tenant.options("inbox") is not None:
        lines.append("")
        lines.append(_how_the_inbox_works(tr, for_owner=for_owner))
    await message.answer("\n".join(lines))


def _how_the_inbox_works(tr: Translator, *, for_owner: bool) -> str:
    if for_owner:
        return tr("To answer somebody, reply to their message. To block them, reply /ban.")
    return tr("Or just write: your message is passed on, and the answer comes here.")
