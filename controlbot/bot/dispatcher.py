"""The control bot's dispatcher and its fallback handlers."""

from __future__ import annotations

from typing import Final

import structlog
from aiogram import Dispatcher, Router
from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager, setup_dialogs
from aiogram_dialog.api.protocols import MessageManagerProtocol

from controlbot.bot.commands import build_commands
from controlbot.bot.context import ControlBotServices, RequestContext
from controlbot.bot.dialog_access import OwnChatOnly
from controlbot.bot.error_handlers import answer, build_failures
from controlbot.bot.fsm_storage import WindowStorage
from controlbot.bot.middlewares import ContextMiddleware, DialogAccessMiddleware
from controlbot.bot.navigation import open_home
from controlbot.bot.notice_buttons import build_shortcuts
from controlbot.bot.update_filter import PrivateOnly
from controlbot.dialogs.account import build_account
from controlbot.dialogs.admin import build_admin
from controlbot.dialogs.features import build_features
from controlbot.dialogs.home import build_home
from controlbot.dialogs.impersonation import build_viewing
from controlbot.dialogs.newbot import build_newbot
from controlbot.dialogs.newbot.managed_bots import managed_bot_announced
from controlbot.dialogs.settings import build_help, build_preferences, build_privacy
from controlbot.dialogs.welcome import build_welcome
from controlbot.widgets.media import MediaIds

log = structlog.get_logger(__name__)

ALLOWED_UPDATES: Final = ["message", "edited_message", "callback_query", "managed_bot"]


def build_dispatcher(storage: WindowStorage) -> Dispatcher:
    """A dispatcher without routers; its FSM data is kept in the database."""
    return Dispatcher(storage=storage)


def register_handlers(
    dispatcher: Dispatcher,
    platform: ControlBotServices,
    message_manager: MessageManagerProtocol,
) -> None:
    """Register filters, commands and dialogs. They are tried in this order."""
    dispatcher.update.outer_middleware(
        PrivateOnly(platform.bot, platform.catalogs, platform.storage)
    )
    dispatcher.update.outer_middleware(ContextMiddleware(platform))
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
        message_manager=message_manager,
        media_id_storage=MediaIds(),
        stack_access_validator=OwnChatOnly(),
    )
    gate = DialogAccessMiddleware()
    dispatcher.message.middleware(gate)
    dispatcher.callback_query.middleware(gate)
    dispatcher.managed_bot.register(managed_bot_announced)


def _fallbacks() -> Router:
    router = Router(name="fallbacks")
    router.message.register(_first_words)
    router.callback_query.register(_dead_button)
    return router


async def _first_words(_message: Message, dialog_manager: DialogManager) -> None:
    """No window is open: any message opens one."""
    await open_home(dialog_manager)


async def _dead_button(
    query: CallbackQuery, dialog_manager: DialogManager, scene: RequestContext
) -> None:
    """A button of a window that no longer exists."""
    log.info("button of a closed window", user_id=scene.real.user_id)
    await open_home(dialog_manager)
    await answer(query)
