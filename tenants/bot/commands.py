"""The command menu of a tenant's bot, in every language of the catalogs.

https://core.telegram.org/bots/api#setmycommands
"""

from __future__ import annotations

import structlog
from aiogram.exceptions import TelegramAPIError
from aiogram.types import BotCommand as MenuEntry
from aiogram.types import BotCommandScopeAllPrivateChats, BotCommandScopeChat

from tenants.bot.context import TenantContext
from tenants.bot.features.api import BotCommand
from tenants.i18n.translator import FALLBACK, Translator
from tenants.telegram.refusals import classify

log = structlog.get_logger(__name__)


def commands_of(tenant: TenantContext, *, for_owner: bool) -> list[BotCommand]:
    """The commands available to a person, in the features' order."""
    return [
        command
        for feature in tenant.features.features
        for command in feature.commands
        if for_owner or not command.for_owner
    ]


async def publish_commands(tenant: TenantContext) -> None:
    """Set the menu for all users, and the owner's own. A failure is logged only: the bot works
    without a menu."""
    try:
        for language in tenant.catalogs.languages:
            await tenant.bot.set_my_commands(
                _menu(tenant, tenant.catalogs.translator(language), for_owner=False),
                scope=BotCommandScopeAllPrivateChats(),
                language_code=None if language == FALLBACK else language,
            )
    except TelegramAPIError as error:
        log.info("command menu not set", tenant=tenant.id, refusal=str(classify(error)))
    await publish_owner_commands(tenant)


async def publish_owner_commands(tenant: TenantContext) -> None:
    """Set the menu in the owner's chat. Telegram accepts it once the owner has started the
    bot."""
    try:
        await tenant.bot.set_my_commands(
            _menu(tenant, tenant.owner_tr, for_owner=True),
            scope=BotCommandScopeChat(chat_id=tenant.owner_chat),
        )
    except TelegramAPIError as error:
        log.info("owner's command menu not set", tenant=tenant.id, refusal=str(classify(error)))


def _menu(tenant: TenantContext, tr: Translator, *, for_owner: bool) -> list[MenuEntry]:
    return [
        MenuEntry(command=entry.name, description=tr(entry.about))
        for entry in commands_of(tenant, for_owner=for_owner)
    ]
