"""Dead-lettered updates, and requeueing them."""

from __future__ import annotations

from typing import Any, Final

from aiogram.types import CallbackQuery
from aiogram_dialog import DialogManager, Window
from aiogram_dialog.widgets.kbd import Row, SwitchTo

from controlbot.bot.context import RequestContext, context_of
from controlbot.dialogs.admin.common import done, named
from controlbot.dialogs.states import Admin
from controlbot.dialogs.tenant_selection import tenant_id_of
from controlbot.widgets import (
    ActionButton,
    ButtonText,
    DataText,
    Lines,
    TranslatedText,
    back,
    window,
)
from controlbot.widgets.buttons import Confirm, consume_confirmation, issue_confirmation
from controlbot.widgets.lists import Line, choices, number
from tenants.domain.errors import NotFound
from tenants.i18n.translator import cut
from tenants.i18n.translator import mark as _
from tenants.security.authorization import Permission
from tenants.services.quarantine import PutAside

SHOWN: Final = 8
LONGEST: Final = 40
KINDS: Final = {
    "message": _("💬 message"),
    "edited_message": _("✏️ edited message"),
    "callback_query": _("👆 button"),
    "my_chat_member": _("🚪 block or unblock"),
}


def windows() -> list[Window]:
    return [_all(), _one()]


def _all() -> Window:
    return window(
        Admin.aside,
        [
            TranslatedText(_("🧪 <b>Failed messages of @{username}</b>")),
            TranslatedText(_("Nothing here."), when="none"),
            TranslatedText(
                _(
                    "These were skipped after several tries. Once the cause is fixed, they can be "
                    "handled again."
                ),
                when="some",
            ),
        ],
        [
            choices("updates", _open, read=number),
            Row(
                ActionButton(_("▶️ Handle all again"), "all", _ask_all, when="can_replay"),
                back(Admin.card),
            ),
        ],
        getter=[named, _put_aside],
    )


def _one() -> Window:
    return window(
        Admin.aside_one,
        [
            TranslatedText(_("🧪 <b>Failed messages of @{username}</b>")),
            Lines(DataText("kind"), DataText("arrived"), DataText("error")),
            TranslatedText(_("Message text is not shown to staff.")),
        ],
        [
            Row(
                Confirm(_("▶️ Handle again"), "again", _replay, when="can_replay"),
                SwitchTo(ButtonText(_("⬅️ Back")), id="back", state=Admin.aside),
            ),
        ],
        getter=[named, _chosen],
    )


async def _put_aside(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    found = await scene.services.quarantine.of(scene.real, tenant_id_of(dialog_manager), SHOWN)
    return {
        "updates": [Line(key=str(one.update_id), label=_label(scene, one)) for one in found],
        "none": not found,
        "some": bool(found),
        "can_replay": bool(found) and _may(scene),
    }


async def _chosen(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    """All of them, or the selected one."""
    tr, update_id = scene.tr, dialog_manager.dialog_data.get("update")
    found = await scene.services.quarantine.of(scene.real, tenant_id_of(dialog_manager), SHOWN)
    if update_id is None:
        usage = await scene.services.directory.usage(scene.real, tenant_id_of(dialog_manager))
        words = tr.n("{n} update, from the first on", "{n} updates, from the first on",
                     usage.quarantined)  # fmt: skip
        return {"kind": words, "can_replay": bool(found) and _may(scene)}
    one = next((one for one in found if one.update_id == update_id), None)
    if one is None:
        return {"kind": tr(_("It is no longer among the failed messages.")), "can_replay": False}
    return {
        "kind": _kind(scene, one),
        "arrived": tr(_("Came on {time} (UTC)"), time=one.received_at),
        "error": tr(_("Failed with <code>{error}</code>"), error=one.error or "?"),
        "can_replay": _may(scene),
    }


def _label(scene: RequestContext, one: PutAside) -> str:
    return f"{_kind(scene, one)} · {cut(one.error or '?', LONGEST)}"


def _kind(scene: RequestContext, one: PutAside) -> str:
    return scene.tr(KINDS[one.kind]) if one.kind in KINDS else one.kind


def _may(scene: RequestContext) -> bool:
    return scene.services.access.may(scene.real, Permission.OPERATE)


async def _open(
    _query: CallbackQuery, _select: Any, manager: DialogManager, update_id: int
) -> None:
    await _ask(manager, update_id)


async def _ask_all(manager: DialogManager) -> None:
    await _ask(manager, None)


async def _ask(manager: DialogManager, update_id: int | None) -> None:
    manager.dialog_data["update"] = update_id
    await issue_confirmation(manager, _object(manager))
    await manager.switch_to(Admin.aside_one)


async def _replay(manager: DialogManager, nonce: str) -> None:
    scene, tenant_id = context_of(manager), tenant_id_of(manager)
    await consume_confirmation(manager, nonce, _object(manager))
    if "update" not in manager.dialog_data:
        raise NotFound()
    update_id = manager.dialog_data["update"]
    released = await scene.services.quarantine.release(scene.real, tenant_id, update_id)
    tenant = await scene.services.directory.get(scene.real, tenant_id)
    await done(manager, tenant, _("▶️ Being handled again for @{username}: {n}"), n=released)


def _object(manager: DialogManager) -> str:
    update_id = manager.dialog_data.get("update")
    return f"replay:{tenant_id_of(manager)}:{'all' if update_id is None else update_id}"
