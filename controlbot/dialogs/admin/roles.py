"""Roles: the platform's owners appoint admins and auditors."""

from __future__ import annotations

from typing import Any, Final

from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager, Window
from aiogram_dialog.widgets.input import MessageInput
from aiogram_dialog.widgets.kbd import SwitchTo

from controlbot.bot.commands import offer_commands
from controlbot.bot.context import RequestContext, context_of
from controlbot.dialogs.states import Admin
from controlbot.texts.messages import ROLES
from controlbot.widgets import (
    ActionButton,
    ButtonText,
    Confirm,
    DataText,
    Lines,
    TranslatedText,
    back,
    set_notice,
    window,
)
from controlbot.widgets.buttons import consume_confirmation, issue_confirmation
from controlbot.widgets.layout import resend_below
from controlbot.widgets.lists import Line, choices, number
from tenants.domain.errors import NotFound
from tenants.domain.model import Role, UserId
from tenants.i18n.translator import mark as _
from tenants.i18n.translator import name

GRANTABLE: Final = (Role.ADMIN, Role.AUDITOR)


def windows() -> list[Window]:
    return [_roles(), _role(), _add()]


def _roles() -> Window:
    return window(
        Admin.roles,
        [
            TranslatedText(_("👥 <b>Roles</b>")),
            Lines(
                TranslatedText(
                    _("<b>Admin</b>: sees all bots, suspends, sets the speed, views as owners.")
                ),
                TranslatedText(_("<b>Auditor</b>: sees all bots and the record, changes nothing.")),
                TranslatedText(_("Owners are set on the server.")),
            ),
        ],
        [
            choices("people", _open, read=number),
            SwitchTo(ButtonText(_("➕ Add somebody")), id="add", state=Admin.add_person),
            back(Admin.overview),
        ],
        getter=_everybody,
    )


def _role() -> Window:
    return window(
        Admin.role,
        [DataText("title"), DataText("about")],
        [
            ActionButton(_("Make admin"), "admin", _make_admin, when="can_admin"),
            ActionButton(_("Make auditor"), "auditor", _make_auditor, when="can_auditor"),
            Confirm(_("Take the role away"), "revoke", _revoke, when="can_revoke"),
            back(Admin.roles),
        ],
        getter=_one,
    )


def _add() -> Window:
    return window(
        Admin.add_person,
        [
            TranslatedText(_("➕ <b>Add somebody</b>")),
            TranslatedText(
                _(
                    "Send their Telegram id as a number. They see it when they write to "
                    "@userinfobot; they should have started this bot once."
                )
            ),
        ],
        [back(Admin.roles)],
        inputs=[MessageInput(_id_written)],
    )


async def _everybody(scene: RequestContext, **_kwargs: object) -> dict[str, Any]:
    staff = await scene.services.staff.all(scene.real)
    lines = []
    for user_id, role in staff.items():
        label = f"{scene.tr(ROLES[role])} · {await _known(scene, user_id)}"
        lines.append(Line(key=str(user_id), label=label))
    return {"people": lines}


async def _one(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    user_id = _chosen(dialog_manager)
    staff = await scene.services.staff.all(scene.real)
    role = staff.get(user_id)
    fixed = role is Role.OWNER
    return {
        "title": scene.tr(_("👤 <b>{person}</b>"), person=name(await _known(scene, user_id))),
        "about": scene.tr(_("<code>{id}</code> · {role}"), id=str(user_id),
                          role=scene.tr(ROLES[role or Role.TENANT])),
        "can_admin": not fixed and role is not Role.ADMIN,
        "can_auditor": not fixed and role is not Role.AUDITOR,
        "can_revoke": not fixed and role in GRANTABLE,
    }  # fmt: skip


async def _open(_query: CallbackQuery, _select: Any, manager: DialogManager, user_id: int) -> None:
    await _look_at(manager, user_id)


async def _id_written(message: Message, _input: object, manager: DialogManager) -> None:
    resend_below(manager)
    text = (message.text or "").strip()
    if text.isascii() and text.isdigit() and 0 < int(text) < 2**52:
        await _look_at(manager, int(text))
    else:
        set_notice(manager, context_of(manager).tr(_("⚠️ That is not a Telegram id.")))


async def _look_at(manager: DialogManager, user_id: int) -> None:
    manager.dialog_data["person"] = user_id
    await issue_confirmation(manager, f"role:{user_id}")
    await manager.switch_to(Admin.role)


async def _make_admin(manager: DialogManager) -> None:
    await _grant(manager, Role.ADMIN)


async def _make_auditor(manager: DialogManager) -> None:
    await _grant(manager, Role.AUDITOR)


async def _grant(manager: DialogManager, role: Role) -> None:
    scene = context_of(manager)
    user_id = _chosen(manager)
    await scene.services.staff.grant(scene.real, user_id, role)
    await offer_commands(scene.platform, user_id)
    set_notice(manager, scene.tr(_("✅ Applied.")))


async def _revoke(manager: DialogManager, nonce: str) -> None:
    scene = context_of(manager)
    user_id = _chosen(manager)
    await consume_confirmation(manager, nonce, f"role:{user_id}")
    await scene.services.staff.revoke(scene.real, user_id)
    await offer_commands(scene.platform, user_id)
    await manager.switch_to(Admin.roles)
    set_notice(manager, scene.tr(_("✅ Applied.")))


def _chosen(manager: DialogManager) -> UserId:
    value = manager.dialog_data.get("person")
    if not isinstance(value, int):
        raise NotFound()
    return UserId(value)


async def _known(scene: RequestContext, user_id: UserId) -> str:
    person = await scene.services.people.get(user_id)
    return str(name(person.name)) if person else str(user_id)
