"""Deletes settings that an earlier program left at Telegram for a new bot."""

from __future__ import annotations

from typing import Final

import structlog
from aiogram.exceptions import TelegramAPIError
from aiogram.types import (
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
    BotCommandScopeUnion,
)

from tenants.bot.context import TenantContext

log = structlog.get_logger(__name__)

_SCOPES: Final[tuple[BotCommandScopeUnion, ...]] = (
    BotCommandScopeDefault(),
    BotCommandScopeAllGroupChats(),
    BotCommandScopeAllChatAdministrators(),
    BotCommandScopeAllPrivateChats(),
)
_LANGUAGES: Final = ("de", "es", "fr", "it", "pt", "uk", "tr", "ar", "hi", "id", "uz")
"""Common ones besides ours: no method lists the languages that have commands."""


async def delete_former_commands(tenant: TenantContext) -> None:
    """Delete command menus in scopes and languages that are not ours. A failure is logged: the
    bot works with them. https://core.telegram.org/bots/api#deletemycommands"""
    languages = (None, *dict.fromkeys((*tenant.catalogs.languages, *_LANGUAGES)))
    try:
        for scope in _SCOPES:
            for language in languages:
                if await tenant.bot.get_my_commands(scope=scope, language_code=language):
                    await tenant.bot.delete_my_commands(scope=scope, language_code=language)
    except TelegramAPIError as error:
        log.info("former commands not deleted", tenant=tenant.id, error=type(error).__name__)
