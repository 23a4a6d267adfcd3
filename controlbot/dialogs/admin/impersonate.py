"""Starting an impersonation. While it lasts, :mod:`controlbot.widgets.layout` draws its banner."""

from __future__ import annotations

from typing import Final

from aiogram.types import Message
from aiogram_dialog import DialogManager, StartMode, Window
from aiogram_dialog.widgets.input import MessageInput
from aiogram_dialog.widgets.kbd import Row, SwitchTo

from controlbot.bot.context import context_of, reload_context
from controlbot.dialogs.admin.common import given_reason, named
from controlbot.dialogs.states import Admin, Home
from controlbot.dialogs.tenant_selection import tenant_id_of
from controlbot.widgets import ButtonText, Confirm, TranslatedText, back, window
from controlbot.widgets.buttons import consume_confirmation, issue_confirmation
from controlbot.widgets.layout import resend_below
from tenants.i18n.translator import mark as _

LONGEST: Final = 500


def windows() -> list[Window]:
    return [_why(), _sure()]


def _why() -> Window:
    return window(
        Admin.view_reason,
        [
            TranslatedText(_("👁 <b>View as the owner of @{username}</b>")),
            TranslatedText(
                _(
                    "You see their home and settings for 30 minutes and can change nothing. They "
                    "are told that you look, and why."
                )
            ),
            TranslatedText(_("Why? Send the reason as a message.")),
        ],
        [back(Admin.card)],
        getter=named,
        inputs=[MessageInput(_reason_written)],
    )


def _sure() -> Window:
    return window(
        Admin.view_confirm,
        [
            TranslatedText(_("👁 <b>View as the owner of @{username}?</b>")),
            TranslatedText(_("Reason: <i>{reason}</i>")),
        ],
        [
            Row(
                Confirm(_("Yes, for 30 minutes"), "sure", _begin),
                SwitchTo(ButtonText(_("No")), id="no", state=Admin.card),
            ),
        ],
        getter=[named, given_reason],
    )


async def _reason_written(message: Message, _input: object, manager: DialogManager) -> None:
    resend_below(manager)
    if message.text and message.text.strip():
        manager.dialog_data["reason"] = message.text.strip()[:LONGEST]
        await issue_confirmation(manager, f"view:{tenant_id_of(manager)}")
        await manager.switch_to(Admin.view_confirm)


async def _begin(manager: DialogManager, nonce: str) -> None:
    """From now on the user sees the tenant's windows, with a banner."""
    scene = context_of(manager)
    tenant_id = tenant_id_of(manager)
    await consume_confirmation(manager, nonce, f"view:{tenant_id}")
    await scene.services.impersonations.begin(
        scene.real, tenant_id, str(manager.dialog_data.get("reason", ""))
    )
    await reload_context(manager)
    await manager.start(Home.card, mode=StartMode.RESET_STACK)
