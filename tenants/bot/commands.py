"""The command menu of a tenant's bot, in every language we speak.

https://core.telegram.org/bots/api#setmycommands
"""

from __future__ import annotations

import structlog
from aiogram.exceptions import TelegramAPIError
from aiogram.types import BotCommand as MenuEntry
from aiogram.types import BotCommandScopeAllPrivateChats

from tenants.bot.context import TenantContext
from tenants.bot.features.api import BotCommand
from tenants.i18n import FALLBACK

log = structlog.get_logger(__name__)


def commands_of(tenant: TenantContext, *, for_owner: bool) -> list[BotCommand]:
    """What a person may type, in the features' order."""
    return [
        command
        for feature in tenant.features.features
        for command in feature.commands
        if for_owner or not command.for_owner
    ]


async def publish_commands(tenant: TenantContext) -> None:
    """Set the menu for everybody. A failure is logged: the bot works without a menu."""
    commands = commands_of(tenant, for_owner=False)
    try:
        for language in tenant.catalogs.languages:
            tr = tenant.catalogs.translator(language)
            await tenant.bot.set_my_commands(
                [MenuEntry(command=entry.name, description=tr(entry.about)) for entry in commands],
                scope=BotCommandScopeAllPrivateChats(),
                language_code=None if language == FALLBACK else language,
            )
    except TelegramAPIError as error:
        log.info("command menu not set", tenant=tenant.id, error=type(error).__name__)
