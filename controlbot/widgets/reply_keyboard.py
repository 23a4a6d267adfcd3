"""Reply keyboard, for requests that only it supports: a new bot, a phone number.

Its other buttons send their plain text, which the window handles as a message. The library
would hide callback data in invisible characters of that text; these are removed (see
:mod:`controlbot.bot.update_filter`), because anybody could type them.
"""

from __future__ import annotations

from typing import Any

from aiogram.types import (
    KeyboardButton,
    KeyboardButtonRequestManagedBot,
    ReplyKeyboardMarkup,
)
from aiogram_dialog import DialogManager
from aiogram_dialog.api.entities import MarkupVariant
from aiogram_dialog.api.internal import RawKeyboard
from aiogram_dialog.api.internal.widgets import MarkupFactory
from aiogram_dialog.widgets.kbd import Keyboard
from aiogram_dialog.widgets.text import Text

from controlbot.bot.context import context_of
from controlbot.widgets.text import plain


class ReplyKeyboard(MarkupFactory):
    """Draws :class:`RequestManagedBot`, :class:`RequestPhone` and :class:`ReplyButton` buttons."""

    async def render_markup(
        self,
        data: dict[str, Any],  # noqa: ARG002
        manager: DialogManager,  # noqa: ARG002
        keyboard: RawKeyboard,
    ) -> MarkupVariant:
        rows = [[b for b in row if isinstance(b, KeyboardButton)] for row in keyboard]
        return ReplyKeyboardMarkup(keyboard=[row for row in rows if row], resize_keyboard=True)


class RequestManagedBot(Keyboard):
    """Asks Telegram to create a bot for the user, managed by the control bot. Private chats only.

    https://core.telegram.org/bots/api#keyboardbuttonrequestmanagedbot
    """

    def __init__(self, text: Text, request_id: int) -> None:
        super().__init__()
        self._text = text
        self._request_id = request_id

    async def _render_keyboard(self, data: dict[str, Any], manager: DialogManager) -> RawKeyboard:
        request = KeyboardButtonRequestManagedBot(
            request_id=self._request_id,
            suggested_name=data.get("suggested_name"),
            suggested_username=data.get("suggested_username"),
        )
        text = await self._text.render_text(data, manager)
        return [[KeyboardButton(text=text, request_managed_bot=request)]]


class RequestPhone(Keyboard):
    """https://core.telegram.org/bots/api#keyboardbutton, request_contact."""

    def __init__(self, text: Text) -> None:
        super().__init__()
        self._text = text

    async def _render_keyboard(self, data: dict[str, Any], manager: DialogManager) -> RawKeyboard:
        text = await self._text.render_text(data, manager)
        return [[KeyboardButton(text=text, request_contact=True)]]


class ReplyButton(Keyboard):
    """A button that sends its own text; see :func:`is_word`."""

    def __init__(self, msgid: str) -> None:
        super().__init__()
        self._msgid = msgid

    async def _render_keyboard(self, _data: dict[str, Any], manager: DialogManager) -> RawKeyboard:
        return [[KeyboardButton(text=plain(context_of(manager).tr(self._msgid)))]]


def is_word(manager: DialogManager, text: str | None, msgid: str) -> bool:
    """Whether the user pressed the :class:`ReplyButton` button of ``msgid``."""
    return text is not None and text.strip() == plain(context_of(manager).tr(msgid))
