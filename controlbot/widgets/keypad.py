"""A keypad for login codes. Digits are buttons, because Telegram cancels a code that is sent
in a chat (https://core.telegram.org/api/auth), and are shown as dots only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiogram.types import CallbackQuery, InlineKeyboardButton
from aiogram_dialog import DialogManager, DialogProtocol
from aiogram_dialog.api.internal import RawKeyboard
from aiogram_dialog.widgets.kbd import Keyboard

from controlbot.bot.context import context_of
from tenants.domain.model import Secret

PURPOSE: Final = "code"
LONGEST: Final = 8
_ERASE, _ENTER, _BLANK = "erase", "enter", "blank"
_ROWS = (("1", "2", "3"), ("4", "5", "6"), ("7", "8", "9"))


class Keypad(Keyboard):
    """Collects digits in memory only and passes on the complete code.

    Reads ``length`` (0: unknown, then ✅ ends the code) from the window's data. After a
    restart of the process the digits are lost and no dots are filled.
    """

    def __init__(self, on_code: Callable[[DialogManager, Secret], Awaitable[None]]) -> None:
        super().__init__(id="keypad")
        self._on_code = on_code

    async def _render_keyboard(self, data: dict[str, Any], _manager: DialogManager) -> RawKeyboard:
        last = _BLANK if data.get("length") else _ENTER
        rows = [*_ROWS, (_ERASE, "0", last)]
        return [[self._key(key) for key in row] for row in rows]

    def _key(self, key: str) -> InlineKeyboardButton:
        face = {_ERASE: "⌫", _ENTER: "✅", _BLANK: "\u2800"}.get(key, key)
        return InlineKeyboardButton(text=face, callback_data=self._item_callback_data(key))

    async def _process_item_callback(
        self, _callback: CallbackQuery, data: str, _dialog: DialogProtocol, manager: DialogManager
    ) -> bool:
        digits = typed(manager)
        length = int(manager.dialog_data.get("length", 0))
        if data == _ERASE:
            digits = digits[:-1]
        elif data.isascii() and data.isdigit() and len(data) == 1:
            digits = (digits + data)[: length or LONGEST]
        complete = len(digits) == length if length else data == _ENTER and bool(digits)
        await self._keep_or_submit(manager, digits, complete=complete)
        return True

    async def _keep_or_submit(self, manager: DialogManager, digits: str, *, complete: bool) -> None:
        scene = context_of(manager)
        holder = scene.platform.secrets
        if complete:
            holder.drop(scene.real.user_id, PURPOSE)
            await self._on_code(manager, Secret(digits))
        elif digits:
            holder.put(scene.real.user_id, PURPOSE, Secret(digits))
        else:
            holder.drop(scene.real.user_id, PURPOSE)


def typed(manager: DialogManager) -> str:
    """The digits entered so far."""
    scene = context_of(manager)
    held = scene.platform.secrets.peek(scene.real.user_id, PURPOSE)
    return held.reveal() if held else ""


def dots(count: int, length: int) -> str:
    """``●●○○○``: how many digits are entered, not which."""
    return " ".join("●" * count + "○" * max(0, (length or count + 1) - count))
