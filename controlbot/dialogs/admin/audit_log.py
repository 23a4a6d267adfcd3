"""The audit log, of one bot or of all."""

from __future__ import annotations

from typing import Any, Final

from aiogram.types import CallbackQuery
from aiogram_dialog import DialogManager, Window
from aiogram_dialog.widgets.kbd import Row

from controlbot.bot.context import RequestContext
from controlbot.dialogs.states import Admin
from controlbot.dialogs.tenant_selection import tenant_id_of
from controlbot.texts.audit_entries import entries
from controlbot.widgets import ActionButton, DataText, TranslatedText, window
from controlbot.widgets.paging import turn
from tenants.i18n.translator import mark as _

PAGE: Final = 12


def windows() -> list[Window]:
    return [_record()]


def _record() -> Window:
    return window(
        Admin.record,
        [TranslatedText(_("📖 <b>Record</b>")), DataText("entries")],
        [
            Row(
                ActionButton(_("◀️ Newer"), "newer", _newer, when="pages"),
                ActionButton(_("Older ▶️"), "older", _older, when="pages"),
            ),
            ActionButton(_("⬅️ Back"), "back", _leave),
        ],
        getter=_page,
    )


async def _page(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    asked = dialog_manager.dialog_data
    page = await scene.services.audit_log.page(
        scene.real,
        None if asked.get("everybody") else tenant_id_of(dialog_manager),
        offset=int(asked.get("record_page", 0)) * PAGE,
        limit=PAGE,
    )
    asked["record_pages"] = max(1, -(-page.total // PAGE))
    shown = await entries(scene, page.items, name_bots=bool(asked.get("everybody")))
    return {"entries": shown, "pages": page.total > PAGE}


async def of_all(_query: CallbackQuery, _button: object, manager: DialogManager) -> None:
    """Opens the audit log of all bots, from the list."""
    manager.dialog_data.update(everybody=True, record_page=0)


async def _newer(manager: DialogManager) -> None:
    turn(manager, "record_page", "record_pages", -1)


async def _older(manager: DialogManager) -> None:
    turn(manager, "record_page", "record_pages", +1)


async def _leave(manager: DialogManager) -> None:
    """Back to the window that opened the audit log."""
    everybody = manager.dialog_data.pop("everybody", False)
    manager.dialog_data["record_page"] = 0
    await manager.switch_to(Admin.overview if everybody else Admin.card)
