"""Rows of conversations: a person's dialog state and data.

No secrets may be stored here: secrets that a person typed stay in the process's memory.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from tenants.domain.model import TenantId, UserId
from tenants.store.repository import Repository
from tenants.store.tables import fsm as f


@dataclass(frozen=True, slots=True, kw_only=True)
class FsmRecord:
    """A conversation. ``tenant_id`` is None in the control bot."""

    key: str
    state: str | None
    data: dict[str, Any]
    tenant_id: TenantId | None = None
    user_id: UserId | None = None


class FsmRepository(Repository):
    async def get(self, key: str) -> FsmRecord | None:
        row = (await self._connection.execute(select(f).where(f.c.key == key))).one_or_none()
        if row is None:
            return None
        return FsmRecord(
            key=row.key,
            state=row.state,
            data=json.loads(row.data),
            tenant_id=row.tenant_id,
            user_id=row.user_id,
        )

    async def put(self, record: FsmRecord, now: datetime) -> None:
        """Store or replace. A record with neither state nor data is deleted."""
        if record.state is None and not record.data:
            await self.delete([record.key])
            return
        row = {
            "key": record.key,
            "tenant_id": record.tenant_id,
            "user_id": record.user_id,
            "state": record.state,
            "data": json.dumps(record.data, ensure_ascii=False, separators=(",", ":")),
            "updated_at": now,
        }
        await self._put(f, row)

    async def delete(self, keys: Sequence[str]) -> None:
        await self._connection.execute(delete(f).where(f.c.key.in_(keys)))

    async def delete_person(self, user_id: UserId, tenant_id: TenantId | None) -> None:
        """Delete a person's conversations with a tenant's bot, or (None) the control bot."""
        await self._connection.execute(
            delete(f).where(f.c.user_id == user_id, f.c.tenant_id.is_not_distinct_from(tenant_id))
        )

    async def purge(self, before: datetime) -> int:
        """Delete conversations unchanged since ``before``."""
        return (await self._connection.execute(delete(f).where(f.c.updated_at < before))).rowcount
