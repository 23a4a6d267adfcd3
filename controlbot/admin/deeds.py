"""What the staff does to a tenant. Judged again in the services, at the moment of the deed."""

from __future__ import annotations

from typing import Any, Final

from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager, StartMode

from controlbot.admin.view import Line
from controlbot.dialogs.current import tenant_id_of
from controlbot.dialogs.states import Admin, Home
from controlbot.kit import set_notice
from controlbot.kit.buttons import arm, spend
from controlbot.kit.frame import below
from controlbot.messages import THROTTLES
from controlbot.scene import Scene, replace_scene, scene_of
from tenants.i18n import Markup
from tenants.i18n import mark as _
from tenants.model import Tenant, Throttle

REASONS: Final = {
    "spam": _("Spam"),
    "complaints": _("Complaints from people"),
    "rules": _("Against the rules"),
    "security": _("To protect the bot: it looks taken over"),
}
LONGEST: Final = 500


async def reasons(scene: Scene, **_kwargs: object) -> dict[str, Any]:
    return {"reasons": [Line(key=key, label=scene.tr(text)) for key, text in REASONS.items()]}


async def given_reason(dialog_manager: DialogManager, **_kwargs: object) -> dict[str, Any]:
    return {"reason": dialog_manager.dialog_data.get("reason", "")}


async def reason_tapped(
    _query: CallbackQuery, _select: Any, manager: DialogManager, key: str
) -> None:
    """The tapped reasons are kept in English, as the record is read by many."""
    if key in REASONS:
        await _ask_to_suspend(manager, REASONS[key])


async def reason_written(message: Message, _input: object, manager: DialogManager) -> None:
    below(manager)
    if message.text and message.text.strip():
        await _ask_to_suspend(manager, message.text.strip()[:LONGEST])


async def _ask_to_suspend(manager: DialogManager, reason: str) -> None:
    manager.dialog_data["reason"] = reason
    await arm(manager, f"suspend:{tenant_id_of(manager)}")
    await manager.switch_to(Admin.suspend_confirm)


async def suspend(manager: DialogManager, nonce: str) -> None:
    scene = scene_of(manager)
    tenant_id = tenant_id_of(manager)
    await spend(manager, nonce, f"suspend:{tenant_id}")
    tenant = await scene.services.lifecycle.suspend(
        scene.real, tenant_id, _generation(manager), str(manager.dialog_data.get("reason", ""))
    )
    await _done(manager, tenant, _("⛔ @{username} is suspended. Its owner has been told."))


async def resume(manager: DialogManager) -> None:
    scene = scene_of(manager)
    tenant = await scene.services.lifecycle.resume(
        scene.real, tenant_id_of(manager), _generation(manager)
    )
    await _done(manager, tenant, _("✅ @{username} runs again. Its owner has been told."))


async def restart(manager: DialogManager) -> None:
    scene = scene_of(manager)
    tenant = await scene.services.lifecycle.restart(scene.real, tenant_id_of(manager))
    await _done(manager, tenant, _("🔁 @{username} is restarting."))


async def levels(scene: Scene, dialog_manager: DialogManager, **_kwargs: object) -> dict[str, Any]:
    tr = scene.tr
    tenant = await scene.services.directory.get(scene.real, tenant_id_of(dialog_manager))
    return {
        "levels": [
            Line(key=level.value, label=("✓ " if level is tenant.throttle else "") + tr(label))
            for level, (label, _meaning) in THROTTLES.items()
        ],
        "levels_text": Markup(
            "\n".join(f"{tr(label)}: {tr(meaning)}" for label, meaning in THROTTLES.values())
        ),
    }


async def throttle(_query: CallbackQuery, _select: Any, manager: DialogManager, key: str) -> None:
    scene = scene_of(manager)
    level = Throttle(key)
    tenant = await scene.services.lifecycle.set_throttle(
        scene.real, tenant_id_of(manager), None, level, THROTTLES[level][1]
    )
    label = scene.tr(THROTTLES[level][0])
    await _done(manager, tenant, _("@{username} is set to: {level}"), level=label)


async def view_reason_written(message: Message, _input: object, manager: DialogManager) -> None:
    below(manager)
    if message.text and message.text.strip():
        manager.dialog_data["reason"] = message.text.strip()[:LONGEST]
        await arm(manager, f"view:{tenant_id_of(manager)}")
        await manager.switch_to(Admin.view_confirm)


async def begin_viewing(manager: DialogManager, nonce: str) -> None:
    """From here on this person sees the tenant's windows, under a banner."""
    scene = scene_of(manager)
    tenant_id = tenant_id_of(manager)
    await spend(manager, nonce, f"view:{tenant_id}")
    await scene.services.impersonations.begin(
        scene.real, tenant_id, str(manager.dialog_data.get("reason", ""))
    )
    await replace_scene(manager)
    await manager.start(Home.card, mode=StartMode.RESET_STACK)


async def _done(manager: DialogManager, tenant: Tenant, msgid: str, **params: Markup) -> None:
    text = scene_of(manager).tr(msgid, username=tenant.bot_username, **params)
    manager.dialog_data.pop("nonce", None)
    await manager.switch_to(Admin.card)
    set_notice(manager, text)


def _generation(manager: DialogManager) -> int | None:
    value = manager.dialog_data.get("generation")
    return value if isinstance(value, int) else None
