"""Handlers of the home windows."""

from __future__ import annotations

from typing import Any

from aiogram.types import CallbackQuery
from aiogram_dialog import DialogManager, StartMode

from controlbot.bot.context import RequestContext, context_of
from controlbot.dialogs.account.status_line import account_of
from controlbot.dialogs.states import Account, Features, Home, NewBot
from controlbot.dialogs.tenant_selection import KEY, tenant_id_of, tenants_of
from controlbot.texts.messages import status
from controlbot.widgets.lists import Line
from mtproto.accounts.repository import USABLE
from tenants.domain.model import TenantId


async def pause(manager: DialogManager) -> None:
    scene = context_of(manager)
    await scene.services.lifecycle.pause(scene.actor, tenant_id_of(manager), None)


async def unpause(manager: DialogManager) -> None:
    scene = context_of(manager)
    await scene.services.lifecycle.unpause(scene.actor, tenant_id_of(manager), None)


async def restart(manager: DialogManager) -> None:
    """The user's own bot. Staff restart others in the admin panel, with a reason."""
    scene = context_of(manager)
    tenant = await scene.services.directory.own(scene.actor, tenant_id_of(manager))
    await scene.services.lifecycle.restart(scene.actor, tenant.id)


async def replace_token(manager: DialogManager) -> None:
    await manager.start(NewBot.token, data={"replaces": tenant_id_of(manager)})


async def open_features(manager: DialogManager) -> None:
    await manager.start(Features.overview, data={KEY: tenant_id_of(manager)})


async def open_account(manager: DialogManager) -> None:
    """Open the connected account, the active login, or the choice of methods."""
    await start_account(manager, tenant_id_of(manager))


async def start_account(manager: DialogManager, tenant_id: TenantId) -> None:
    scene = context_of(manager)
    await scene.services.directory.own(scene.actor, tenant_id)
    view = await account_of(scene, scene.actor, tenant_id)
    there = view is not None and view.state in USABLE
    state = Account.connected if there else Account.choose
    await manager.start(state, data={KEY: tenant_id})


async def bots(scene: RequestContext, **_kwargs: object) -> dict[str, Any]:
    mine = await tenants_of(scene)
    return {
        "bots": [
            Line(key=str(one.id), label=f"{status(scene.tr, one)[0]} @{one.bot_username}")
            for one in mine
        ],
        "room": len(mine) < scene.platform.options.max_bots,
    }


async def choose_bot(
    _query: CallbackQuery, _select: Any, manager: DialogManager, tenant_id: int
) -> None:
    scene = context_of(manager)
    # A forged id is refused and audited.
    tenant = await scene.services.directory.own(scene.actor, TenantId(tenant_id))
    manager.dialog_data[KEY] = tenant.id
    await manager.switch_to(Home.card)


async def add_bot(manager: DialogManager) -> None:
    await manager.start(NewBot.choose, mode=StartMode.RESET_STACK)
