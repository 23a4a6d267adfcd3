"""Error handlers: every error in a dialog shows a text and a window."""

from __future__ import annotations

import logging
from typing import Any, Final

import structlog
from aiogram import Router
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.exceptions import TelegramAPIError
from aiogram.types import CallbackQuery, ErrorEvent, Message
from aiogram_dialog import DialogManager, ShowMode
from aiogram_dialog.api.exceptions import (
    DialogsError,
    OutdatedIntent,
    UnknownIntent,
    UnknownState,
)

from controlbot.bot.context import RequestContext
from controlbot.bot.dialog_access import may_stay
from controlbot.bot.error_log import log_error
from controlbot.bot.navigation import open_home
from controlbot.notifications.sender import say
from controlbot.texts.messages import INTERNAL, error_text
from controlbot.widgets import set_notice
from controlbot.widgets.layout import notice
from controlbot.widgets.text import plain
from tenants.domain.errors import PlatformError
from tenants.i18n.translator import Markup, cut
from tenants.i18n.translator import mark as _
from tenants.telegram.refusals import Decision, classify, decide

log = structlog.get_logger(__name__)

ALERT: Final = 200
"""https://core.telegram.org/bots/api#answercallbackquery"""
GONE: Final = (OutdatedIntent, UnknownIntent, UnknownState)
LEAVES: Final = frozenset({"impersonation_ended", "not_found", "access_denied"})
"""After these errors, the open window is no longer valid."""


def build_failures() -> Router:
    # The library also logs each error that a window's getter raises. The handlers below log the
    # cause once instead.
    logging.getLogger("aiogram_dialog.window").setLevel(logging.CRITICAL)
    router = Router(name="failures")
    router.errors.register(_explain)
    return router


async def _explain(
    event: ErrorEvent,
    scene: RequestContext | None = None,
    dialog_manager: DialogManager | None = None,
) -> Any:
    """Returns UNHANDLED for an outage: the error reaches the ingest, which dispatches the
    update again. All other errors are handled here."""
    error = event.exception
    if decide(error) in (Decision.RETRY, Decision.WAIT_FOR_TOKEN):
        return UNHANDLED
    _note(error, scene)
    if scene is None or dialog_manager is None:
        return True
    if event.update.callback_query is not None:
        await _after_tap(event.update.callback_query, error, scene, dialog_manager)
    elif event.update.message is not None:
        await _after_message(event.update.message, error, scene, dialog_manager)
    elif not isinstance(error, GONE):
        await _redraw(dialog_manager, leaves=_leaves(error))
    return True


def _note(error: Exception, scene: RequestContext | None) -> None:
    user_id = scene.real.user_id if scene else None
    if isinstance(error, PlatformError):
        log.info("refused", code=error.code, user_id=user_id)
    elif isinstance(error, GONE):
        log.info("window does not exist", user_id=user_id)
    elif isinstance(error, TelegramAPIError):
        log.info("call refused", user_id=user_id, kind=classify(error))
    else:
        log_error(log, "handler failed", error, user_id=user_id)


async def _after_tap(
    query: CallbackQuery, error: Exception, scene: RequestContext, manager: DialogManager
) -> None:
    if isinstance(error, GONE):
        await _after_old_tap(query, scene, manager)
    elif isinstance(error, TelegramAPIError):
        # The action may have been done or not; the redrawn window shows the current state.
        await _redraw(manager, leaves=_leaves(error))
        await answer(query)
    else:
        await answer(query, _words(error, scene), alert=True)
        await _redraw(manager, leaves=_leaves(error))


async def _after_old_tap(
    query: CallbackQuery, scene: RequestContext, manager: DialogManager
) -> None:
    """A button of a window that has changed since: a second, fast tap, or an old message. The
    open window stays."""
    stack = manager.current_stack()
    twice = query.message is not None and query.message.message_id == stack.last_message_id
    if manager.has_context() and may_stay(scene, manager.current_context()):
        words = None if twice else scene.tr(_("This window was old. Here is the present one."))
        await answer(query, words)
        await _redraw(manager)
        return
    await answer(query, scene.tr(_("This window was old. Here is the present one.")))
    await open_home(manager, show_mode=ShowMode.EDIT)


async def _after_message(
    message: Message, error: Exception, scene: RequestContext, manager: DialogManager
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
    except (PlatformError, DialogsError) as again:
        log.warning("window cannot be drawn", kind=type(again).__name__)
        await say(scene.platform.bot, message.chat.id, text)


async def _redraw(manager: DialogManager, *, leaves: bool = False) -> None:
    """Redraw the window; where it is not valid or can't be drawn, open home."""
    if leaves or not manager.has_context():
        await open_home(manager, show_mode=ShowMode.EDIT)
        return
    try:
        await manager.show(ShowMode.EDIT)
    except PlatformError:
        await open_home(manager, show_mode=ShowMode.EDIT)


async def answer(query: CallbackQuery, text: Markup | None = None, *, alert: bool = False) -> None:
    """Answer a button press. A failure does not affect the action."""
    try:
        await query.answer(cut(plain(text), ALERT) if text else None, show_alert=alert)
    except TelegramAPIError as error:
        log.debug("tap not answered", kind=classify(error))


def _words(error: Exception, scene: RequestContext) -> Markup:
    if isinstance(error, PlatformError):
        return error_text(scene.tr, error)
    return scene.tr(INTERNAL)


def _leaves(error: Exception) -> bool:
    return isinstance(error, PlatformError) and error.code in LEAVES
