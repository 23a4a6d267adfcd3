"""Whatever goes wrong in a window ends in a sentence and a window, never in silence."""

from __future__ import annotations

from typing import Final

import structlog
from aiogram import Router
from aiogram.exceptions import TelegramAPIError, TelegramForbiddenError
from aiogram.types import CallbackQuery, ErrorEvent, Message
from aiogram_dialog import DialogManager, ShowMode
from aiogram_dialog.api.exceptions import (
    DialogsError,
    OutdatedIntent,
    UnknownIntent,
    UnknownState,
)

from controlbot.entrance import open_home
from controlbot.kit import set_notice
from controlbot.kit.frame import notice
from controlbot.kit.text import plain
from controlbot.messages import INTERNAL, error_text
from controlbot.scene import Scene
from tenants.errors import PlatformError
from tenants.i18n import Markup, cut
from tenants.i18n import mark as _

log = structlog.get_logger(__name__)

ALERT: Final = 200
"""https://core.telegram.org/bots/api#answercallbackquery"""
GONE: Final = (OutdatedIntent, UnknownIntent, UnknownState)
LEAVES: Final = frozenset({"impersonation_ended", "not_found", "access_denied"})
"""After these, the window that stood there makes no sense any more."""


def build_failures() -> Router:
    router = Router(name="failures")
    router.errors.register(_explain)
    return router


async def _explain(
    event: ErrorEvent, scene: Scene | None = None, dialog_manager: DialogManager | None = None
) -> bool:
    """Returns True: the update is handled, so that it is not delivered again."""
    error = event.exception
    if isinstance(error, TelegramForbiddenError):
        log.info("person cannot be reached", user_id=scene.real.user_id if scene else None)
        return True
    _note(error, scene)
    if scene is None or dialog_manager is None:
        return True
    if event.update.callback_query is not None:
        await _after_tap(event.update.callback_query, error, scene, dialog_manager)
    elif event.update.message is not None:
        await _after_message(event.update.message, error, scene, dialog_manager)
    elif not isinstance(error, GONE):
        await _redraw(dialog_manager, error, ShowMode.EDIT)
    return True


def _note(error: Exception, scene: Scene | None) -> None:
    user_id = scene.real.user_id if scene else None
    if isinstance(error, PlatformError):
        log.info("refused", code=error.code, user_id=user_id)
    elif isinstance(error, GONE):
        log.info("window is gone", user_id=user_id)
    else:
        log.error("handler failed", user_id=user_id, exc_info=error)


async def _after_tap(
    query: CallbackQuery, error: Exception, scene: Scene, manager: DialogManager
) -> None:
    if isinstance(error, GONE):
        await _answer(query, scene.tr(_("This window was old. Here is the present one.")))
        await open_home(manager, show_mode=ShowMode.EDIT)
        return
    await _answer(query, _words(error, scene), alert=True)
    await _redraw(manager, error, ShowMode.EDIT)


async def _after_message(
    message: Message, error: Exception, scene: Scene, manager: DialogManager
) -> None:
    if isinstance(error, GONE):
        await open_home(manager)
        return
    text = Markup(f"⚠️ {_words(error, scene)}")
    if _leaves(error) or not manager.has_context():
        await open_home(manager, notice(text))
        return
    set_notice(manager, text)
    try:
        await manager.show(ShowMode.DELETE_AND_SEND)
    except (PlatformError, DialogsError, TelegramAPIError) as again:
        log.warning("window cannot be drawn", kind=type(again).__name__)
        await message.answer(text)


async def _redraw(manager: DialogManager, error: Exception, show_mode: ShowMode) -> None:
    """The same window with the state of now; where it can't be drawn, home."""
    if _leaves(error) or not manager.has_context():
        await open_home(manager, show_mode=show_mode)
        return
    try:
        await manager.show(show_mode)
    except PlatformError:
        await open_home(manager, show_mode=show_mode)


async def _answer(query: CallbackQuery, text: Markup, *, alert: bool = False) -> None:
    try:
        await query.answer(cut(plain(text), ALERT), show_alert=alert)
    except TelegramAPIError as error:
        log.info("tap too old to be answered", kind=type(error).__name__)


def _words(error: Exception, scene: Scene) -> Markup:
    if isinstance(error, PlatformError):
        return error_text(scene.tr, error)
    return scene.tr(INTERNAL)


def _leaves(error: Exception) -> bool:
    return isinstance(error, PlatformError) and error.code in LEAVES
