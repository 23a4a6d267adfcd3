"""Which of the person's bots the present window is about."""

from __future__ import annotations

from aiogram_dialog import DialogManager

from controlbot.bot.context import RequestContext
from tenants.domain.errors import NotFound
from tenants.domain.model import Tenant, TenantId

KEY = "tenant_id"


def tenant_id_of(manager: DialogManager) -> TenantId:
    """Raises NotFound when the window is about no bot."""
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
    """The bots of the person, or of the one whose eyes they look through."""
    return await scene.services.directory.mine(scene.actor)


async def current(scene: RequestContext, manager: DialogManager) -> Tenant | None:
    """The bot the window is about: the one that was chosen, else the first there is."""
    mine = await tenants_of(scene)
    wanted = chosen(manager)
    tenant = next((one for one in mine if one.id == wanted), mine[0] if mine else None)
    if tenant is not None:
        manager.dialog_data[KEY] = tenant.id
    return tenant
