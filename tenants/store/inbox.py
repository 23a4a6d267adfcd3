"""The durable inbox: rows of received updates until they are handled.

Times are integer milliseconds since 1970, for speed: these rows are written by the thousand.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    bindparam,
    delete,
    func,
    select,
    text,
    tuple_,
    update,
)

from tenants.domain.model import TenantId
from tenants.store.inbox_sqlite import (
    Aside,
    Group,
    InboxState,
    Incoming,
    UpdateKey,
    add,
    mark_done,
    write,
)
from tenants.store.leases import LeasesRepository
from tenants.store.repository import Repository
from tenants.store.tables import tenants as t
from tenants.store.tables import updates_inbox as u

KEEP_DONE_MS: Final = 24 * 3600 * 1000
"""How long a done row stays, to detect a duplicate update. Telegram keeps an
update 24 hours: https://core.telegram.org/bots/api#getting-updates"""

KEEP_ASIDE_MS: Final = 30 * 24 * 3600 * 1000
"""How long dead-lettered and unparsed updates stay, from their arrival."""

_PURGE_BATCH: Final = 5_000
_DEFERRED: Final = text("state = 4")
"""As a literal: only then is the partial index used."""

__all__ = [
    "KEEP_ASIDE_MS",
    "KEEP_DONE_MS",
    "Aside",
    "InboxRepository",
    "InboxRow",
    "InboxState",
    "Place",
]


