"""Rows of sealed secrets. What is inside only the vault can tell."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from tenants.model import TenantId
from tenants.store.repository import Repository
from tenants.store.tables import secrets as s


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

    async def delete(self, tenant_id: TenantId, kind: str) -> None:
        await self._connection.execute(
            delete(s).where(s.c.tenant_id == tenant_id, s.c.kind == kind)
        )
