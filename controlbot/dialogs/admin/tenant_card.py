"""Card of one bot for staff."""

from __future__ import annotations

from typing import Any

from aiogram_dialog import DialogManager, Window
from aiogram_dialog.widgets.kbd import Row, SwitchTo

from controlbot.bot.context import RequestContext
from controlbot.dialogs.account.status_line import account_line
from controlbot.dialogs.admin import restart, suspend, tenant_list
from controlbot.dialogs.states import Admin
from controlbot.dialogs.tenant_selection import tenant_id_of
from controlbot.texts.messages import THROTTLES, status, until_words
from controlbot.texts.reason_codes import read_reason
from controlbot.texts.status_details import diagnosis
from controlbot.texts.usage_chart import report
from controlbot.widgets import ActionButton, ButtonText, DataText, Lines, window
from controlbot.widgets.buttons import PRIMARY
from tenants.domain.model import Desired, Tenant, Throttle, UserId
from tenants.i18n.translator import Markup, name
from tenants.i18n.translator import mark as _
from tenants.security.authorization import Permission
from tenants.services.tenant_queries import Usage


def windows() -> list[Window]:
    return [_card()]


def _card() -> Window:
    return window(
        Admin.card,
        [
            Lines(DataText("title"), DataText("link_line"), DataText("owner_line")),
            Lines(
                DataText("status"), DataText("diagnosis"), DataText("reason"), DataText("account")
            ),
            Lines(DataText("speed"), DataText("backlog")),
            DataText("usage"),
            DataText("dates"),
        ],
        [
            Row(
                SwitchTo(ButtonText(_("⛔ Suspend")), id="suspend", state=Admin.suspend_reason,
                         when="can_suspend"),
                ActionButton(_("✅ Lift the suspension"), "resume", suspend.resume,
                             when="can_resume", style=PRIMARY),
                ActionButton(_("🔁 Restart"), "restart", restart.restart, when="can_restart"),
            ),
            Row(
                SwitchTo(ButtonText(_("🐢 Speed")), id="throttle", state=Admin.throttle,
                         when="can_throttle"),
                SwitchTo(ButtonText(_("🎚 Limits")), id="limits", state=Admin.limits,
                         when="can_throttle"),
            ),
            Row(
                SwitchTo(ButtonText(_("👁 View as its owner")), id="view", state=Admin.view_reason,
                         when="can_view"),
                SwitchTo(ButtonText(_("🧪 Failed: {aside}")), id="aside", state=Admin.aside,
                         when="aside"),
            ),
            Row(
                SwitchTo(ButtonText(_("📖 Record")), id="record", state=Admin.record),
                ActionButton(_("⬅️ Back"), "back", tenant_list.leave_card),
            ),
        ],
        getter=_shown,
    )  # fmt: skip


async def _shown(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    tenant = await scene.services.directory.get(scene.real, tenant_id_of(dialog_manager))
    usage = await scene.services.directory.usage(scene.real, tenant.id)
    dialog_manager.dialog_data["generation"] = tenant.generation
    scene.platform.watching[scene.real.user_id] = tenant.id
    dot, word = status(scene.tr, tenant)
    return {
        "title": scene.tr(_("🤖 <b>{bot}</b>"), bot=name(tenant.bot_name)),
        "link_line": f"@{tenant.bot_username} · <code>{tenant.bot_id}</code>",
        "owner_line": await _owner_line(scene, tenant.owner_id),
        "status": f"{dot} <b>{word}</b>",
        "diagnosis": diagnosis(scene.tr, tenant),
        "reason": await _reason(scene, tenant),
        "speed": _speed(scene, tenant),
        "account": await account_line(scene, scene.real, tenant.id),
        "backlog": _backlog(scene, usage),
        "usage": report(scene.tr, usage),
        "dates": _dates(scene, tenant),
        "aside": usage.quarantined,
        **_permissions(scene, tenant),
    }


def _permissions(scene: RequestContext, tenant: Tenant) -> dict[str, bool]:
    def may(permission: Permission) -> bool:
        return scene.services.access.may(scene.real, permission)

    gone = tenant.desired is Desired.ERASING
    suspended = tenant.desired is Desired.SUSPENDED
    return {
        "can_suspend": may(Permission.SUSPEND) and not suspended and not gone,
        "can_resume": may(Permission.SUSPEND) and suspended,
        "can_throttle": may(Permission.THROTTLE) and not gone,
        "can_view": may(Permission.IMPERSONATE) and tenant.owner_id != scene.real.user_id,
        "can_restart": may(Permission.OPERATE) and tenant.desired is Desired.ACTIVE,
    }


async def _owner_line(scene: RequestContext, owner_id: UserId) -> Markup:
    person = await scene.services.people.get(owner_id)
    known = name(person.name) if person else str(owner_id)
    return scene.tr(_("Owner: {person} · <code>{id}</code>"), person=known, id=str(owner_id))


async def _reason(scene: RequestContext, tenant: Tenant) -> Markup:
    if tenant.desired is not Desired.SUSPENDED:
        return Markup("")
    by = await scene.services.people.get(tenant.desired_by) if tenant.desired_by else None
    text = scene.tr(
        _("Reason: <i>{reason}</i> ({person})"),
        reason=read_reason(scene.tr, tenant.desired_reason),
        person=name(by.name if by else str(tenant.desired_by)),
    )
    until = until_words(scene.tr, tenant)
    return Markup(f"{text}\n{until}") if until else text


def _speed(scene: RequestContext, tenant: Tenant) -> Markup:
    """The throttle level, unless normal, and the limits."""
    tr = scene.tr
    limits = tr(
        _("🎚 {rate} messages a second, {width} chats at a time"),
        rate=tenant.rate_limit,
        width=tenant.concurrency,
    )
    if tenant.throttle is Throttle.NORMAL:
        return limits
    return Markup(f"{tr(THROTTLES[tenant.throttle][0])}\n{limits}")


def _backlog(scene: RequestContext, usage: Usage) -> Markup:
    text = scene.tr(
        _("👥 Users: {audience} · ⏳ waiting: {waiting}"),
        audience=usage.audience,
        waiting=usage.waiting,
    )
    if not usage.quarantined:
        return text
    failed = scene.tr(_("🧪 failed: {n}"), n=usage.quarantined)
    return Markup(f"{text} · {failed}")


def _dates(scene: RequestContext, tenant: Tenant) -> Markup:
    since = scene.tr(_("Connected on {date}"), date=tenant.created_at.date())
    if tenant.last_used_at is None:
        return since
    now = scene.services.clock.now()
    used = scene.tr(_("last used {ago}"), ago=scene.tr.ago(now - tenant.last_used_at))
    return Markup(f"{since} · {used}")