Place = tuple[int, int]
"""Position of a row in the order: time of arrival, then update_id."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    tenant_id: TenantId
    update_id: int
    chat_key: int
    attempts: int
    received_at: int
    payload: bytes
    error: str = ""
    state: InboxState = InboxState.PENDING


class InboxRepository(Repository):
    async def write(self, group: Group) -> set[UpdateKey]:
        """Write a group under its lease. Returns the keys of rows that already existed.

        Raises:
            OwnershipLost: the lease has another epoch.
        """
        if self._is_sqlite:
            return await self._in_driver(write, group)
        await LeasesRepository(self._connection).check(group.lease, group.epoch)
        fresh = await self.add(group.rows)
        await self.done(group.done, group.now_ms)
        await self.put_aside(group.aside)
        return {row.mark for row in group.rows} - fresh

    async def add(self, rows: Sequence[Incoming]) -> set[UpdateKey]:
        """Insert updates of any tenants. Returns the keys that did not exist before."""
        if not rows:
            return set()
        if self._is_sqlite:
            return {row.mark for row in rows} - await self._in_driver(add, rows)
        statement = self._insert(u).on_conflict_do_nothing(
            index_elements=["tenant_id", "update_id"]
        )
        result = await self._connection.execute(
            statement.returning(u.c.tenant_id, u.c.update_id), [_values(row) for row in rows]
        )
        return {(TenantId(tenant_id), update_id) for tenant_id, update_id in result}

    async def done(self, marks: Sequence[UpdateKey], now_ms: int) -> None:
        """Mark rows as handled and delete their payload."""
        if not marks:
            return
        if self._is_sqlite:
            await self._in_driver(mark_done, marks, now_ms)
            return
        statement = (
            update(u)
            .where(u.c.tenant_id == bindparam("of"), u.c.update_id == bindparam("nr"))
            .values(state=InboxState.DONE, payload=None, error=None, done_at=now_ms)
        )
        await self._connection.execute(statement, [{"of": t, "nr": nr} for t, nr in marks])

    async def done_among(self, marks: Collection[UpdateKey]) -> set[UpdateKey]:
        """Which of these rows are marked as handled."""
        if not marks:
            return set()
        rows = await self._connection.execute(
            select(u.c.tenant_id, u.c.update_id).where(
                tuple_(u.c.tenant_id, u.c.update_id).in_(marks), u.c.state == InboxState.DONE
            )
        )
        return {(TenantId(tenant_id), update_id) for tenant_id, update_id in rows}

    async def newest(self, tenant_ids: Collection[TenantId]) -> dict[TenantId, int]:
        """The highest stored update_id, by tenant; tenants without any are absent."""
        if not tenant_ids:
            return {}
        newest = select(func.max(u.c.update_id)).where(u.c.tenant_id == t.c.id).scalar_subquery()
        rows = await self._connection.execute(select(t.c.id, newest).where(t.c.id.in_(tenant_ids)))
        return {TenantId(tenant_id): highest for tenant_id, highest in rows if highest is not None}

    async def pending(
        self, tenant_id: TenantId, limit: int, after: Place = (-1, 0)
    ) -> list[InboxRow]:
        """Updates waiting to be handled, in order of arrival, then of update_id."""
        rows = await self._connection.execute(
            select(u)
            .where(u.c.tenant_id == tenant_id, u.c.state != 1, u.c.state == InboxState.PENDING)
            .where(tuple_(u.c.received_at, u.c.update_id) > after)
            .order_by(u.c.received_at, u.c.update_id)
            .limit(limit)
        )
        return [_row(row) for row in rows]

    async def pending_among(self, tenant_id: TenantId, update_ids: Sequence[int]) -> list[InboxRow]:
        """Which of these updates are waiting to be handled, in order."""
        rows = await self._connection.execute(
            select(u)
            .where(u.c.tenant_id == tenant_id, u.c.state != 1, u.c.state == InboxState.PENDING)
            .where(u.c.update_id.in_(update_ids))
            .order_by(u.c.received_at, u.c.update_id)
        )
        return [_row(row) for row in rows]

    async def deferred(
        self, tenant_id: TenantId, person: int, after: Place, limit: int
    ) -> list[InboxRow]:
        """A person's updates deferred by the rate limit, in order of arrival."""
        rows = await self._connection.execute(
            select(u)
            .where(u.c.tenant_id == tenant_id, u.c.chat_key == person, _DEFERRED)
            .where(tuple_(u.c.received_at, u.c.update_id) > after)
            .order_by(u.c.received_at, u.c.update_id)
            .limit(limit)
        )
        return [_row(row) for row in rows]

    async def deferred_counts(
        self, tenant_ids: Collection[TenantId]
    ) -> dict[TenantId, dict[int, int]]:
        """Number of updates of each person deferred by the rate limit, by tenant."""
        rows = await self._connection.execute(
            select(u.c.tenant_id, u.c.chat_key, func.count())
            .where(u.c.tenant_id.in_(tenant_ids), _DEFERRED)
            .group_by(u.c.tenant_id, u.c.chat_key)
        )
        counts: dict[TenantId, dict[int, int]] = {}
        for tenant_id, person, count in rows:
            counts.setdefault(TenantId(tenant_id), {})[person] = count
        return counts

    async def waiting_among(self, tenant_ids: Collection[TenantId]) -> set[TenantId]:
        """Which of these tenants have updates waiting to be handled."""
        rows = await self._connection.execute(
            select(u.c.tenant_id)
            .where(u.c.tenant_id.in_(tenant_ids))
            .where(u.c.state != 1, u.c.state == InboxState.PENDING)
            .distinct()
        )
        return {TenantId(tenant_id) for (tenant_id,) in rows}

    async def backlog(self, tenant_id: TenantId) -> tuple[int, int]:
        """Numbers of a tenant's updates that are waiting, and that are dead-lettered."""
        rows = await self._connection.execute(
            select(u.c.state, func.count())
            .where(u.c.tenant_id == tenant_id, u.c.state != 1)
            .group_by(u.c.state)
        )
        counts = {int(state): int(count) for state, count in rows}
        waiting = counts.get(InboxState.PENDING, 0) + counts.get(InboxState.DEFERRED, 0)
        return waiting, counts.get(InboxState.QUARANTINED, 0)

    async def put_aside(self, rows: Sequence[Aside]) -> None:
        """Mark rows as dead-lettered or unparsed and keep their payload: dead letters can be
        requeued, unparsed ones wait for another parser."""
        for row in rows:
            await self._connection.execute(
                update(u)
                .where(u.c.tenant_id == row.tenant_id, u.c.update_id == row.update_id)
                .values(state=row.state, error=row.error)
            )

    async def requeue_unparsed(self, parser: str) -> int:
        """Requeue updates that another parser than ``parser`` could not read. Returns how
        many. Those without Telegram's id (stored with a negative one) stay."""
        done = await self._connection.execute(
            update(u)
            .where(u.c.state != 1, u.c.state == InboxState.UNPARSED)
            .where(u.c.error != parser, u.c.update_id >= 0)
            .values(state=InboxState.PENDING, error=None)
        )
        return done.rowcount

    async def quarantined(self, tenant_id: TenantId, limit: int = 20) -> list[InboxRow]:
        rows = await self._connection.execute(
            select(u)
            .where(u.c.tenant_id == tenant_id, u.c.state != 1, u.c.state == InboxState.QUARANTINED)
            .order_by(u.c.update_id)
            .limit(limit)
        )
        return [_row(row) for row in rows]

    async def replay(self, tenant_id: TenantId, update_id: int) -> bool:
        """Requeue a dead-lettered update. False when it is not dead-lettered."""
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
        return await self._purge(u.c.done_at.is_not(None), u.c.done_at < now_ms - KEEP_DONE_MS)

    async def purge_aside(self, now_ms: int) -> int:
        """Delete some dead-lettered and unparsed updates that arrived more than 30 days ago.
        Call again while it returns > 0."""
        return await self._purge(
            u.c.state != 1,
            u.c.state.in_((InboxState.QUARANTINED, InboxState.UNPARSED)),
            u.c.received_at < now_ms - KEEP_ASIDE_MS,
        )

    async def _purge(self, *which: ColumnElement[bool]) -> int:
        oldest = select(u.c.tenant_id, u.c.update_id).where(*which).limit(_PURGE_BATCH)
        keys = (await self._connection.execute(oldest)).all()
        if keys:
            statement = delete(u).where(
                and_(u.c.tenant_id == bindparam("of"), u.c.update_id == bindparam("nr"))
            )
            await self._connection.execute(statement, [{"of": t, "nr": nr} for t, nr in keys])
        return len(keys)


def _values(row: Incoming) -> dict[str, Any]:
    done = row.done_at is not None
    return {
        "tenant_id": row.tenant_id,
        "update_id": row.update_id,
        "chat_key": row.chat_key,
        "state": InboxState.DONE if done else row.state,
        "received_at": row.received_at,
        "done_at": row.done_at,
        "payload": None if done else row.payload,
    }


def _row(row: Row[Any]) -> InboxRow:
    return InboxRow(
        tenant_id=TenantId(row.tenant_id),
        update_id=row.update_id,
        chat_key=row.chat_key,
        attempts=row.attempts,
        received_at=row.received_at,
        payload=row.payload or b"",
        error=row.error or "",
        state=InboxState(row.state),
    )
