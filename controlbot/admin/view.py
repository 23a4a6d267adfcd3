"""What the desk shows, and moving about in it."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any, Final

from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager

from controlbot.dialogs.account.look import account_line
from controlbot.dialogs.current import KEY, tenant_id_of
from controlbot.dialogs.states import Admin
from controlbot.kit.frame import below
from controlbot.kit.text import plain
from controlbot.messages import OBSERVED, THROTTLES, status
from controlbot.record import entries
from controlbot.scene import Scene
from tenants.access import Permission
from tenants.i18n import Markup, name
from tenants.i18n import mark as _
from tenants.model import Desired, Observed, Role, Tenant, TenantId, Throttle, UserId

PAGE: Final = 8
RECORD_PAGE: Final = 12
FILTERS: Final = {
    "all": _("All"),
    Desired.ACTIVE.value: _("▶️ On"),
    Desired.PAUSED.value: _("⏸ Paused"),
    Desired.SUSPENDED.value: _("⛔ Suspended"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    key: str
    label: str


async def overview(
    scene: Scene, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    asked = dialog_manager.dialog_data
    scene.platform.watching.pop(scene.real.user_id, None)
    search_text = str(asked.get("search", ""))
    wanted = str(asked.get("filter", "all"))
    page = await scene.services.directory.page(
        scene.real,
        search=search_text,
        desired=None if wanted == "all" else Desired(wanted),
        offset=int(asked.get("page", 0)) * PAGE,
        limit=PAGE,
    )
    pages = max(1, -(-page.total // PAGE))
    asked["pages"] = pages
    tr = scene.tr
    return {
        "counts": await _counts(scene),
        "searching": tr(_("🔎 Found for “{text}”: {n}"), text=search_text, n=page.total)
        if search_text
        else "",
        "not_searching": not search_text,
        "none": not page.items,
        "tenants": [_row(scene, tenant) for tenant in page.items],
        "pages": pages if pages > 1 else 0,
        "page": int(asked.get("page", 0)) + 1,
        "filters": [
            Line(key=key, label=("• " if key == wanted else "") + tr(label))
            for key, label in FILTERS.items()
        ],
        "owner": scene.real.role is Role.OWNER,
    }


async def _counts(scene: Scene) -> Markup:
    counts = await scene.services.directory.counts(scene.real)
    total = sum(counts.values())
    online = counts.get((Desired.ACTIVE, Observed.ONLINE), 0)
    broken = sum(
        n
        for (desired, observed), n in counts.items()
        if desired is Desired.ACTIVE and OBSERVED[observed][0] == "🔴"
    )
    suspended = sum(n for (desired, _observed), n in counts.items() if desired is Desired.SUSPENDED)
    return scene.tr(
        _("Bots: <b>{total}</b>   🟢 {online}   🔴 {broken}   ⛔ {suspended}"),
        total=total,
        online=online,
        broken=broken,
        suspended=suspended,
    )


def _row(scene: Scene, tenant: Tenant) -> Line:
    dot, _word = status(scene.tr, tenant)
    slow = " 🐢" if tenant.throttle is not Throttle.NORMAL else ""
    return Line(key=str(tenant.id), label=f"{dot} @{tenant.bot_username}{slow}")


async def card(scene: Scene, dialog_manager: DialogManager, **_kwargs: object) -> dict[str, Any]:
    tenant = await scene.services.directory.get(scene.real, tenant_id_of(dialog_manager))
    dialog_manager.dialog_data["generation"] = tenant.generation
    scene.platform.watching[scene.real.user_id] = tenant.id
    dot, word = status(scene.tr, tenant)
    return {
        "title": scene.tr(_("🤖 <b>{bot}</b>"), bot=name(tenant.bot_name)),
        "link_line": f"@{tenant.bot_username} · <code>{tenant.bot_id}</code>",
        "owner_line": await _owner_line(scene, tenant.owner_id),
        "status": f"{dot} <b>{word}</b>",
        "detail": html.escape(tenant.observed_detail),
        "reason": await _reason(scene, tenant),
        "speed": _speed(scene, tenant),
        "account": await account_line(scene, tenant.id),
        "usage": await _usage(scene, tenant.id),
        "dates": scene.tr(_("Here since {date}"), date=tenant.created_at.date()),
        **_permissions(scene, tenant),
    }


def _permissions(scene: Scene, tenant: Tenant) -> dict[str, bool]:
    def may(permission: Permission) -> bool:
        return scene.services.access.may(scene.real, permission)

    gone = tenant.desired is Desired.ERASING
    suspended = tenant.desired is Desired.SUSPENDED
    return {
        "can_suspend": may(Permission.SUSPEND) and not suspended and not gone,
        "can_resume": may(Permission.SUSPEND) and suspended,
        "can_throttle": may(Permission.THROTTLE) and not gone,
        "can_view": may(Permission.IMPERSONATE) and tenant.owner_id != scene.real.user_id,
        "can_restart": may(Permission.MANAGE) and tenant.desired is Desired.ACTIVE,
    }


async def _owner_line(scene: Scene, owner_id: UserId) -> Markup:
    person = await scene.services.people.get(owner_id)
    known = name(person.name) if person else str(owner_id)
    return scene.tr(_("Owner: {person} · <code>{id}</code>"), person=known, id=str(owner_id))


async def _reason(scene: Scene, tenant: Tenant) -> Markup:
    if tenant.desired is not Desired.SUSPENDED:
        return Markup("")
    by = await scene.services.people.get(tenant.desired_by) if tenant.desired_by else None
    return scene.tr(
        _("Reason: <i>{reason}</i> ({person})"),
        reason=tenant.desired_reason,
        person=name(by.name if by else str(tenant.desired_by)),
    )


def _speed(scene: Scene, tenant: Tenant) -> Markup:
    if tenant.throttle is Throttle.NORMAL:
        return Markup("")
    return scene.tr(THROTTLES[tenant.throttle][0])


async def _usage(scene: Scene, tenant_id: TenantId) -> Markup:
    usage = await scene.services.directory.usage(scene.real, tenant_id)
    text = scene.tr(
        _("Writers: {audience} · waiting: {waiting}"),
        audience=usage.audience,
        waiting=usage.waiting,
    )
    if not usage.quarantined:
        return text
    aside = scene.tr(_("set aside: {n}"), n=usage.quarantined)
    return Markup(f"{text} · 🔴 {aside}")


async def named(scene: Scene, dialog_manager: DialogManager, **_kwargs: object) -> dict[str, Any]:
    tenant = await scene.services.directory.get(scene.real, tenant_id_of(dialog_manager))
    dialog_manager.dialog_data["generation"] = tenant.generation
    return {"username": tenant.bot_username}


async def record(scene: Scene, dialog_manager: DialogManager, **_kwargs: object) -> dict[str, Any]:
    asked = dialog_manager.dialog_data
    page = await scene.services.audit_log.page(
        scene.real,
        None if asked.get("everybody") else tenant_id_of(dialog_manager),
        offset=int(asked.get("record_page", 0)) * RECORD_PAGE,
        limit=RECORD_PAGE,
    )
    asked["record_pages"] = max(1, -(-page.total // RECORD_PAGE))
    return {"entries": await entries(scene, page.items), "pages": page.total > RECORD_PAGE}


async def open_tenant(
    _query: CallbackQuery, _select: Any, manager: DialogManager, key: str
) -> None:
    manager.dialog_data[KEY] = int(key)
    await manager.switch_to(Admin.card)


async def to_overview(manager: DialogManager) -> None:
    manager.dialog_data.pop(KEY, None)
    if isinstance(manager.start_data, dict):
        manager.start_data.pop(KEY, None)
    await manager.switch_to(Admin.overview)


async def search(message: Message, _input: object, manager: DialogManager) -> None:
    below(manager)
    manager.dialog_data["search"] = plain(message.text or "").strip().removeprefix("@")[:64]
    manager.dialog_data["page"] = 0


async def clear_search(manager: DialogManager) -> None:
    manager.dialog_data.update(search="", page=0)


async def choose_filter(
    _query: CallbackQuery, _select: Any, manager: DialogManager, key: str
) -> None:
    if key in FILTERS:
        manager.dialog_data.update(filter=key, page=0)


async def earlier(manager: DialogManager) -> None:
    _turn(manager, "page", "pages", -1)


async def later(manager: DialogManager) -> None:
    _turn(manager, "page", "pages", +1)


async def newer(manager: DialogManager) -> None:
    _turn(manager, "record_page", "record_pages", -1)


async def older(manager: DialogManager) -> None:
    _turn(manager, "record_page", "record_pages", +1)


async def stay(manager: DialogManager) -> None:
    """The page number is a button that does nothing."""


def _turn(manager: DialogManager, key: str, of: str, by: int) -> None:
    """Around the end to the beginning, as people expect of a ring of pages."""
    pages = int(manager.dialog_data.get(of, 1))
    manager.dialog_data[key] = (int(manager.dialog_data.get(key, 0)) + by) % pages


async def all_(_query: CallbackQuery, _button: object, manager: DialogManager) -> None:
    manager.dialog_data.update(everybody=True, record_page=0)


async def from_record(manager: DialogManager) -> None:
    """Back to where the record was opened."""
    everybody = manager.dialog_data.pop("everybody", False)
    manager.dialog_data["record_page"] = 0
    await manager.switch_to(Admin.overview if everybody else Admin.card)
