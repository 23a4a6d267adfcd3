"""Rows of updates taken in and not yet acknowledged as handled: the durable inbox.

Moments here are whole milliseconds since 1970: these rows are written by the thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, delete, func, select, update

from tenants.model import TenantId
from tenants.store.repository import Repository
from tenants.store.tables import updates_inbox as u

KEEP_DONE_MS: Final = 24 * 3600 * 1000
"""How long a done row stays, so that the same update is known again. Telegram keeps an
update 24 hours: https://core.telegram.org/bots/api#getting-updates"""

_PURGE_BATCH: Final = 5_000

# Each update passes here twice, so on SQLite these three go to the driver as they are.
_KNOWN: Final = (
    "SELECT tenant_id, update_id FROM updates_inbox WHERE (tenant_id, update_id) IN (VALUES {})"
)
_ADD: Final = (
    "INSERT INTO updates_inbox (tenant_id, update_id, chat_key, state, attempts, received_at,"
    " payload) VALUES (?, ?, ?, 0, 0, ?, ?)"
)
_DONE: Final = (
    "UPDATE updates_inbox SET state = 1, payload = NULL, error = NULL, done_at = ?"
    " WHERE tenant_id = ? AND update_id = ?"
)


class InboxState(IntEnum):
    PENDING = 0
    DONE = 1
    QUARANTINED = 2


@dataclass(frozen=True, slots=True)
class Incoming:
    """An update as it came: ``payload`` is its JSON, ``chat_key`` what orders it."""

    tenant_id: TenantId
    update_id: int
    chat_key: int
    payload: bytes
    received_at: int


@dataclass(frozen=True, slots=True)
class InboxRow:
    tenant_id: TenantId
    update_id: int
    chat_key: int
    attempts: int
    received_at: int
    payload: bytes
    error: str = ""


Mark = tuple[TenantId, int]
"""A row's key: tenant and update_id."""


