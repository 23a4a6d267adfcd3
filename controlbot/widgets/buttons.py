"""Buttons: open a window, run an action, confirm once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram.enums import ButtonStyle
from aiogram.fsm.state import State
from aiogram.types import CallbackQuery, InlineKeyboardButton
from aiogram_dialog import DialogManager, DialogProtocol
from aiogram_dialog.api.internal import RawKeyboard
from aiogram_dialog.widgets.common import WhenCondition
from aiogram_dialog.widgets.kbd import Button, Keyboard, Start, SwitchTo, Url
from aiogram_dialog.widgets.style import Style
from aiogram_dialog.widgets.text import Format

from controlbot.bot.context import context_of
from controlbot.widgets.text import ButtonText, plain
from tenants.i18n.translator import mark as _

Action = Callable[[DialogManager], Awaitable[None]]
Confirmed = Callable[[DialogManager, str], Awaitable[None]]
DANGER = Style(ButtonStyle.DANGER)
PRIMARY = Style(ButtonStyle.PRIMARY)
PLAIN = Style()


def ActionButton(  # noqa: N802 - reads as a widget
    msgid: str,
    id: str,  # noqa: A002 - the library's name for it
    action: Action,
    *,
    when: WhenCondition = None,
    style: Style = PLAIN,
) -> Button:
    """A button that runs ``action(manager)``."""

    async def clicked(_query: CallbackQuery, _button: Button, manager: DialogManager) -> None:
        await action(manager)

    return Button(ButtonText(msgid), id=id, on_click=clicked, when=when, style=style)


def go(
    msgid: str,
    state: State,
    *,
    id: str,  # noqa: A002
    when: WhenCondition = None,
    style: Style = PLAIN,
) -> Start:
    """A button that opens another dialog on top."""
    return Start(ButtonText(msgid), id=id, state=state, when=when, style=style)


def back(state: State | None = None, *, when: WhenCondition = None) -> Keyboard:
    """One step back: to a window of the same dialog, or out of it."""
    if state is not None:
        return SwitchTo(ButtonText(_("⬅️ Back")), id="back", state=state, when=when)
    return ActionButton(_("⬅️ Back"), "back", leave, when=when)


async def leave(manager: DialogManager) -> None:
    """Close the dialog; when it was the last one, open home."""
    from controlbot.bot.navigation import open_home

    if len(manager.current_stack().intents) > 1:
        await manager.done()
    else:
        await open_home(manager)


def home_button() -> Button:
    return ActionButton(_("🏠 Home"), "home", _go_home)


async def _go_home(manager: DialogManager) -> None:
    from controlbot.bot.navigation import open_home

    await open_home(manager)


def link(msgid: str, key: str, *, when: WhenCondition = None, style: Style = PLAIN) -> Url:
    """A button that opens the address in the window's data under ``key``."""
    return Url(ButtonText(msgid), Format("{" + key + "}"), when=when or key, style=style)


class Confirm(Keyboard):
    """A button that works once: its callback data carries the nonce in the window's data.

    ``action(manager, nonce)`` has to consume it; an old keyboard has an old nonce.
    """

    def __init__(
        self,
        msgid: str,
        id: str,  # noqa: A002
        action: Confirmed,
        *,
        when: WhenCondition = None,
        style: Style = DANGER,
    ) -> None:
        super().__init__(id=id, when=when)
        self._msgid = msgid
        self._action = action
        self._style = style

    async def _render_keyboard(self, data: dict[str, Any], manager: DialogManager) -> RawKeyboard:
        text = plain(context_of(manager).tr(self._msgid))
        nonce = manager.dialog_data.get("nonce", "")
        style = await self._style.render_style(data, manager)
        callback_data = self._item_callback_data(str(nonce))
        return [[InlineKeyboardButton(text=text, callback_data=callback_data, style=style)]]

    async def _process_item_callback(
        self, _callback: CallbackQuery, data: str, _dialog: DialogProtocol, manager: DialogManager
    ) -> bool:
        await self._action(manager, data)
        return True


async def issue_confirmation(manager: DialogManager, object_ref: str) -> None:
    """Issue the single-use nonce of the next window's :class:`Confirm` button."""
    scene = context_of(manager)
    chat_id = manager.middleware_data["event_chat"].id
    nonce = await scene.services.nonces.issue(scene.real.user_id, chat_id, object_ref)
    manager.dialog_data["nonce"] = nonce


async def consume_confirmation(manager: DialogManager, nonce: str, object_ref: str) -> None:
    """Raises StaleTap when the button was used, has expired or belongs to another user."""
    scene = context_of(manager)
    chat_id = manager.middleware_data["event_chat"].id
    await scene.services.nonces.spend(nonce, scene.real.user_id, chat_id, object_ref)
