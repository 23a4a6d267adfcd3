"""Handlers of the login windows."""

from __future__ import annotations

from aiogram.types import Message
from aiogram_dialog import DialogManager, StartMode

from controlbot.bot.context import context_of
from controlbot.bot.message_deletion import delete_secret_message
from controlbot.dialogs.account.navigation import begin, follow, give_up
from controlbot.dialogs.account.secret_input import holds_code, passwords_in, phone_in
from controlbot.dialogs.states import Account, Home
from controlbot.dialogs.tenant_selection import tenant_id_of
from controlbot.widgets.buttons import consume_confirmation, issue_confirmation
from controlbot.widgets.keypad import PURPOSE
from controlbot.widgets.layout import notice, set_notice
from controlbot.widgets.reply_keyboard import is_word
from mtproto.login.steps import LoginErrorCode, NeedPassword, Step
from tenants.domain.model import Secret, TenantId
from tenants.i18n.translator import mark as _

USE_THE_BUTTONS = _(
    "⚠️ I deleted your message. Please tap the code's digits on the buttons below: Telegram "
    "cancels a code that is written in a chat."
)
WRITE_THE_PASSWORD = _("⚠️ I deleted your message. Please write the password as text.")
QR_WORD = _("📷 QR code instead")
BACK = _("⬅️ Back")


async def by_qr(manager: DialogManager) -> None:
    await begin(manager, "qr")


async def by_phone(manager: DialogManager) -> None:
    await begin(manager, "phone")


async def phone_message(message: Message, _input: object, manager: DialogManager) -> None:
    """A shared contact, a typed number, or a reply keyboard button."""
    if is_word(manager, message.text, BACK):
        await give_up(manager)
    elif is_word(manager, message.text, QR_WORD):
        await begin(manager, "qr")
    else:
        await delete_secret_message(message, manager)
        scene = context_of(manager)
        spoken = message.from_user.language_code if message.from_user else None
        step = await scene.platform.logins.submit_phone(
            scene.actor, tenant_id_of(manager), Secret(phone_in(message)), spoken
        )
        await follow(manager, step)


async def code_complete(manager: DialogManager, code: Secret) -> None:
    scene = context_of(manager)
    step = await scene.platform.logins.submit_code(scene.actor, tenant_id_of(manager), code)
    await follow(manager, step)


async def code_message(message: Message, _input: object, manager: DialogManager) -> None:
    """A message in the keypad window is deleted and answered. If it contains the code,
    Telegram has cancelled that code."""
    await delete_secret_message(message, manager)
    scene = context_of(manager)
    length = int(manager.dialog_data.get("length", 0))
    if not holds_code(message.text or message.caption or "", length):
        set_notice(manager, scene.tr(USE_THE_BUTTONS))
        return
    scene.platform.secrets.drop(scene.real.user_id, PURPOSE)
    step = await scene.platform.logins.code_exposed(scene.actor, tenant_id_of(manager))
    await follow(manager, step)


async def resend(manager: DialogManager) -> None:
    scene = context_of(manager)
    scene.platform.secrets.drop(scene.real.user_id, PURPOSE)
    step = await scene.platform.logins.resend_code(scene.actor, tenant_id_of(manager))
    await follow(manager, step)


async def password_message(message: Message, _input: object, manager: DialogManager) -> None:
    """Any text counts as the password; a message without text is not an attempt."""
    await delete_secret_message(message, manager)
    scene = context_of(manager)
    step: Step | None = None
    for password in passwords_in(message):
        step = await scene.platform.logins.submit_password(
            scene.actor, tenant_id_of(manager), password
        )
        if not _is_wrong_password(step):
            break
    if step is None:
        set_notice(manager, scene.tr(WRITE_THE_PASSWORD))
        return
    await follow(manager, step)


def _is_wrong_password(step: Step) -> bool:
    problem = step.problem if isinstance(step, NeedPassword) else None
    return problem is not None and problem.code is LoginErrorCode.PASSWORD_WRONG


async def ask_disconnect(manager: DialogManager) -> None:
    await issue_confirmation(manager, _object(tenant_id_of(manager)))
    await manager.switch_to(Account.disconnect)


async def disconnect(manager: DialogManager, nonce: str) -> None:
    scene = context_of(manager)
    tenant_id = tenant_id_of(manager)
    await consume_confirmation(manager, nonce, _object(tenant_id))
    await scene.platform.accounts.disconnect(scene.actor, tenant_id)
    data = {
        **notice(scene.tr(_("🔌 Your account is disconnected and its session erased."))),
        "tenant_id": tenant_id,
    }
    await manager.start(Home.card, data=data, mode=StartMode.RESET_STACK)


def _object(tenant_id: TenantId) -> str:
    return f"account:{tenant_id}:disconnect"
