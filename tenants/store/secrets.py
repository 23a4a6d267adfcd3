"""Rows of sealed secrets. Only the vault can open them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from tenants.domain.model import TenantId
from tenants.store.keys import WrappedKey
from tenants.store.repository import Repository
from tenants.store.tables import secrets as s
from tenants.store.tables import tenant_keys as k


class SecretsRepository(Repository):
    async def put(
        self, tenant_id: TenantId, kind: str, sealed: bytes, key_version: int, now: datetime
    ) -> None:
        """Store or replace the tenant's secret of that kind."""
        row = {
            "tenant_id": tenant_id,
            "kind": kind,
            "key_version": key_version,
            "sealed": sealed,
            "created_at": now,
            "updated_at": now,
        }
        await self._put(s, row, keep=("created_at",))

    async def get(self, tenant_id: TenantId, kind: str) -> bytes | None:
        query = select(s.c.sealed).where(s.c.tenant_id == tenant_id, s.c.kind == kind)
        sealed: bytes | None = await self._connection.scalar(query)
        return sealed

    async def of_many(
        self, tenant_ids: Collection[TenantId], kind: str
    ) -> dict[TenantId, tuple[bytes, WrappedKey | None]]:
        """Sealed secrets of one kind, each with the wrapped key of its key version."""
        its_key = (k.c.tenant_id == s.c.tenant_id) & (k.c.version == s.c.key_version)
        query = (
            select(s.c.tenant_id, s.c.sealed, k.c.version, k.c.kek_id, k.c.wrapped)
            .select_from(s.outerjoin(k, its_key))
            .where(s.c.tenant_id.in_(tenant_ids), s.c.kind == kind)
        )
        return {
            TenantId(row.tenant_id): (row.sealed, _wrapped(row))
            for row in await self._connection.execute(query)
        }

    async def delete(self, tenant_id: TenantId, kind: str) -> None:
        await self._connection.execute(
            delete(s).where(s.c.tenant_id == tenant_id, s.c.kind == kind)
        )


def _wrapped(row: Any) -> WrappedKey | None:
    if row.version is None:
        return None
    return WrappedKey(TenantId(row.tenant_id), row.version, row.kek_id, row.wrapped)
