"""Login of a person's own account: one flow for QR, phone and re-login."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from mtproto.client.server_address import ApiCredentials
from mtproto.login.access import LoginAccess
from mtproto.login.active_logins import LiveLogins
from mtproto.login.flow import LoginFlow
from mtproto.login.observers import Listener, Watcher
from mtproto.login.repository import LoginRecords
from mtproto.login.session import LoginSession
from mtproto.login.state import OVER
from mtproto.login.steps import Failed, LoginErrorCode, LoginMethod, Step
from mtproto.settings import MtprotoSettings
from tenants.domain.model import Actor, Secret, TenantId
from tenants.domain.ports import Clock
from tenants.support.background_tasks import BackgroundTasks

log = structlog.get_logger(__name__)

_WORTH_ASKING: Final = ("qr", "code", "password")
"""Steps in which the login may have advanced at Telegram without our knowledge."""

Ask = Callable[[LoginSession], Awaitable[Step]]


class Logins:
    """The logins in progress, one per tenant; each survives a restart of the process.

    Every method checks that the actor may connect an account to that tenant (its owner, not
    while impersonating) and raises AccessDenied otherwise.
    """

    def __init__(
        self,
        *,
        door: LoginAccess,
        live: LiveLogins,
        course: LoginFlow,
        records: LoginRecords,
        clock: Clock,
        settings: MtprotoSettings,
    ) -> None:
        self._door = door
        self._live = live
        self._course = course
        self._records = records
        self._clock = clock
        self._settings = settings
        self._nursery = BackgroundTasks("logins")

    # --- Start and stop -----------------------------------------------------------------------

    async def start(self) -> None:
        """Resume the unfinished logins of the last process."""
        self._nursery.start(self._resume_all(), "logins:resume")
        self._nursery.start(self._sweep_for_ever(), "logins:sweep")

    async def stop(self) -> None:
        await self._nursery.close()
        await self._course.close()

    def cut(self) -> None:
        """The lease is lost: close all connections immediately."""
        self._live.cut()

    # --- Steps --------------------------------------------------------------------------------

    async def begin(self, actor: Actor, tenant_id: TenantId, method: LoginMethod | str) -> Step:
        """Start over by ``method``; an unfinished login is cancelled first.

        Returns ShowQr, NeedPhone or Failed.

        Raises:
            ConsentRequired: the person has not agreed to the current consent text.
            StateConflict: an account is connected already (``state="connected"``).
        """
        await self._door.admit_new(actor, tenant_id)
        if method not in self._settings.methods:
            return Failed(code=LoginErrorCode.METHOD_OFF)
        api = await self._door.credentials(tenant_id)
        if api is None:
            return Failed(code=LoginErrorCode.API_MISSING)
        async with self._course.lock(tenant_id):
            await self._course.give_up(tenant_id)
            return await self._course.begin(actor, tenant_id, LoginMethod(method), api)

    async def current(self, actor: Actor, tenant_id: TenantId) -> Step | None:
        """The login's current step, or None when none is in progress."""
        await self._door.admit(actor, tenant_id)
        async with self._course.lock(tenant_id):
            live = await self._live.find(tenant_id)
            return None if live is None else await self._course.catch_up(live)

    async def submit_phone(
        self, actor: Actor, tenant_id: TenantId, phone: Secret, language: str | None = None
    ) -> Step:
        """Request a code. Another number cancels the code of the first.

        ``language`` is the person's in Telegram (None: the actor's here); it determines the
        country of a number without country code.
        """
        spoken = language or actor.language

        async def ask(attempt: LoginSession) -> Step:
            return await attempt.send_code(phone.reveal(), spoken)

        return await self._turn(actor, tenant_id, ask, "phone", "code")

    async def submit_code(self, actor: Actor, tenant_id: TenantId, code: Secret) -> Step:
        return await self._turn(actor, tenant_id, lambda it: it.sign_in(code.reveal()), "code")

    async def resend_code(self, actor: Actor, tenant_id: TenantId) -> Step:
        """Send the code again, by the next delivery type Telegram offers."""
        return await self._turn(actor, tenant_id, LoginSession.resend_code, "code")

    async def code_exposed(self, actor: Actor, tenant_id: TenantId) -> Step:
        """The person typed or forwarded the code as a message: Telegram has invalidated it.

        Returns NeedCode with the problem CODE_EXPOSED; offer :meth:`resend_code` or QR.
        https://core.telegram.org/api/auth
        """
        return await self._turn(actor, tenant_id, LoginSession.code_exposed, "code")

    async def submit_password(self, actor: Actor, tenant_id: TenantId, password: Secret) -> Step:
        return await self._turn(
            actor, tenant_id, lambda it: it.prove_password(password.reveal()), "password"
        )

    async def cancel(self, actor: Actor, tenant_id: TenantId) -> None:
        """Cancel the login: its code is cancelled at Telegram and its row erased."""
        await self._door.admit(actor, tenant_id)
        async with self._course.lock(tenant_id):
            await self._course.give_up(tenant_id)

    async def abandon(self, tenant_id: TenantId) -> None:
        """Like :meth:`cancel`, by the platform, before the tenant is erased."""
        async with self._course.lock(tenant_id):
            await self._course.give_up(tenant_id)

    async def bring_credentials(
        self, actor: Actor, tenant_id: TenantId, own: ApiCredentials | None
    ) -> None:
        """Use the person's own api_id and api_hash from the next login on (None: stop)."""
        await self._door.bring_credentials(actor, tenant_id, own)

    async def brought_credentials(self, actor: Actor, tenant_id: TenantId) -> bool:
        """Whether the person's own API credentials are used for their logins.

        Raises:
            AccessDenied: the actor may not see this tenant (written to the audit log).
        """
        return await self._door.brought(actor, tenant_id)

    def watch(self, tenant_id: TenantId, watcher: Watcher) -> Callable[[], None]:
        """Call ``watcher`` with each step this login takes without an action of its person (a
        new QR code, a scan, expiry). Returns a function that unsubscribes."""
        return self._course.watchers.watch(tenant_id, watcher)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Like :meth:`watch`, for the logins of all tenants, resumed ones included."""
        return self._course.watchers.listen(listener)

    async def _turn(self, actor: Actor, tenant_id: TenantId, ask: Ask, *steps: str) -> Step:
        """One action of the person: run ``ask`` if the current step is one of ``steps``; a
        button of an outdated window changes nothing and returns the current step."""
        await self._door.admit(actor, tenant_id)
        async with self._course.lock(tenant_id):
            live = await self._live.find(tenant_id)
            if live is None:
                return Failed(code=LoginErrorCode.NOT_RUNNING)
            now = await self._course.catch_up(live)
            if live.state.step not in steps or not self._live.holds(live):
                return now
            if (failure := await self._course.connect(live)) is not None:
                return failure
            return await self._live.settle(live, await ask(live.attempt))

    # --- Background work ----------------------------------------------------------------------

    async def _resume_all(self) -> None:
        for row in await self._records.all():
            if row.step not in _WORTH_ASKING or row.deadline <= self._clock.now():
                continue
            try:
                await self._resume(row.tenant_id)
            except Exception:
                log.exception("login not resumed", tenant=row.tenant_id)

    async def _resume(self, tenant_id: TenantId) -> None:
        async with self._course.lock(tenant_id):
            live = await self._live.find(tenant_id)
            if live is None or live.asked:
                return
            step = await self._course.catch_up(live)
        await self._course.watchers.tell(tenant_id, step)

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._settings.sweep_every)
            try:
                await self.sweep()
            except Exception:
                log.exception("sweep of logins failed")

    async def sweep(self) -> None:
        """Cancel the logins whose time to live has expired."""
        for row in await self._records.overdue():
            async with self._course.lock(row.tenant_id):
                stored = await self._records.get(row.tenant_id)
                if stored is None or stored.deadline > self._clock.now():
                    continue
                await self._course.give_up(row.tenant_id)
                await self._records.forget(stored)
            if row.step != OVER:
                await self._course.watchers.tell(
                    row.tenant_id, Failed(code=LoginErrorCode.TIMED_OUT)
                )
