"""The account pool: accounts are borrowed, not kept.

A session is connected when somebody borrows it, stays for a while, and makes room for others
when the pool is full; what it knew (entities, update state) lies sealed in the store.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from weakref import WeakValueDictionary

import structlog

from mtproto.account import Borrowed
from mtproto.connections import Connection, Connections, MessageListener
from mtproto.endings import Endings
from mtproto.records import AccountState, AccountView, Records
from mtproto.settings import MtprotoSettings
from mtproto.verdicts import Kind, Verdict, judge
from tenants.errors import (
    AccountBusy,
    AccountNotConnected,
    AccountRefused,
    PlatformError,
    TelegramUnavailable,
)
from tenants.events import EventBus, TenantWished
from tenants.model import Actor, Desired, TenantId
from tenants.ports import Clock
from tenants.store.accounts import AccountRow

log = structlog.get_logger(__name__)


class AccountPool:
    """Satisfies :class:`tenants.ports.AccountGateway`."""

    def __init__(
        self,
        *,
        records: Records,
        connections: Connections,
        endings: Endings,
        events: EventBus,
        clock: Clock,
        settings: MtprotoSettings,
    ) -> None:
        self._records = records
        self._connections = connections
        self._endings = endings
        self._events = events
        self._clock = clock
        self._settings = settings
        self._locks: WeakValueDictionary[TenantId, asyncio.Lock] = WeakValueDictionary()
        self._stop_listening: Callable[[], None] = lambda: None
        connections.on_dead = self._died

    async def start(self) -> None:
        """From now on close the account of a tenant whose bot is switched off."""
        self._stop_listening = self._events.listen(TenantWished, self._wished)

    async def stop(self) -> None:
        """Close all connections; each keeps its update state for the next start."""
        self._stop_listening()
        await self._connections.close_all()

    # --- For features -------------------------------------------------------------------------

    async def is_connected(self, tenant_id: TenantId) -> bool:
        """Whether the tenant has a usable account (not whether a socket is open)."""
        row = await self._records.account(tenant_id)
        return row is not None and row.state == AccountState.CONNECTED

    @contextlib.asynccontextmanager
    async def borrow(self, tenant_id: TenantId) -> AsyncIterator[Borrowed]:
        """Connect on demand and hold for the length of the block.

        Raises:
            AccountNotConnected: no usable session; ``state`` says why.
            AccountBusy: a flood wait stands, or every place of the pool is in use.
            TelegramUnavailable: Telegram does not answer.
        """
        connection = await self._take(tenant_id)

        async def ask(request: Any) -> Any:
            try:
                return await connection.client.call(request)
            except Exception as error:
                raise await self._translate(connection.row, judge(error)) from None

        try:
            yield Borrowed(tenant_id, ask)
        finally:
            await self._connections.give_back(connection)

    def listen(self, listener: MessageListener) -> Callable[[], None]:
        """Call ``listener`` with each message that arrives while an account is connected, or
        that it missed since it last was; Telegram's own notices never come.

        At least once: after a crash the last minute's messages may come again.
        """
        return self._connections.listen(listener)

    # --- For people ---------------------------------------------------------------------------

    async def view(self, tenant_id: TenantId) -> AccountView | None:
        """What a card may show of the tenant's account; None: it has none."""
        return await self._records.view(tenant_id)

    async def disconnect(self, actor: Actor, tenant_id: TenantId) -> None:
        """Log the account out and erase it: the key goes only after Telegram has said that
        it opens nothing any more.

        Raises:
            AccessDenied: not the tenant's owner as themselves.
            TelegramUnavailable: the log-out could not be confirmed; nothing was erased.
            AccountBusy: Telegram asks to wait first.
        """
        await self._endings.record_wish(actor, tenant_id)
        async with self._lock(tenant_id):
            row = await self._records.account(tenant_id)
            if row is None:
                return
            if row.state == AccountState.CONNECTED:
                await self._log_out(row)
            await self._endings.erase(row)

    async def log_out(self, tenant_id: TenantId) -> bool:
        """Before a tenant is erased: log its account out as well as can be done now.

        False: Telegram could not be asked; the session lives on until its person ends it
        (Settings > Devices), though its key is about to be erased here.
        """
        async with self._lock(tenant_id):
            row = await self._records.account(tenant_id)
            if row is None or row.state != AccountState.CONNECTED:
                return True
            try:
                await self._log_out(row)
            except PlatformError as error:
                log.warning("account not logged out", tenant=tenant_id, error=error.code)
                return False
            await self._endings.erase(row)
            return True

    async def release(self, tenant_id: TenantId) -> None:
        """Close the tenant's connection, if there is one; the account stays connected."""
        await self._connections.close(tenant_id)

    # --- Inside -------------------------------------------------------------------------------

    async def _take(self, tenant_id: TenantId) -> Connection:
        async with self._lock(tenant_id):
            row = await self._usable(tenant_id)
            try:
                async with asyncio.timeout(self._settings.borrow_timeout):
                    await self._connections.make_room(tenant_id)
            except TimeoutError:
                raise AccountBusy(retry_after=self._settings.borrow_timeout) from None
            try:
                return await self._connections.take(row)
            except PlatformError:
                raise
            except Exception as error:
                raise await self._translate(row, judge(error)) from None

    async def _usable(self, tenant_id: TenantId) -> AccountRow:
        row, desired = await self._records.account_of(tenant_id)
        if row is None or row.state != AccountState.CONNECTED:
            raise AccountNotConnected(state=row.state if row else "none")
        if desired is not Desired.ACTIVE:
            raise AccountNotConnected(state=desired)
        left = (row.not_before - self._clock.now()).total_seconds() if row.not_before else 0
        if left > 0:
            raise AccountBusy(retry_after=left)
        return row

    async def _translate(self, row: AccountRow, verdict: Verdict) -> PlatformError:
        """Do what the verdict asks for; the error to raise instead of Telethon's."""
        match verdict.kind:
            case Kind.WAIT:
                seconds = verdict.retry_after or 0
                until = self._clock.now() + timedelta(seconds=seconds)
                await self._records.wait_until(row.tenant_id, until)
                return AccountBusy(retry_after=seconds)
            case Kind.LOST | Kind.PASSWORD | Kind.STOPPED:
                await self._died(row, verdict)
                return AccountNotConnected(state=AccountState.LOST)
            case Kind.UNAVAILABLE:
                return TelegramUnavailable(retry_after=None)
            case _:
                return AccountRefused(error=verdict.name)

    async def _died(self, row: AccountRow, verdict: Verdict) -> None:
        """The session will never work again: close, erase the key, say so."""
        await self._connections.close(row.tenant_id, save=False)
        stopped = verdict.kind is Kind.STOPPED
        state = AccountState.STOPPED if stopped else AccountState.LOST
        await self._endings.lost(row, state, verdict.name)

    async def _log_out(self, row: AccountRow) -> None:
        """Raises TelegramUnavailable or AccountBusy when the session may live on."""
        try:
            confirmed = await self._connections.log_out(row)
        except PlatformError:
            raise
        except Exception as error:
            verdict = judge(error)
            if verdict.kind in (Kind.LOST, Kind.STOPPED):
                return
            raise await self._translate(row, verdict) from None
        if not confirmed:
            raise TelegramUnavailable(retry_after=None)

    async def _wished(self, event: TenantWished) -> None:
        if event.desired is not Desired.ACTIVE:
            await self.release(event.tenant_id)

    def _lock(self, tenant_id: TenantId) -> asyncio.Lock:
        return self._locks.setdefault(tenant_id, asyncio.Lock())
