"""Listens to events: sends their notices and redraws windows."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from aiogram_dialog import StartMode

from controlbot.bot.context import ControlBotServices
from controlbot.dialogs.account.navigation import follow_quietly
from controlbot.dialogs.states import Admin
from controlbot.dialogs.tenant_selection import KEY, chosen
from controlbot.notifications.notice_sender import NoticeSender
from controlbot.widgets.layout import notice
from mtproto.login.steps import Step
from tenants.domain.events import (
    AccountChanged,
    DesiredStateChanged,
    DowntimeExceeded,
    Event,
    ForeignTokenSubmitted,
    ImpersonationBegan,
    ImpersonationFinished,
    ImpersonationMayWrite,
    OwnerUnreachable,
    TenantErased,
    TenantLimitsChanged,
    TenantObserved,
    TenantThrottled,
    UpdatesDropped,
    UpdatesReleased,
)
from tenants.domain.model import Tenant, TenantId, UserId
from tenants.i18n.translator import mark as _
from tenants.services.notices import NoticeKind

_TOLD: Final = (
    ImpersonationBegan,
    ImpersonationMayWrite,
    ForeignTokenSubmitted,
    DowntimeExceeded,
    UpdatesReleased,
)
"""Events that are reported by a notice and change no window."""


class Notifications:
    """Listens to the event bus. Handlers run in background tasks, because the publisher may be
    a dialog handler that holds the lock of the window to redraw."""

    def __init__(self, platform: ControlBotServices) -> None:
        self._platform = platform
        self._sender = NoticeSender(platform)
        self._stops: list[Callable[[], None]] = []

    def start(self) -> None:
        self._hear(DesiredStateChanged, self._wished)
        self._hear(TenantObserved, self._observed)
        self._hear(TenantThrottled, self._throttled)
        self._hear(TenantLimitsChanged, self._allowed)
        self._hear(TenantErased, self._erased)
        self._hear(AccountChanged, self._account)
        self._hear(ImpersonationFinished, self._viewing_ended)
        self._hear(OwnerUnreachable, self._unreachable)
        self._hear(UpdatesDropped, self._dropped)
        for kind in _TOLD:
            self._hear(kind, self._told)
        self._stops.append(self._platform.logins.listen(self._login_went_on))
        self._sender.start()

    async def stop(self) -> None:
        await self._sender.stop()
        for stop in self._stops:
            stop()
        self._stops.clear()

    def _hear(self, kind: type[Any], handler: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        async def beside(event: Event) -> None:
            self._platform.nursery.start(handler(event), f"notify of {kind.__name__}")

        self._stops.append(self._platform.services.events.listen(kind, beside))

    # --- Tenants ------------------------------------------------------------------------------

    async def _told(self, _event: Event) -> None:
        await self._sender.flush()

    async def _wished(self, event: DesiredStateChanged) -> None:
        if event.by != event.owner_id and not event.created:
            await self._sender.flush()
            self._platform.redraws.request(event.owner_id, outdated=not event.restarted)
        self._redraw(event.tenant_id, event.owner_id, event.by)

    async def _observed(self, event: TenantObserved) -> None:
        await self._sender.flush()
        self._redraw(event.tenant_id, event.owner_id)

    async def _throttled(self, event: TenantThrottled) -> None:
        await self._sender.flush()
        self._redraw(event.tenant_id, event.owner_id, event.by)

    async def _allowed(self, event: TenantLimitsChanged) -> None:
        await self._sender.flush()
        self._redraw(event.tenant_id)

    async def _erased(self, event: TenantErased) -> None:
        await self._sender.flush()
        self._redraw(event.tenant_id, event.owner_id)

    async def _unreachable(self, _event: OwnerUnreachable) -> None:
        """The tenant's bot can't write to its owner; the control bot sends the stored notice."""
        await self._sender.flush()

    async def _dropped(self, event: UpdatesDropped) -> None:
        """Updates of a flood were dropped: notify the owner, at most every ten minutes."""
        tenant = await self._tenant(event.tenant_id)
        if tenant is None:
            return
        notices = self._platform.services.notices
        await self._platform.services.db.run(
            lambda uow: notices.add(
                uow,
                tenant.owner_id,
                NoticeKind.UPDATES_DROPPED,
                tenant_id=tenant.id,
                params={"username": tenant.bot_username, "n": event.count},
            )
        )
        await self._sender.flush()

    # --- Accounts -----------------------------------------------------------------------------

    async def _account(self, event: AccountChanged) -> None:
        await self._sender.flush()
        self._redraw(event.tenant_id, event.owner_id)

    async def _login_went_on(self, tenant_id: TenantId, step: Step) -> None:
        self._platform.nursery.start(self._draw_login(tenant_id, step), "draw a login")

    async def _draw_login(self, tenant_id: TenantId, step: Step) -> None:
        tenant = await self._tenant(tenant_id)
        if tenant is None:
            return
        async with self._platform.windows.foreground(tenant.owner_id) as manager:
            if manager is not None and chosen(manager) in (None, tenant_id):
                await follow_quietly(manager, step)

    # --- Impersonation ------------------------------------------------------------------------

    async def _viewing_ended(self, event: ImpersonationFinished) -> None:
        await self._sender.flush()
        if event.expired:
            await self._show_out(event)
        else:
            self._platform.redraws.request(event.by)

    async def _show_out(self, event: ImpersonationFinished) -> None:
        """Replace the tenant's window on the impersonating user's screen."""
        async with self._platform.windows.foreground(event.by) as manager:
            if manager is None or not manager.has_context():
                return
            if manager.current_context().state.group is Admin:
                return
            tr = await self._platform.translator_of(event.by)
            words = notice(tr(_("⌛️ The time for viewing as this person is over.")))
            data = {KEY: event.tenant_id, **words}
            await manager.start(Admin.card, data=data, mode=StartMode.RESET_STACK)

    # --- Helpers ------------------------------------------------------------------------------

    def _redraw(self, tenant_id: TenantId, *people: UserId | None) -> None:
        """Redraw the windows of the given users, and of staff who have this tenant's card open."""
        watching = self._platform.watching
        staff = [user_id for user_id, seen in watching.items() if seen == tenant_id]
        for user_id in dict.fromkeys([*people, *staff]):
            if user_id is not None:
                self._platform.redraws.request(user_id)

    async def _tenant(self, tenant_id: TenantId) -> Tenant | None:
        async with self._platform.services.db.read() as uow:
            return await uow.tenants.get(tenant_id)
