"""/start: a greeting in the visitor's language."""

from __future__ import annotations

from typing import Final

from aiogram import Router
from aiogram.types import Message
from pydantic import Field

from tenants.bot.audience import label, see
from tenants.bot.commands import publish_owner_commands
from tenants.bot.context import FeatureServices, TenantContext
from tenants.bot.effects import Effects
from tenants.bot.features.api import BotCommand, Feature, Interest, Options
from tenants.bot.features.inbox import undelivered
from tenants.bot.filters import Commanded, PrivateCommand, from_owner, in_private
from tenants.domain.model import UserId
from tenants.i18n.translator import Markup, Translator, name
from tenants.i18n.translator import mark as _

KEY: Final = "start"


class StartOptions(Options):
    greeting: str = Field(
        default="",
        max_length=1000,
        title=_("Greeting"),
        description=_("What your bot says to newcomers. Empty: a greeting in their language."),
    )


def build_start() -> Feature:
    return Feature(
        key=KEY,
        title=_("Greeting"),
        about=_("Greets everybody who starts your bot, in their own language."),
        build_router=_build_router,
        interests=(Interest(kind="message", matches=PrivateCommand("start")),),
        options=StartOptions,
        on_by_default=True,
        essential=True,
        order=10,
        commands=(BotCommand(name="start", about=_("Begin")),),
    )


def _build_router() -> Router:
    router = Router(name=KEY)
    router.message.filter(in_private)
    router.message.register(greet_owner, Commanded("start"), from_owner)
    router.message.register(greet_visitor, Commanded("start"))
    return router


async def greet_owner(
    message: Message, tenant: TenantContext, house: FeatureServices, tr: Translator
) -> None:
    """The owner can be written to from now on: deliver waiting messages."""
    await message.answer(
        tr(
            "This is your bot, and it is at work. ✅\n\n"
            "What people write to it arrives here. To answer somebody, reply to their message."
        )
    )
    await undelivered.deliver(tenant, house)
    await publish_owner_commands(tenant)


async def greet_visitor(
    message: Message,
    *,
    tenant: TenantContext,
    house: FeatureServices,
    effects: Effects,
    tr: Translator,
    options: StartOptions,
) -> None:
    assert message.from_user is not None, "private chats have a sender"
    async with house.db.read() as uow:
        visitor = await uow.audience.get(tenant.id, UserId(message.from_user.id))
    if visitor is not None and visitor.banned:
        return
    see(effects, tenant.id, message.from_user, house.clock.now())
    await message.answer(_greeting(message, tenant, tr, options))


def _greeting(
    message: Message, tenant: TenantContext, tr: Translator, options: StartOptions
) -> Markup:
    if options.greeting:
        return tr("{greeting}", greeting=options.greeting)
    assert message.from_user is not None
    who = label(tr, message.from_user.first_name, message.from_user.id)
    bot = name(tenant.tenant.bot_name)
    if tenant.options("inbox") is None:
        return tr("Hello, {who}! 👋 This is {bot}.", who=who, bot=bot)
    return tr(
        "Hello, {who}! 👋 This is {bot}.\n\n"
        "Write your message here. It is passed on, and the answer comes in this chat.",
        who=who,
        bot=bot,
    )
