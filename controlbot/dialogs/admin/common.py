"""Shared parts of the admin panel's windows."""

from __future__ import annotations

from typing import Any

from aiogram_dialog import DialogManager

from controlbot.bot.context import RequestContext, context_of
from controlbot.dialogs.states import Admin
from controlbot.dialogs.tenant_selection import tenant_id_of
from controlbot.widgets import set_notice
from tenants.domain.model import Tenant
from tenants.i18n.translator import Markup


async def named(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    """Getter: the selected bot and its displayed generation."""
    tenant = await scene.services.directory.get(scene.real, tenant_id_of(dialog_manager))
    dialog_manager.dialog_data["generation"] = tenant.generation
    return {"username": tenant.bot_username}


async def given_reason(dialog_manager: DialogManager, **_kwargs: object) -> dict[str, Any]:
    """Getter: the text entered in the previous window."""
    return {"reason": dialog_manager.dialog_data.get("reason", "")}


async def done(manager: DialogManager, tenant: Tenant, msgid: str, **params: object) -> None:
    """Back to the card, with a notice of the action."""
    text = context_of(manager).tr(msgid, username=tenant.bot_username, **params)
    manager.dialog_data.pop("nonce", None)
    await manager.switch_to(Admin.card)
    set_notice(manager, Markup(text))


def seen_generation(manager: DialogManager) -> int | None:
    """The generation that was displayed when the user decided."""
    value = manager.dialog_data.get("generation")
    return value if isinstance(value, int) else None
