"""The account pool: features borrow accounts for the length of a block.

A session is connected when it is borrowed, stays connected for a while, and is closed for
others when the pool is full; its entities and update state are stored sealed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from weakref import WeakValueDictionary

import structlog

from mtproto.accounts.account_api import BorrowedAccountApi
from mtproto.accounts.connections import Connection, Connections, MessageListener
from mtproto.accounts.repository import USABLE, AccountState, AccountView, Records
from mtproto.accounts.session_verification import Suspicions
from mtproto.accounts.termination import SessionTermination
from mtproto.client.error_map import ErrorClass, Kind, classify
from mtproto.settings import MtprotoSettings
from tenants.domain.errors import (
    AccountBusy,
    AccountClosed,
    AccountNotConnected,
    AccountRefused,
    OwnershipLost,
    PlatformError,
    TelegramUnavailable,
)
from tenants.domain.events import DesiredStateChanged, EventBus
from tenants.domain.model import Actor, Desired, TenantId
from tenants.domain.ports import Clock
from tenants.security.authorization import Access, Permission
from tenants.store.accounts import AccountRow

log = structlog.get_logger(__name__)


class AccountPool:
    """Satisfies :class:`tenants.domain.ports.AccountGateway`."""

    def __init__(
        self,
        *,
        access: Access,
        records: Records,
        connections: Connections,
        endings: SessionTermination,
        events: EventBus,
        clock: Clock,
        settings: MtprotoSettings,
    ) -> None:
        self._access = access
        self._records = records
        self._connections = connections
        self._endings = endings
        self._events = events
        self._clock = clock
        self._settings = settings
        self._locks: WeakValueDictionary[TenantId, asyncio.Lock] = WeakValueDictionary()
        self._suspicions = Suspicions(
            records=records,
            connections=connections,
            endings=endings,
            lock=self._lock,
            pause=settings.confirm_after,
        )
        self._stop_listening: Callable[[], None] = lambda: None
        self.on_view: Callable[[TenantId], None] = _not_noted
        """Called when a person views an account."""
        connections.on_dead = self._suspicions.look_into

    async def start(self) -> None:
        """Start closing the account of each tenant whose bot is switched off."""
        self._stop_listening = self._events.listen(DesiredStateChanged, self._wished)

    async def stop(self) -> None:
        """Close all connections; update states are saved for the next start."""
        self._stop_listening()
        await self._connections.close_all()

    # --- For features -------------------------------------------------------------------------

    async def is_connected(self, tenant_id: TenantId) -> bool:
        """Whether the tenant has a usable account (not whether a socket is open)."""
        row = await self._records.account(tenant_id)
        return row is not None and row.state in USABLE

    @contextlib.asynccontextmanager
    async def borrow(self, tenant_id: TenantId) -> AsyncIterator[BorrowedAccountApi]:
        """Connect on demand and stay connected for the length of the block.

        Raises:
            AccountNotConnected: no usable session; ``state`` says why.
            AccountClosed: Telegram has banned or deleted the account.
            AccountBusy: a flood wait is in effect, or all connections of the pool are in use.
            TelegramUnavailable: Telegram does not answer, or this process has no lease.
        """
        connection = await self._take(tenant_id)

        async def ask(request: Any) -> Any:
            try:
                return await connection.client.call(request)
            except Exception as error:
                verdict = classify(error)
            # Raised outside the except block, so that Telethon's error is not its context.
            raise await self._translate(connection.row, verdict)

        try:
            yield BorrowedAccountApi(tenant_id, ask)
        finally:
            await self._connections.give_back(connection)

    def listen(self, listener: MessageListener) -> Callable[[], None]:
        """Call ``listener`` with each message that arrives while an account is connected or
        arrived since it last was, except Telegram's service notifications.

        At least once: after a crash the last minute's messages may be repeated.
        """
        return self._connections.listen(listener)

    # --- For people ---------------------------------------------------------------------------

    async def view(self, actor: Actor, tenant_id: TenantId) -> AccountView | None:
        """What a card may show of the tenant's account; None: it has none.

        Raises:
            AccessDenied: the actor may not see this tenant (written to the audit log).
        """
        async with self._access.reading(actor, Permission.VIEW, tenant_id) as (uow, _):
            row = await uow.accounts.get(tenant_id)
        if row is None:
            return None
        if row.state in USABLE:
            self.on_view(tenant_id)
        return self._records.view_of(row)

    async def disconnect(self, actor: Actor, tenant_id: TenantId) -> None:
        """Log the account out and erase it. The key is erased only after Telegram confirmed
        that it is no longer valid.

        Raises:
            AccessDenied: the actor is not the tenant's owner, or impersonates.
            TelegramUnavailable: the log-out could not be confirmed in time; nothing was erased.
            AccountBusy: a flood wait is in effect.
        """
        await self._endings.record_wish(actor, tenant_id)
        async with self._lock(tenant_id):
            row = await self._records.account(tenant_id)
            if row is None:
                return
            if row.state in USABLE:
                await self._log_out(row)
            await self._endings.erase(row)

    async def log_out(self, tenant_id: TenantId) -> bool:
        """Best-effort log-out of the tenant's account before the tenant is erased.

        False: Telegram did not answer in time; the session remains until its person ends it
        (Settings > Devices), although its key is about to be erased here.
        """
        async with self._lock(tenant_id):
            row = await self._records.account(tenant_id)
            if row is None or row.state not in USABLE:
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

    # --- For the periodic check ---------------------------------------------------------------

    async def check(self, tenant_id: TenantId) -> None:
        """Connect and check that the session is valid, or that an account is still frozen.

        Raises what :meth:`borrow` raises; state changes are published as events.
        """
        connection = await self._take(tenant_id)
        try:
            if connection.row.state == AccountState.FROZEN:
                await self._see_whether_thawed(connection)
        finally:
            await self._connections.give_back(connection)

    async def _see_whether_thawed(self, connection: Connection) -> None:
        try:
            frozen = await connection.client.is_frozen()
        except Exception as error:
            verdict = classify(error)
        else:
            if not frozen:
                await self._endings.thawed(connection.row)
            return
        raise await self._translate(connection.row, verdict)

    # --- Internal -----------------------------------------------------------------------------

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
            except OwnershipLost:
                raise TelegramUnavailable(retry_after=None) from None
            except PlatformError:
                raise
            except Exception as error:
                verdict = classify(error)
            raise await self._translate(row, verdict, locked=True)

    async def _usable(self, tenant_id: TenantId) -> AccountRow:
        row, desired = await self._records.account_of(tenant_id)
        if row is None or row.state not in USABLE:
            raise _over(AccountState(row.state) if row else None)
        if desired is not Desired.ACTIVE:
            raise AccountNotConnected(state=desired)
        left = (row.not_before - self._clock.now()).total_seconds() if row.not_before else 0
        if left > 0:
            raise AccountBusy(retry_after=left)
        return row

    async def _translate(
        self, row: AccountRow, verdict: ErrorClass, *, locked: bool = False
    ) -> PlatformError:
        """Act on the error class. Returns the error to raise instead of Telethon's."""
        match verdict.kind:
            case Kind.WAIT:
                seconds = verdict.retry_after or 0
                until = self._clock.now() + timedelta(seconds=seconds)
                await self._records.wait_until(row.tenant_id, until)
                return AccountBusy(retry_after=seconds)
            case Kind.LOST | Kind.PASSWORD | Kind.STOPPED:
                state = await self._suspicions.look_into(row, verdict, locked=locked)
                return _over(state) if state else TelegramUnavailable(retry_after=None)
            case Kind.FROZEN:
                await self._endings.frozen(row, verdict.name)
                return AccountRefused(error=verdict.name)
            case Kind.UNAVAILABLE:
                return TelegramUnavailable(retry_after=None)
            case _:
                return AccountRefused(error=verdict.name)

    async def _log_out(self, row: AccountRow) -> None:
        """Raises TelegramUnavailable or AccountBusy when the session may still be valid."""
        try:
            async with asyncio.timeout(self._settings.log_out_timeout):
                confirmed = await self._connections.log_out(row)
        except OwnershipLost:
            raise TelegramUnavailable(retry_after=None) from None
        except PlatformError:
            raise
        except Exception as error:
            verdict = classify(error)
        else:
            if not confirmed:
                raise TelegramUnavailable(retry_after=None)
            return
        if verdict.kind not in (Kind.LOST, Kind.STOPPED):
            raise await self._translate(row, verdict, locked=True)

    async def _wished(self, event: DesiredStateChanged) -> None:
        if event.desired is not Desired.ACTIVE:
            await self.release(event.tenant_id)

    def _lock(self, tenant_id: TenantId) -> asyncio.Lock:
        return self._locks.setdefault(tenant_id, asyncio.Lock())


def _not_noted(tenant_id: TenantId) -> None:
    """Default callback: does nothing."""


def _over(state: AccountState | None) -> AccountNotConnected:
    """The error for an account without a session."""
    if state in (AccountState.STOPPED, AccountState.DELETED):
        return AccountClosed(state=state)
    return AccountNotConnected(state=state or "none")
