"""Open connections of accounts: a limited number, the least recently used is closed first."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import structlog
from telethon import events, types

from mtproto.accounts.lease_guard import Guard
from mtproto.accounts.message_filter import readable, visible
from mtproto.accounts.repository import Records
from mtproto.client.client import AccountClient, ClientFactory
from mtproto.client.error_map import ErrorClass, Kind, classify
from mtproto.settings import MtprotoSettings
from tenants.domain.errors import AccountNotConnected, OwnershipLost
from tenants.domain.model import TenantId
from tenants.domain.ports import AccountMessage, Clock
from tenants.store.accounts import AccountRow
from tenants.support.background_tasks import BackgroundTasks

log = structlog.get_logger(__name__)

Died = Callable[[AccountRow, ErrorClass], Awaitable[object]]
MessageListener = Callable[[AccountMessage], Awaitable[None]]

_SAVE_EVERY: Final = 60.0
_NEW_MESSAGES: Final = (types.UpdateNewMessage, types.UpdateNewChannelMessage)


@dataclass(slots=True, kw_only=True, eq=False)
class Connection:
    row: AccountRow
    client: AccountClient
    saved: bytes
    saved_at: float
    used_at: float
    borrowers: int = 0


class Connections:
    """The caller holds the tenant's lock for :meth:`make_room`, :meth:`take`, :meth:`log_out`."""

    def __init__(
        self,
        *,
        records: Records,
        factory: ClientFactory,
        guard: Guard,
        clock: Clock,
        settings: MtprotoSettings,
    ) -> None:
        self._records = records
        self._guard = guard
        self._factory = factory
        self._clock = clock
        self._settings = settings
        self._open: OrderedDict[TenantId, Connection] = OrderedDict()
        self._clients: set[AccountClient] = set()
        """Tenants whose connection may have a socket, including those opening or closing."""
        self._opening: set[TenantId] = set()
        self._closing: dict[TenantId, asyncio.Task[None]] = {}
        self._room = asyncio.Condition()
        self._nursery = BackgroundTasks("connections")
        self._listeners: list[MessageListener] = []
        self.on_dead: Died = _nobody

    def __len__(self) -> int:
        return len(self._open)

    def is_open(self, tenant_id: TenantId) -> bool:
        """Whether there is a connection on which the session's end would be noticed."""
        connection = self._open.get(tenant_id)
        return connection is not None and connection.client.is_connected()

    def listen(self, listener: MessageListener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # --- Borrowing ----------------------------------------------------------------------------

    async def make_room(self, tenant_id: TenantId) -> None:
        """Wait until this tenant may have a connection; closes an idle one when at the limit."""
        async with self._room:
            while tenant_id not in self._open and self._is_full():
                idle = next((c for c in self._open.values() if not c.borrowers), None)
                if idle is None:
                    await self._room.wait()
                else:
                    self._begin_close(idle)
            if tenant_id not in self._open:
                self._opening.add(tenant_id)

    async def take(self, row: AccountRow) -> Connection:
        """The tenant's connection, opened when needed, with one more borrower.

        Raises AccountNotConnected for a session of another server, else Telethon's errors.
        """
        connection = self._open.get(row.tenant_id)
        if connection is None or not connection.client.is_connected():
            try:
                connection = await self._connect(row)
            finally:
                await self._opened(row.tenant_id)
        connection.borrowers += 1
        self._touch(connection)
        return connection

    async def reopen(self, row: AccountRow) -> None:
        """Open the tenant's connection to check that its session is valid. Raises as
        :meth:`take`. Counts no borrower, so the connection is closed when idle."""
        if row.tenant_id not in self._open:
            await self._connect(row)

    async def give_back(self, connection: Connection) -> None:
        connection.borrowers -= 1
        self._touch(connection)
        async with self._room:
            self._room.notify_all()

    async def log_out(self, row: AccountRow) -> bool:
        """End the session at Telegram; True when confirmed. Raises Telethon's errors."""
        connection = self._open.get(row.tenant_id)
        if connection is None or not connection.client.is_connected():
            connection = await self._connect(row)
        # The log-out is intended: the watcher must not report the session's end.
        self._open.pop(row.tenant_id, None)
        connection.client.on_lost = None
        try:
            return await connection.client.log_out()
        finally:
            await connection.client.shut()
            self._clients.discard(connection.client)

    # --- Closing ------------------------------------------------------------------------------

    async def close(self, tenant_id: TenantId, *, save: bool = True) -> None:
        connection = self._open.get(tenant_id)
        if connection is not None:
            self._begin_close(connection, save=save)
        await self._closed(tenant_id)

    async def close_all(self) -> None:
        for tenant_id in list(self._open):
            self._begin_close(self._open[tenant_id])
        for tenant_id in list(self._closing):
            await self._closed(tenant_id)
        await self._nursery.close()

    def cut(self) -> None:
        """Close all connections immediately, sending and saving nothing: the lease is lost
        and another process may use the keys from now on."""
        for connection in self._clients:
            connection.cut()
        self._open.clear()

    async def sweep(self) -> None:
        """Close connections that are idle for too long; save the session state of the rest."""
        now = self._clock.monotonic()
        for connection in list(self._open.values()):
            if not connection.borrowers and now - connection.used_at >= self._settings.idle_after:
                await self.close(connection.row.tenant_id)
            elif now - connection.saved_at >= _SAVE_EVERY:
                await self._save(connection, connection.client.snapshot())

    def _begin_close(self, connection: Connection, *, save: bool = True) -> None:
        tenant_id = connection.row.tenant_id
        if self._open.get(tenant_id) is connection:
            del self._open[tenant_id]
        name = f"account:{tenant_id}:close"
        self._closing[tenant_id] = self._nursery.start(self._close(connection, save), name)

    async def _close(self, connection: Connection, save: bool) -> None:
        try:
            session = await connection.client.shut()
            if save and self._guard.holds:
                await self._save(connection, session)
        except OwnershipLost:
            log.info("session not saved: another process has it", tenant=connection.row.tenant_id)
        finally:
            self._clients.discard(connection.client)
            self._closing.pop(connection.row.tenant_id, None)

    async def _closed(self, tenant_id: TenantId) -> None:
        task = self._closing.get(tenant_id)
        if task is not None and task is not asyncio.current_task():
            await asyncio.wait([task])

    async def _save(self, connection: Connection, session: bytes) -> None:
        connection.saved_at = self._clock.monotonic()
        if session != connection.saved:
            connection.saved = session
            await self._records.save_session(connection.row, session)

    # --- Opening ------------------------------------------------------------------------------

    async def _connect(self, row: AccountRow) -> Connection:
        await self._closed(row.tenant_id)
        plain = await self._records.open_session(row)
        session = self._factory.restore(plain)
        if session is None:
            raise AccountNotConnected(state="other_server")
        client = self._factory.client(session, catch_up=True)
        client.add_event_handler(self._hearing(row.tenant_id), events.Raw(_NEW_MESSAGES))
        self._guard.require()
        self._clients.add(client)
        try:
            await client.open()
            # Telegram pushes updates only after a high-level request; it also detects a
            # session that has ended before a borrower uses it.
            await client.who()
            self._guard.require()
        except BaseException:
            await client.shut()
            self._clients.discard(client)
            raise
        now = self._clock.monotonic()
        connection = Connection(row=row, client=client, saved=plain, saved_at=now, used_at=now)
        client.on_lost = lambda error: self._bury(connection, classify(error))
        client.on_moved = lambda: self._keep(connection)
        self._open[row.tenant_id] = connection
        self._nursery.start(self._watch(connection), f"account:{row.tenant_id}:watch")
        return connection

    async def _watch(self, connection: Connection) -> None:
        """Wait until the connection ends by itself. When its session has ended, report it;
        otherwise drop the connection until it is borrowed again."""
        error = await connection.client.ended()
        if self._open.get(connection.row.tenant_id) is not connection:
            return
        verdict = classify(error) if error is not None else None
        if verdict is not None and verdict.kind in (Kind.LOST, Kind.STOPPED):
            await self.on_dead(connection.row, verdict)
        else:
            self._begin_close(connection)

    def _bury(self, connection: Connection, verdict: ErrorClass) -> None:
        name = f"account:{connection.row.tenant_id}:bury"
        self._nursery.start(_call(self.on_dead, connection.row, verdict), name)

    def _keep(self, connection: Connection) -> None:
        """Save the session after a key change: without the new key it could not be used."""
        saving = self._save(connection, connection.client.snapshot())
        self._nursery.start(saving, f"account:{connection.row.tenant_id}:save")

    def _hearing(self, tenant_id: TenantId) -> Callable[[Any], Awaitable[None]]:
        async def hear(update: Any) -> None:
            if not visible(update.message):
                return
            message = readable(tenant_id, update.message)
            for listener in tuple(self._listeners):
                try:
                    await listener(message)
                except Exception:
                    log.exception("message listener failed", tenant=tenant_id)

        return hear

    async def _opened(self, tenant_id: TenantId) -> None:
        self._opening.discard(tenant_id)
        async with self._room:
            self._room.notify_all()

    def _is_full(self) -> bool:
        return len(self._open) + len(self._opening) >= self._settings.pool_size

    def _touch(self, connection: Connection) -> None:
        connection.used_at = self._clock.monotonic()
        if self._open.get(connection.row.tenant_id) is connection:
            self._open.move_to_end(connection.row.tenant_id)


async def _call(died: Died, row: AccountRow, verdict: ErrorClass) -> None:
    await died(row, verdict)


async def _nobody(row: AccountRow, verdict: ErrorClass) -> None:
    """Default callback, until the pool sets its own."""
