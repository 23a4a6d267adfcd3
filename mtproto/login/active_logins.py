"""Unfinished logins in memory: loaded from the store, saved after each step, ended."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from mtproto.accounts.lease_guard import Guard
from mtproto.accounts.repository import AccountState, Records
from mtproto.client.client import PARTING_TIMEOUT, ClientFactory
from mtproto.client.error_map import classify
from mtproto.client.server_address import ApiCredentials
from mtproto.login.repository import LoginRecords, StoredLogin
from mtproto.login.session import LoginSession
from mtproto.login.state import OVER, LoginState
from mtproto.login.steps import Account, Done, Failed, LoginErrorCode, Step
from tenants.domain.errors import OwnershipLost, StateConflict
from tenants.domain.events import AccountChanged
from tenants.domain.model import Actor, Desired, Role, TenantId, UserId
from tenants.services import Services
from tenants.store.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class ActiveLogin:
    """A login that is loaded in this process."""

    tenant_id: TenantId
    actor_id: UserId
    attempt: LoginSession
    deadline: datetime
    asked: bool
    """Whether this login's progress at Telegram has been checked since the restart."""
    watch: asyncio.Task[Any] | None = None

    @property
    def state(self) -> LoginState:
        return self.attempt.state


class LiveLogins:
    """Loads, saves and ends logins. The caller holds the tenant's lock."""

    def __init__(
        self,
        *,
        services: Services,
        records: Records,
        logins: LoginRecords,
        factory: ClientFactory,
        guard: Guard,
        ttl: float,
    ) -> None:
        self._services = services
        self._records = records
        self._logins = logins
        self._clock = services.clock
        self._factory = factory
        self._guard = guard
        self._ttl = timedelta(seconds=ttl)
        self._live: dict[TenantId, ActiveLogin] = {}

    def holds(self, live: ActiveLogin) -> bool:
        return self._live.get(live.tenant_id) is live

    async def start(
        self, tenant_id: TenantId, actor_id: UserId, state: LoginState, api: ApiCredentials
    ) -> ActiveLogin:
        """A new login, stored before any request to Telegram."""
        client = self._factory.client(self._factory.new_session(api))
        live = ActiveLogin(
            tenant_id=tenant_id,
            actor_id=actor_id,
            attempt=LoginSession(client, state, self._clock),
            deadline=self._clock.now() + self._ttl,
            asked=True,
        )
        self._live[tenant_id] = live
        await self.save(live)
        return live

    async def find(self, tenant_id: TenantId) -> ActiveLogin | None:
        """The login in progress, from memory or the store; None when there is none."""
        live = self._live.get(tenant_id)
        if live is not None:
            return live
        stored = await self._logins.get(tenant_id)
        if stored is None or stored.state.step == OVER:
            return None
        session = self._factory.restore(stored.state.session)
        if session is None:
            await self._logins.forget(stored)
            return None
        attempt = LoginSession(self._factory.client(session), stored.state, self._clock)
        live = ActiveLogin(
            tenant_id=tenant_id,
            actor_id=stored.actor_id,
            attempt=attempt,
            deadline=stored.deadline,
            asked=False,
        )
        self._live[tenant_id] = live
        return live

    async def connect(self, live: ActiveLogin) -> Failed | None:
        """Ensure that the login is connected and that its key is stored before it is used."""
        if live.attempt.client.is_connected():
            return None
        try:
            self._guard.require()
            await live.attempt.client.open()
        except OwnershipLost:
            return Failed(code=LoginErrorCode.TELEGRAM_UNAVAILABLE)
        except Exception as error:
            verdict = classify(error)
            log.info("login has no connection", tenant=live.tenant_id, error=verdict.name)
            return Failed(code=verdict.trouble, retry_after=verdict.retry_after)
        await self.save(live)
        return None

    async def save(self, live: ActiveLogin) -> None:
        live.state.session = live.attempt.client.snapshot()
        await self._logins.save(self._stored(live))

    async def settle(self, live: ActiveLogin, step: Step, *, touched: bool = True) -> Step:
        """Persist ``step``: store the step, or the account, or the login's end.

        ``touched``: a person acted, so the time to live starts again.
        """
        if isinstance(step, Done):
            return await self._complete(live, step)
        if isinstance(step, Failed):
            await self.end(live)
        else:
            if touched:
                live.deadline = self._clock.now() + self._ttl
            await self.save(live)
        return step

    async def end(self, live: ActiveLogin) -> None:
        """Cancel the login: cancel its code, log out a session that was created undetected,
        destroy the key at Telegram (which invalidates a QR code still shown), erase the
        row."""
        attempt = live.attempt
        if attempt.client.is_connected():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PARTING_TIMEOUT):
                    await attempt.cancel_code()
            await attempt.client.leave()
        await self._drop(live)
        await self._logins.forget(self._stored(live))

    async def close(self) -> None:
        """Close all connections; the logins continue after the next start."""
        for live in list(self._live.values()):
            await self._drop(live)

    def cut(self) -> None:
        """Close all connections immediately, sending nothing: the lease is lost."""
        for live in list(self._live.values()):
            live.attempt.client.cut()

    async def _complete(self, live: ActiveLogin, done: Done) -> Step:
        """Store the session. One that cannot be stored is ended at Telegram, so that no
        session is left without an owner."""
        try:
            await self._store(live, done.account)
        except OwnershipLost:
            # The process that holds the lease now finds the login unfinished and resumes it.
            await self._drop(live)
            raise
        except Exception as error:
            log.error("login not stored", tenant=live.tenant_id, error=type(error).__name__)
            await self._disown(live)
            return Failed(code=LoginErrorCode.NOT_STORED)
        await self._drop(live)
        await self._services.events.publish(
            AccountChanged(
                tenant_id=live.tenant_id, owner_id=live.actor_id, state=AccountState.CONNECTED
            )
        )
        return done

    async def _disown(self, live: ActiveLogin) -> None:
        """Log out at Telegram. If that fails the login is kept, to try again."""
        try:
            async with asyncio.timeout(PARTING_TIMEOUT):
                await live.attempt.client.open()
                await live.attempt.client.log_out()
            await self._logins.forget(self._stored(live))
        except Exception as error:
            log.warning("session not ended yet", tenant=live.tenant_id, error=classify(error).name)
        await self._drop(live)

    async def _store(self, live: ActiveLogin, account: Account) -> None:
        # The connection is closed first: two connections must not use one key.
        session = await live.attempt.client.shut()
        actor = Actor(user_id=live.actor_id, role=Role.TENANT, subject_id=live.actor_id)

        async def work(uow: UnitOfWork) -> None:
            tenant = await uow.tenants.get(live.tenant_id)
            if tenant is None or tenant.desired is Desired.ERASING:
                raise StateConflict(state=Desired.ERASING.value)
            await self._services.audit.record(
                uow,
                actor,
                "account:login:connect",
                tenant_id=live.tenant_id,
                subject_id=account.user_id,
                details={"method": live.state.method.value},
            )
            await self._records.put_account(uow, live.tenant_id, account, session)
            await uow.logins.delete(live.tenant_id)

        await self._services.db.run(work)

    async def _drop(self, live: ActiveLogin) -> None:
        if self.holds(live):
            del self._live[live.tenant_id]
        if live.watch is not None and live.watch is not asyncio.current_task():
            live.watch.cancel()
        await live.attempt.client.shut()

    def _stored(self, live: ActiveLogin) -> StoredLogin:
        return StoredLogin(
            tenant_id=live.tenant_id,
            actor_id=live.actor_id,
            state=live.state,
            deadline=live.deadline,
        )
