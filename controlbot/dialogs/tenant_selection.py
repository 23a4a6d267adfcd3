"""The selected bot of the current window."""

from __future__ import annotations

from aiogram_dialog import DialogManager

from controlbot.bot.context import RequestContext
from tenants.domain.errors import NotFound
from tenants.domain.model import Tenant, TenantId

KEY = "tenant_id"


def tenant_id_of(manager: DialogManager) -> TenantId:
    """Raises NotFound when no bot is selected."""
    found = chosen(manager)
    if found is None:
        raise NotFound()
    return found


def chosen(manager: DialogManager) -> TenantId | None:
    start = manager.start_data
    given = start.get(KEY) if isinstance(start, dict) else None
    value = manager.dialog_data.get(KEY, given)
    return TenantId(value) if isinstance(value, int) else None


async def tenants_of(scene: RequestContext) -> list[Tenant]:
    """The bots of the user, or of the impersonated tenant."""
    return await scene.services.directory.mine(scene.actor)


async def current(scene: RequestContext, manager: DialogManager) -> Tenant | None:
    """The selected bot, else the first one."""
    mine = await tenants_of(scene)
    wanted = chosen(manager)
    tenant = next((one for one in mine if one.id == wanted), mine[0] if mine else None)
    if tenant is not None:
        manager.dialog_data[KEY] = tenant.id
    return tenant