class InboxRepository(Repository):
    async def add(self, rows: Sequence[Incoming]) -> set[Mark]:
        """Take in updates of any tenants. Returns the keys that were not here before."""
        if not rows:
            return set()
        if self._connection.dialect.name == "sqlite":
            return await self._add_quickly(rows)
        values = [
            {
                "tenant_id": row.tenant_id,
                "update_id": row.update_id,
                "chat_key": row.chat_key,
                "state": 0,
                "received_at": row.received_at,
                "payload": row.payload,
            }
            for row in rows
        ]
        statement = self._insert(u).on_conflict_do_nothing(
            index_elements=["tenant_id", "update_id"]
        )
        result = await self._connection.execute(
            statement.returning(u.c.tenant_id, u.c.update_id), values
        )
        return {(TenantId(tenant_id), update_id) for tenant_id, update_id in result}

    async def _add_quickly(self, rows: Sequence[Incoming]) -> set[Mark]:
        """Without SQLAlchemy's share of each row, which is larger than SQLite's own. Nobody
        else writes to SQLite meanwhile, so what is looked up first stays true."""
        keys = [key for row in rows for key in (row.tenant_id, row.update_id)]
        wanted = ",".join(["(?,?)"] * len(rows))
        found = await self._connection.exec_driver_sql(_KNOWN.format(wanted), tuple(keys))
        pairs: Sequence[Any] = found.all()
        known: set[Mark] = {(TenantId(tenant_id), update_id) for tenant_id, update_id in pairs}
        fresh = {(r.tenant_id, r.update_id): r for r in rows}
        values = [
            (r.tenant_id, r.update_id, r.chat_key, r.received_at, r.payload)
            for key, r in fresh.items()
            if key not in known
        ]
        if values:
            await self._connection.exec_driver_sql(_ADD, values)
        return fresh.keys() - known

    async def done(self, marks: Sequence[Mark], now_ms: int) -> None:
        """Mark rows as handled and drop their payload."""
        if not marks:
            return
        if self._connection.dialect.name == "sqlite":
            values = [(now_ms, tenant_id, update_id) for tenant_id, update_id in marks]
            await self._connection.exec_driver_sql(_DONE, values)
            return
        statement = (
            update(u)
            .where(u.c.tenant_id == bindparam("of"), u.c.update_id == bindparam("nr"))
            .values(state=InboxState.DONE, payload=None, error=None, done_at=now_ms)
        )
        await self._connection.execute(statement, [{"of": t, "nr": nr} for t, nr in marks])

    async def pending(self, tenant_id: TenantId, limit: int) -> list[InboxRow]:
        """What waits to be handled, in order of arrival, then of update_id."""
        rows = await self._connection.execute(
            select(u)
            .where(u.c.tenant_id == tenant_id, u.c.state != 1, u.c.state == InboxState.PENDING)
            .order_by(u.c.received_at, u.c.update_id)
            .limit(limit)
        )
        return [_row(row) for row in rows]

    async def pending_tenants(self) -> dict[TenantId, int]:
        """How many updates wait, by tenant."""
        rows = await self._connection.execute(
            select(u.c.tenant_id, func.count())
            .where(u.c.state != 1, u.c.state == InboxState.PENDING)
            .group_by(u.c.tenant_id)
        )
        return {TenantId(tenant_id): count for tenant_id, count in rows}

    async def backlog(self, tenant_id: TenantId) -> tuple[int, int]:
        """How many of a tenant's updates wait, and how many are in quarantine."""
        rows = await self._connection.execute(
            select(u.c.state, func.count())
            .where(u.c.tenant_id == tenant_id, u.c.state != 1)
            .group_by(u.c.state)
        )
        counts = {int(state): int(count) for state, count in rows}
        return counts.get(InboxState.PENDING, 0), counts.get(InboxState.QUARANTINED, 0)

    async def failed(self, tenant_id: TenantId, update_id: int, error: str) -> int:
        """Count a failed attempt. Returns how many there were."""
        statement = (
            update(u)
            .where(u.c.tenant_id == tenant_id, u.c.update_id == update_id)
            .values(attempts=u.c.attempts + 1, error=error)
            .returning(u.c.attempts)
        )
        return int(await self._connection.scalar(statement) or 0)

    async def quarantine(self, tenant_id: TenantId, update_id: int, error: str) -> None:
        """Put a poisonous update aside with its payload, so that it can be replayed."""
        await self._connection.execute(
            update(u)
            .where(u.c.tenant_id == tenant_id, u.c.update_id == update_id)
            .values(state=InboxState.QUARANTINED, error=error)
        )

    async def quarantined(self, tenant_id: TenantId, limit: int = 20) -> list[InboxRow]:
        rows = await self._connection.execute(
            select(u)
            .where(u.c.tenant_id == tenant_id, u.c.state != 1, u.c.state == InboxState.QUARANTINED)
            .order_by(u.c.update_id)
            .limit(limit)
        )
        return [_row(row) for row in rows]

    async def replay(self, tenant_id: TenantId, update_id: int) -> bool:
        """Let a quarantined update be handled again. False when it is not in quarantine."""
        done = await self._connection.execute(
            update(u)
            .where(
                u.c.tenant_id == tenant_id,
                u.c.update_id == update_id,
                u.c.state == InboxState.QUARANTINED,
            )
            .values(state=InboxState.PENDING, attempts=0, error=None)
        )
        return done.rowcount == 1

    async def purge_done(self, now_ms: int) -> int:
        """Delete some rows done more than 24 hours ago. Call again while it returns > 0."""
        oldest = (
            select(u.c.tenant_id, u.c.update_id)
            .where(u.c.done_at.is_not(None), u.c.done_at < now_ms - KEEP_DONE_MS)
            .limit(_PURGE_BATCH)
        )
        keys = (await self._connection.execute(oldest)).all()
        if keys:
            statement = delete(u).where(
                and_(u.c.tenant_id == bindparam("of"), u.c.update_id == bindparam("nr"))
            )
            await self._connection.execute(statement, [{"of": t, "nr": nr} for t, nr in keys])
        return len(keys)


def _row(row: Row[Any]) -> InboxRow:
    return InboxRow(
        tenant_id=TenantId(row.tenant_id),
        update_id=row.update_id,
        chat_key=row.chat_key,
        attempts=row.attempts,
        received_at=row.received_at,
        payload=row.payload or b"",
        error=row.error or "",
    )
