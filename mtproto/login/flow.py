"""Login flow: start, resume after a restart, cancel."""

from __future__ import annotations

import asyncio
import contextlib
from weakref import WeakValueDictionary

from mtproto.client.client import PARTING_TIMEOUT
from mtproto.client.server_address import ApiCredentials
from mtproto.login.active_logins import ActiveLogin, LiveLogins
from mtproto.login.observers import Watchers
from mtproto.login.repository import LoginRecords
from mtproto.login.state import LoginState
from mtproto.login.steps import Failed, LoginErrorCode, LoginMethod, NeedPhone, ShowQr, Step
from tenants.domain.model import Actor, TenantId
from tenants.domain.ports import Clock
from tenants.support.background_tasks import BackgroundTasks


class LoginFlow:
    """Checks no permissions: the caller has, and holds :meth:`lock`."""

    def __init__(self, live: LiveLogins, records: LoginRecords, clock: Clock) -> None:
        self._live = live
        self._records = records
        self._clock = clock
        self._nursery = BackgroundTasks("login courses")
        self._locks: WeakValueDictionary[TenantId, asyncio.Lock] = WeakValueDictionary()
        self.watchers = Watchers()

    def lock(self, tenant_id: TenantId) -> asyncio.Lock:
        return self._locks.setdefault(tenant_id, asyncio.Lock())

    async def close(self) -> None:
        await self._nursery.close()
        await self._live.close()

    async def begin(
        self, actor: Actor, tenant_id: TenantId, method: LoginMethod, api: ApiCredentials
    ) -> Step:
        """The first step of a new login."""
        state = LoginState(method=method, step=method.value, waits=await self._waits(tenant_id))
        if wait := state.wait_for(state.step, self._clock.now()):
            assert wait.retry_at is not None
            left = (wait.retry_at - self._clock.now()).total_seconds()
            return Failed(code=wait.code, retry_after=left)
        live = await self._live.start(tenant_id, actor.user_id, state, api)
        if method is LoginMethod.PHONE:
            return NeedPhone()
        return await self._show_qr(live)

    async def catch_up(self, live: ActiveLogin) -> Step:
        """The current step; after a restart Telegram is asked first."""
        if live.asked:
            return live.attempt.step()
        if (failure := await self.connect(live)) is not None:
            return failure
        live.asked = True
        step = await self._live.settle(live, await live.attempt.resume(), touched=False)
        self._watch_scan(live, step)
        return step

    async def connect(self, live: ActiveLogin) -> Step | None:
        """None when connected, Failed, or the same step with TELEGRAM_UNAVAILABLE."""
        failure = await self._live.connect(live)
        if failure is None:
            return None
        if failure.code is not LoginErrorCode.TELEGRAM_UNAVAILABLE:
            return await self._live.settle(live, failure)
        return live.attempt.unreachable()

    async def _show_qr(self, live: ActiveLogin) -> Step:
        failure = await self._live.connect(live)
        step = await self._live.settle(live, failure or await live.attempt.show_qr())
        self._watch_scan(live, step)
        return step

    async def give_up(self, tenant_id: TenantId) -> None:
        """End the login, if there is one, and what it created at Telegram."""
        live = await self._live.find(tenant_id)
        if live is None:
            return
        if live.attempt.has_something_to_cancel:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PARTING_TIMEOUT):
                    await self._live.connect(live)
        await self._live.end(live)

    async def _waits(self, tenant_id: TenantId) -> dict[str, tuple[LoginErrorCode, float]]:
        stored = await self._records.get(tenant_id)
        return stored.state.waits if stored else {}

    def _watch_scan(self, live: ActiveLogin, step: Step) -> None:
        if isinstance(step, ShowQr) and (live.watch is None or live.watch.done()):
            name = f"login:{live.tenant_id}:qr"
            live.watch = self._nursery.start(self._follow_qr(live), name)

    async def _follow_qr(self, live: ActiveLogin) -> None:
        """Renew the QR code before it expires, until it is scanned or the login expires."""
        while self._live.holds(live):
            await live.attempt.scanned_or_stale()
            async with self.lock(live.tenant_id):
                if not self._live.holds(live) or live.state.step != "qr":
                    return
                step: Step = await self.connect(live) or await live.attempt.show_qr()
                if isinstance(step, Failed) and step.code is LoginErrorCode.TELEGRAM_UNAVAILABLE:
                    continue
                await self._live.settle(live, step, touched=False)
            await self.watchers.tell(live.tenant_id, step)
            if not isinstance(step, ShowQr):
                return
