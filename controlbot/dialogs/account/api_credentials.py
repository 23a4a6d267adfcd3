"""Login with the user's own API application: its api_id and api_hash."""

from __future__ import annotations

from typing import Any

from aiogram.types import Message
from aiogram_dialog import DialogManager, Window
from aiogram_dialog.widgets.input import MessageInput
from aiogram_dialog.widgets.kbd import Row

from controlbot.bot.context import RequestContext, context_of
from controlbot.bot.message_deletion import delete_secret_message
from controlbot.dialogs.account.secret_input import find_pair
from controlbot.dialogs.states import Account
from controlbot.dialogs.tenant_selection import tenant_id_of
from controlbot.widgets import ActionButton, Lines, TranslatedText, back, set_notice, window
from tenants.i18n.translator import mark as _


def own_api() -> Window:
    return window(
        Account.api,
        [
            TranslatedText(_("🧩 <b>An application of your own</b>")),
            TranslatedText(
                _(
                    "Your login can go by your own Telegram application rather than the "
                    "platform's. Most people don't need this."
                )
            ),
            Lines(
                TranslatedText(_("1. Open my.telegram.org and log in")),
                TranslatedText(_("2. “API development tools” shows api_id and api_hash")),
                TranslatedText(_("3. Send me both in one message")),
            ),
            TranslatedText(_("🔒 Your message is deleted at once; both are stored encrypted.")),
            TranslatedText(_("✅ Your own application is in use."), when="brought"),
        ],
        [
            Row(
                ActionButton(_("🗑 Use the platform's again"), "forget", _forget, when="brought"),
                back(Account.choose),
            ),
        ],
        getter=_state,
        inputs=[MessageInput(_written)],
    )


async def _state(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    tenant_id = tenant_id_of(dialog_manager)
    brought = await scene.platform.logins.brought_credentials(scene.actor, tenant_id)
    return {"brought": brought}


async def _written(message: Message, _input: object, manager: DialogManager) -> None:
    pair = find_pair(message.text or message.caption or "")
    await delete_secret_message(message, manager)
    scene = context_of(manager)
    if pair is None:
        words = _("⚠️ I need both in one message: a number and 32 letters and digits.")
        set_notice(manager, scene.tr(words))
        return
    await scene.platform.logins.bring_credentials(scene.actor, tenant_id_of(manager), pair)
    await manager.switch_to(Account.choose)
    set_notice(manager, scene.tr(_("✅ Your next login goes by your own application.")))


async def _forget(manager: DialogManager) -> None:
    scene = context_of(manager)
    await scene.platform.logins.bring_credentials(scene.actor, tenant_id_of(manager), None)
    set_notice(manager, scene.tr(_("✅ Your next login goes by the platform's application.")))
