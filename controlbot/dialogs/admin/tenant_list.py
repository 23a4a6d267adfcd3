"""The list of all bots, with pages, state filter and search."""

from __future__ import annotations

from typing import Any, Final

from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager, Window
from aiogram_dialog.widgets.input import MessageInput
from aiogram_dialog.widgets.kbd import Row, SwitchTo

from controlbot.bot.context import RequestContext, context_of
from controlbot.dialogs.admin import audit_log, restart
from controlbot.dialogs.states import Admin
from controlbot.dialogs.tenant_selection import KEY
from controlbot.texts.messages import OBSERVED, status
from controlbot.widgets import ActionButton, ButtonText, DataText, Lines, TranslatedText, window
from controlbot.widgets.buttons import home_button
from controlbot.widgets.layout import resend_below
from controlbot.widgets.lists import Line, choices, number, one_of
from controlbot.widgets.paging import turn
from controlbot.widgets.text import plain
from tenants.domain.model import Desired, Observed, Role, Tenant, TenantId, Throttle
from tenants.i18n.translator import Markup
from tenants.i18n.translator import mark as _
from tenants.security.authorization import Permission

PAGE: Final = 8
FILTERS: Final = {
    "all": _("All"),
    Desired.ACTIVE.value: _("▶️ On"),
    Desired.PAUSED.value: _("⏸ Paused"),
    Desired.SUSPENDED.value: _("⛔ Suspended"),
}


def windows() -> list[Window]:
    return [_overview()]


def _overview() -> Window:
    return window(
        Admin.overview,
        [
            TranslatedText(_("🗂 <b>Admin desk</b>")),
            Lines(DataText("counts"), DataText("searching")),
            TranslatedText(_("🔎 To search, send a name, @username or id."), when="not_searching"),
            TranslatedText(_("Nothing here."), when="none"),
        ],
        [
            choices("tenants", open_tenant, read=number),
            Row(
                ActionButton(_("◀️"), "earlier", _earlier, when="pages"),
                ActionButton(_("{page} / {pages}"), "page", _stay, when="pages"),
                ActionButton(_("▶️"), "next", _later, when="pages"),
            ),
            choices("filters", _choose_filter, width=2, read=one_of(FILTERS)),
            ActionButton(_("✖️ Show all"), "clear", _clear_search, when="searching"),
            Row(
                SwitchTo(
                    ButtonText(_("📖 Record")),
                    id="record",
                    state=Admin.record,
                    on_click=audit_log.of_all,
                ),
                SwitchTo(ButtonText(_("👥 Roles")), id="roles", state=Admin.roles, when="owner"),
            ),
            Row(
                ActionButton(
                    _("🔁 Restart all"), "restart_all", restart.ask, when="can_restart_all"
                ),
                home_button(),
            ),
        ],
        getter=_everything,
        inputs=[MessageInput(_search)],
    )


async def _everything(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
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
        "can_restart_all": scene.services.access.may(scene.real, Permission.RESTART_ALL),
    }


async def _counts(scene: RequestContext) -> Markup:
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


def _row(scene: RequestContext, tenant: Tenant) -> Line:
    dot, _word = status(scene.tr, tenant)
    slow = " 🐢" if tenant.throttle is not Throttle.NORMAL else ""
    return Line(key=str(tenant.id), label=f"{dot} @{tenant.bot_username}{slow}")


async def open_tenant(
    _query: CallbackQuery, _select: Any, manager: DialogManager, tenant_id: int
) -> None:
    scene = context_of(manager)
    tenant = await scene.services.directory.get(scene.real, TenantId(tenant_id))
    manager.dialog_data[KEY] = tenant.id
    await manager.switch_to(Admin.card)


async def leave_card(manager: DialogManager) -> None:
    """Back from a card to the list."""
    manager.dialog_data.pop(KEY, None)
    if isinstance(manager.start_data, dict):
        manager.start_data.pop(KEY, None)
    await manager.switch_to(Admin.overview)


async def _search(message: Message, _input: object, manager: DialogManager) -> None:
    resend_below(manager)
    manager.dialog_data["search"] = plain(message.text or "").strip().removeprefix("@")[:64]
    manager.dialog_data["page"] = 0


async def _clear_search(manager: DialogManager) -> None:
    manager.dialog_data.update(search="", page=0)


async def _choose_filter(
    _query: CallbackQuery, _select: Any, manager: DialogManager, key: str
) -> None:
    manager.dialog_data.update(filter=key, page=0)


async def _earlier(manager: DialogManager) -> None:
    turn(manager, "page", "pages", -1)


async def _later(manager: DialogManager) -> None:
    turn(manager, "page", "pages", +1)


async def _stay(manager: DialogManager) -> None:
    """The page number is a button that does nothing."""
