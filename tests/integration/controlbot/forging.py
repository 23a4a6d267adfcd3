"""Every callback of every window, as somebody could craft it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aiogram.fsm.state import State
from aiogram.fsm.storage.memory import SimpleEventIsolation
from aiogram.types import CallbackQuery, Chat, Message, Update, User
from aiogram_dialog import Dialog, Window
from aiogram_dialog.api.entities import DEFAULT_STACK_ID, Context, Stack
from aiogram_dialog.context.storage import StorageProxy
from aiogram_dialog.setup import collect_dialogs
from aiogram_dialog.utils import CB_SEP
from aiogram_dialog.widgets.kbd import Keyboard, Select

from controlbot.widgets.buttons import Confirm
from controlbot.widgets.keypad import Keypad
from tenants.domain.model import UserId
from tests.integration.controlbot.conftest import House


@dataclass(frozen=True, slots=True)
class Forged:
    """A window a person may have open, and callback data for it (without the intent)."""

    state: State
    data: str

    def __str__(self) -> str:
        return f"{self.state.state} {self.data}"


def forged_callbacks(house: House, *items: str) -> Iterator[Forged]:
    """Each button of each window, hidden or not; lists with each of ``items``."""
    for dialog in collect_dialogs(house.dispatcher):
        assert isinstance(dialog, Dialog)
        for state, window in dialog.windows.items():
            assert isinstance(window, Window)
            for data in sorted(set(_data_of(window.keyboard, items))):
                yield Forged(state, data)


def _data_of(widget: Any, items: tuple[str, ...]) -> Iterator[str]:
    for child in getattr(widget, "buttons", ()):
        yield from _data_of(child, items)
    if isinstance(widget, Confirm):
        yield f"{widget.widget_id}:forged"
    elif isinstance(widget, Keypad):
        yield f"{widget.widget_id}:1"
    elif isinstance(widget, Select):
        yield from (f"{widget.widget_id}:{item}" for item in items)
    elif isinstance(widget, Keyboard) and widget.widget_id and not getattr(widget, "buttons", ()):
        yield widget.widget_id


class Forger:
    """Puts people into windows and presses what they could not press."""

    def __init__(self, house: House, user_id: UserId) -> None:
        self._house = house
        self._user_id = user_id
        self._number = 0
        groups = {
            dialog.states_group_name(): dialog.states_group()
            for dialog in collect_dialogs(house.dispatcher)
        }
        self._proxy = StorageProxy(
            bot=house.platform.bot,
            storage=house.dispatcher.storage,
            events_isolation=SimpleEventIsolation(),
            state_groups=groups,
            user_id=user_id,
            chat_id=user_id,
            thread_id=None,
            business_connection_id=None,
        )

    async def stand_at(self, state: State, start: dict[str, Any], data: dict[str, Any]) -> str:
        """Make ``state`` the window the person has open. Returns its intent."""
        self._number += 1
        intent = f"forged{self._user_id}x{self._number}"
        context = Context(
            _intent_id=intent,
            _stack_id=DEFAULT_STACK_ID,
            state=state,
            start_data=dict(start),
            dialog_data=dict(data),
        )
        stack = Stack(_id=DEFAULT_STACK_ID)
        stack.intents.append(intent)
        stack.last_message_id = 1
        await self._proxy.save_context(context)
        await self._proxy.save_stack(stack)
        return intent

    async def press(self, intent: str, data: str) -> None:
        await self.callback(f"{intent}{CB_SEP}{data}")

    async def callback(self, data: str) -> None:
        user = User(id=self._user_id, is_bot=False, first_name="Eve", language_code="en")
        chat = Chat(id=self._user_id, type="private")
        message = Message(
            message_id=1, date=self._house.clock.now(), chat=chat, from_user=user, text="old"
        )
        query = CallbackQuery(
            id=str(self._number), from_user=user, chat_instance="1", message=message, data=data
        )
        update = Update(update_id=self._number, callback_query=query)
        await self._house.dispatcher.feed_update(self._house.platform.bot, update)
