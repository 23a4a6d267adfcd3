"""What people do in the login's windows."""

from __future__ import annotations

import re

from aiogram.types import Message
from aiogram_dialog import DialogManager, StartMode

from controlbot.dialogs.account.flow import begin, follow, give_up
from controlbot.dialogs.current import tenant_id_of
from controlbot.dialogs.states import Account, Home
from controlbot.kit.buttons import arm, spend
from controlbot.kit.frame import below, notice
from controlbot.kit.keypad import PURPOSE
from controlbot.kit.reply import is_word
from controlbot.scene import scene_of
from controlbot.swallow import swallow
from tenants.i18n import mark as _
from tenants.model import Secret, TenantId

QR_WORD = _("📷 QR code instead")
BACK = _("⬅️ Back")
DIGITS = re.compile(r"(?:\d[\s-]?){5,8}")


async def by_qr(manager: DialogManager) -> None:
    await begin(manager, "qr")


async def by_phone(manager: DialogManager) -> None:
    await begin(manager, "phone")


async def phone_message(message: Message, _input: object, manager: DialogManager) -> None:
    """A shared contact, a typed number, or one of the keyboard's words."""
    if is_word(manager, message.text, BACK):
        await give_up(manager)
    elif is_word(manager, message.text, QR_WORD):
        await begin(manager, "qr")
    else:
        number = message.contact.phone_number if message.contact else message.text or ""
        await swallow(message, manager)
        scene = scene_of(manager)
        step = await scene.platform.logins.submit_phone(
            scene.actor, tenant_id_of(manager), Secret(number)
        )
        await follow(manager, step)


async def code_complete(manager: DialogManager, code: Secret) -> None:
    scene = scene_of(manager)
    step = await scene.platform.logins.submit_code(scene.actor, tenant_id_of(manager), code)
    await follow(manager, step)


async def code_message(message: Message, _input: object, manager: DialogManager) -> None:
    """Somebody wrote the code into the chat: it is void now, which wants an explanation."""
    below(manager)
    if not DIGITS.search(message.text or message.caption or ""):
        return
    await swallow(message, manager)
    scene = scene_of(manager)
    scene.platform.secrets.drop(scene.real.user_id, PURPOSE)
    step = await scene.platform.logins.code_exposed(scene.actor, tenant_id_of(manager))
    await follow(manager, step)


async def resend(manager: DialogManager) -> None:
    scene = scene_of(manager)
    scene.platform.secrets.drop(scene.real.user_id, PURPOSE)
    step = await scene.platform.logins.resend_code(scene.actor, tenant_id_of(manager))
    await follow(manager, step)


async def password_message(message: Message, _input: object, manager: DialogManager) -> None:
    password = Secret(message.text or "")
    await swallow(message, manager)
    scene = scene_of(manager)
    step = await scene.platform.logins.submit_password(scene.actor, tenant_id_of(manager), password)
    await follow(manager, step)


async def ask_disconnect(manager: DialogManager) -> None:
    await arm(manager, _object(tenant_id_of(manager)))
    await manager.switch_to(Account.disconnect)


async def disconnect(manager: DialogManager, nonce: str) -> None:
    scene = scene_of(manager)
    tenant_id = tenant_id_of(manager)
    await spend(manager, nonce, _object(tenant_id))
    await scene.platform.accounts.disconnect(scene.actor, tenant_id)
    data = {
        **notice(scene.tr(_("🔌 Your account is disconnected and its session erased."))),
        "tenant_id": tenant_id,
    }
    await manager.start(Home.card, data=data, mode=StartMode.RESET_STACK)


def _object(tenant_id: TenantId) -> str:
    return f"account:{tenant_id}:disconnect"
