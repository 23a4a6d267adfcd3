"""Rows of the audit log and its head. tenants/security/audit_chain.py makes the chain."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from tenants.domain.errors import AuditUnavailable
from tenants.domain.model import TenantId, UserId
from tenants.store.advisory_locks import Purpose, lock_key
from tenants.store.repository import Repository
from tenants.store.tables import audit as a
from tenants.store.tables import meta as m

_HEAD = "audit.head"
_BATCH = 1_000


class AuditRepository(Repository):
    async def append(self, write: Callable[[str | None], tuple[Mapping[str, Any], str]]) -> None:
        """Add a row and update the head, while other writers of the chain are locked out.

        Args:
            write: takes the stored head, returns the row and the new head.

        Raises:
            AuditUnavailable: the database failed; neither was written.
        """
        try:
            await self._lock_chain()
            row, head = write(await self.head())
            await self._connection.execute(a.insert().values(**row))
            await self._put(m, {"key": _HEAD, "value": head})
        except SQLAlchemyError as error:
            raise AuditUnavailable() from error

    async def head(self) -> str | None:
        """The stored head."""
        value: str | None = await self._connection.scalar(select(m.c.value).where(m.c.key == _HEAD))
        return value

    async def in_order(self) -> AsyncIterator[dict[str, Any]]:
        """Every row by sequence, in batches."""
        last = 0
        while True:
            query = select(a).where(a.c.sequence > last).order_by(a.c.sequence).limit(_BATCH)
            rows = (await self._connection.execute(query)).mappings().all()
            for row in rows:
                yield dict(row)
            if len(rows) < _BATCH:
                return
            last = rows[-1]["sequence"]

    async def count(self) -> int:
        return int(await self._connection.scalar(select(func.count()).select_from(a)) or 0)

    async def page(
        self,
        *,
        tenant_id: TenantId | None,
        actor_id: UserId | None,
        prefix: str,
        offset: int,
        limit: int,
    ) -> tuple[list[dict[str, Any]], int]:
        """A page of rows, newest first, and the total number."""
        conditions = []
        if tenant_id is not None:
            conditions.append(a.c.tenant_id == tenant_id)
        if actor_id is not None:
            conditions.append(a.c.actor_id == actor_id)
        if prefix:
            conditions.append(a.c.action.startswith(prefix, autoescape=True))
        total = await self._connection.scalar(select(func.count(a.c.sequence)).where(*conditions))
        query = select(a).where(*conditions).order_by(a.c.sequence.desc())
        rows = await self._connection.execute(query.offset(offset).limit(limit))
        return [dict(row) for row in rows.mappings()], int(total or 0)

    async def _lock_chain(self) -> None:
        """Lock out other writers of the chain until the transaction ends.

        SQLite has one writer anyway.
        """
        if self._connection.dialect.name == "postgresql":
            key = lock_key(Purpose.AUDIT_CHAIN)
            await self._connection.execute(select(func.pg_advisory_xact_lock(key)))
