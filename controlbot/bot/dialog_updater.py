"""Draws windows outside their handlers, after an event elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final

import structlog
from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramAPIError
from aiogram.fsm.state import State
from aiogram_dialog import DialogManager, ShowMode, StartMode
from aiogram_dialog.api.entities import (
    DEFAULT_STACK_ID,
    DialogAction,
    DialogStartEvent,
    DialogUpdate,
    DialogUpdateEvent,
)
from aiogram_dialog.api.entities.update_event import DialogFgEvent
from aiogram_dialog.api.internal import FakeChat, FakeUser

from controlbot.bot.fsm_storage import WindowStorage
from controlbot.dialogs.states import Account, Admin, Home
from controlbot.widgets.layout import clear_notice
from tenants.domain.model import UserId
from tenants.support.background_tasks import BackgroundTasks
from tenants.telegram.refusals import classify

log = structlog.get_logger(__name__)

LIVE: Final = frozenset(
    state.state
    for state in (
        Home.card,
        Home.bots,
        Account.choose,
        Account.connected,
        Admin.card,
        Admin.overview,
    )
)
"""Windows that show state which changes without user input."""


class Windows:
    """The windows of users' private chats with the control bot.

    The library's own background managers return before anything is drawn, lose the errors
    and never return when a manager is refused; these calls return when the window is drawn.
    Never call them from a handler of the same user: it holds the lock that they wait for.
    """

    def __init__(
        self, dispatcher: Dispatcher, bot: Bot, nursery: BackgroundTasks, storage: WindowStorage
    ) -> None:
        self._dispatcher = dispatcher
        self._bot = bot
        self._storage = storage
        self._nursery = nursery

    async def open(
        self,
        user_id: UserId,
        state: State,
        data: dict[str, Any] | None = None,
        show_mode: ShowMode = ShowMode.DELETE_AND_SEND,
    ) -> None:
        """Replace the user's open window."""
        event = DialogStartEvent(
            **_base(user_id),
            action=DialogAction.START,
            data=data,
            new_state=state,
            mode=StartMode.RESET_STACK,
            show_mode=show_mode,
        )
        await self._feed(event)

    @contextlib.asynccontextmanager
    async def foreground(self, user_id: UserId) -> AsyncIterator[DialogManager | None]:
        """The user's dialog manager for the duration of the block, or None."""
        loop = asyncio.get_running_loop()
        entered: asyncio.Future[DialogManager] = loop.create_future()
        exited: asyncio.Future[None] = loop.create_future()
        event = DialogFgEvent(
            **_base(user_id), action=DialogAction.FG, data=None, entered=entered, exited=exited
        )
        feeding = self._nursery.start(self._feed(event), f"window of {user_id}")
        either: set[asyncio.Future[Any]] = {feeding, entered}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        try:
            yield entered.result() if entered.done() else None
        finally:
            exited.set_result(None)
            await feeding

    async def redraw(self, user_id: UserId, *, outdated: bool = False) -> None:
        """Redraw the user's open window, if any, with the current state.

        ``outdated``: its notice is no longer true.
        """
        async with self.foreground(user_id) as manager:
            if manager is not None and manager.has_context():
                if outdated:
                    clear_notice(manager)
                await manager.show(ShowMode.EDIT)

    async def is_live(self, user_id: UserId) -> bool:
        """Whether the user's open window shows state that changes without user input."""
        return await self._storage.open_state(self._bot.id, user_id) in LIVE

    async def _feed(self, event: DialogUpdateEvent) -> None:
        update = DialogUpdate(aiogd_update=event.as_(self._bot)).as_(self._bot)
        try:
            await self._dispatcher.feed_update(
                self._bot,
                update,
                event_from_user=event.from_user,
                event_chat=event.chat,
                event_thread_id=None,
            )
        except TelegramAPIError as error:
            log.info("window not drawn", user_id=event.from_user.id, kind=classify(error))


def _base(user_id: UserId) -> dict[str, Any]:
    return {
        "from_user": FakeUser(id=user_id, is_bot=False, first_name=""),
        "chat": FakeChat(id=user_id, type="private"),
        "intent_id": None,
        "stack_id": DEFAULT_STACK_ID,
        "thread_id": None,
        "business_connection_id": None,
    }
