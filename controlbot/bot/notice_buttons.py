"""Buttons below notices; each opens the window where the problem can be solved.

Its callback data is ``go:<what>:<tenant id>``. Anybody can forge that, so the services check
whether the user may see the bot before a window opens.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiogram import Router
from aiogram.exceptions import TelegramAPIError
from aiogram.types import CallbackQuery
from aiogram_dialog import DialogManager, ShowMode, StartMode

from controlbot.bot.context import RequestContext
from controlbot.bot.navigation import open_home
from controlbot.dialogs.home.handlers import start_account
from controlbot.dialogs.states import Admin, Help, Home, NewBot
from controlbot.dialogs.tenant_selection import KEY
from tenants.domain.model import Tenant, TenantId

PREFIX: Final = "go:"
Opened = Callable[[DialogManager, RequestContext, Tenant], Awaitable[None]]


def build_shortcuts() -> Router:
    router = Router(name="shortcuts")
    router.callback_query.register(_go, _is_shortcut)
    return router


async def _is_shortcut(query: CallbackQuery) -> bool:
    return (query.data or "").startswith(PREFIX)


async def _go(query: CallbackQuery, dialog_manager: DialogManager, scene: RequestContext) -> None:
    what, _colon, number = (query.data or "").removeprefix(PREFIX).partition(":")
    open_it = OPEN.get(what)
    dialog_manager.show_mode = ShowMode.SEND
    if open_it is None or not scene.consented or not _is_id(number):
        await open_home(dialog_manager)
    else:
        directory, tenant_id = scene.services.directory, TenantId(int(number))
        if what == "desk":
            tenant = await directory.get(scene.real, tenant_id)
        else:
            tenant = await directory.own(scene.actor, tenant_id)
        await open_it(dialog_manager, scene, tenant)
    try:
        await query.answer()
    except TelegramAPIError:
        return


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


async def _card(manager: DialogManager, _scene: RequestContext, tenant: Tenant) -> None:
    await manager.start(Home.card, data={KEY: tenant.id}, mode=StartMode.RESET_STACK)


async def _token(manager: DialogManager, _scene: RequestContext, tenant: Tenant) -> None:
    await manager.start(NewBot.token, data={"replaces": tenant.id}, mode=StartMode.RESET_STACK)


async def _connect(manager: DialogManager, _scene: RequestContext, tenant: Tenant) -> None:
    await manager.reset_stack(remove_keyboard=False)
    await start_account(manager, tenant.id)


async def _write(manager: DialogManager, _scene: RequestContext, _tenant: Tenant) -> None:
    await manager.start(Help.write, mode=StartMode.RESET_STACK)


async def _restart(manager: DialogManager, scene: RequestContext, tenant: Tenant) -> None:
    await scene.services.lifecycle.restart(scene.actor, tenant.id)
    await _card(manager, scene, tenant)


async def _desk(manager: DialogManager, scene: RequestContext, tenant: Tenant) -> None:
    if scene.is_staff:
        data = {KEY: tenant.id}
        await manager.start(Admin.card, data=data, mode=StartMode.RESET_STACK)
    else:
        await open_home(manager)


OPEN: Final[dict[str, Opened]] = {
    "card": _card,
    "token": _token,
    "connect": _connect,
    "write": _write,
    "restart": _restart,
    "desk": _desk,
}
