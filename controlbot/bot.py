"""The control bot: its dispatcher, and the door its updates come in by."""

from __future__ import annotations

from typing import Any, Final

import structlog
from aiogram import Bot, Dispatcher, Router
from aiogram.exceptions import TelegramAPIError
from aiogram.types import CallbackQuery, Message, Update
from aiogram_dialog import DialogManager, setup_dialogs
from aiogram_dialog.api.protocols import MessageManagerProtocol

from controlbot.access import OwnChatOnly
from controlbot.admin import build_admin
from controlbot.commands import build_commands
from controlbot.dialogs.account import build_account
from controlbot.dialogs.features import build_features
from controlbot.dialogs.home import build_home
from controlbot.dialogs.newbot import build_newbot
from controlbot.dialogs.newbot.managed import managed_bot_announced
from controlbot.dialogs.settings import build_help, build_preferences, build_privacy
from controlbot.dialogs.viewing import build_viewing
from controlbot.dialogs.welcome import build_welcome
from controlbot.entrance import open_home
from controlbot.failures import build_failures
from controlbot.guard import PrivateOnly, without_hidden_data
from controlbot.kit.media import MediaIds, Messages
from controlbot.middlewares import Gate, SceneMiddleware
from controlbot.scene import Platform, Scene
from controlbot.shortcuts import build_shortcuts
from controlbot.storage import WindowStorage
from tenants.i18n import Catalogs
from tenants.i18n import mark as _
from tenants.ports import Clock
from tenants.store import Database

log = structlog.get_logger(__name__)

ALLOWED_UPDATES: Final = ["message", "edited_message", "callback_query", "managed_bot"]


def build_dispatcher(db: Database, clock: Clock) -> Dispatcher:
    """An empty dispatcher whose conversations lie in the store."""
    return Dispatcher(storage=WindowStorage(db, clock))


def furnish(
    dispatcher: Dispatcher,
    platform: Platform,
    message_manager: MessageManagerProtocol | None = None,
) -> None:
    """Put the guards, commands and windows in. The order is the order they are asked in."""
    dispatcher.update.outer_middleware(PrivateOnly(platform.catalogs))
    dispatcher.update.outer_middleware(SceneMiddleware(platform))
    dispatcher.include_routers(
        build_failures(),
        build_commands(),
        build_shortcuts(),
        build_welcome(),
        build_newbot(),
        build_account(),
        build_home(),
        build_features(),
        build_preferences(),
        build_privacy(),
        build_help(),
        build_viewing(),
        build_admin(),
        _fallbacks(),
    )
    setup_dialogs(
        dispatcher,
        message_manager=message_manager or Messages(),
        media_id_storage=MediaIds(),
        stack_access_validator=OwnChatOnly(),
    )
    gate = Gate()
    dispatcher.message.middleware(gate)
    dispatcher.callback_query.middleware(gate)
    dispatcher.managed_bot.register(managed_bot_announced)


class ControlFeed:
    """Hands the control bot's raw updates to its dispatcher."""

    def __init__(self, dispatcher: Dispatcher, bot: Bot, catalogs: Catalogs) -> None:
        self._dispatcher = dispatcher
        self._bot = bot
        self._catalogs = catalogs

    async def __call__(self, raw: dict[str, Any]) -> None:
        update = Update.model_validate(without_hidden_data(raw), context={"bot": self._bot})
        await self._dispatcher.feed_update(self._bot, update)

    async def flooded(self, user_id: int, language_code: str) -> None:
        """Say that some of what a person sent was skipped. They may be nobody we know."""
        tr = self._catalogs.negotiated(None, language_code or None)
        try:
            await self._bot.send_message(user_id, tr(_TOO_FAST))
        except TelegramAPIError as error:
            log.info("person not told", user_id=user_id, kind=type(error).__name__)


_TOO_FAST = _(
    "🐢 That was a lot at once, so I skipped some of it. Wait a few seconds, then go on: /status"
)


def _fallbacks() -> Router:
    router = Router(name="fallbacks")
    router.message.register(_first_words)
    router.callback_query.register(_dead_button)
    return router


async def _first_words(_message: Message, dialog_manager: DialogManager) -> None:
    """No window is open: whatever was said, this is where one begins."""
    await open_home(dialog_manager)


async def _dead_button(query: CallbackQuery, dialog_manager: DialogManager, scene: Scene) -> None:
    """A button of a window that is no more."""
    await query.answer()
    log.info("button of a window that is gone", user_id=scene.real.user_id)
    await open_home(dialog_manager)
