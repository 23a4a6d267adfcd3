"""Rows of impersonations: admin, tenant, reason and end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from tenants.domain.model import Impersonation, TenantId, UserId
from tenants.store.repository import Repository
from tenants.store.tables import impersonations as i


class ImpersonationsRepository(Repository):
    async def add(
        self,
        *,
        admin_id: UserId,
        tenant_id: TenantId,
        subject_id: UserId,
        reason: str,
        began_at: datetime,
        expires_at: datetime,
    ) -> Impersonation:
        statement = (
            i.insert()
            .values(
                admin_id=admin_id,
                tenant_id=tenant_id,
                subject_id=subject_id,
                reason=reason,
                may_write=False,
                began_at=began_at,
                expires_at=expires_at,
            )
            .returning(i)
        )
        return Impersonation(**(await self._connection.execute(statement)).mappings().one())

    async def get(self, impersonation_id: int) -> Impersonation | None:
        rows = await self._connection.execute(select(i).where(i.c.id == impersonation_id))
        row = rows.mappings().one_or_none()
        return Impersonation(**row) if row else None

    async def live_of(self, admin_id: UserId) -> Impersonation | None:
        """The impersonation not ended yet, expired or not."""
        rows = await self._connection.execute(
            select(i)
            .where(i.c.admin_id == admin_id, i.c.ended_at.is_(None))
            .order_by(i.c.id.desc())
            .limit(1)
        )
        row = rows.mappings().one_or_none()
        return Impersonation(**row) if row else None

    async def expired(self, now: datetime) -> list[Impersonation]:
        rows = await self._connection.execute(
            select(i).where(i.c.ended_at.is_(None), i.c.expires_at <= now).order_by(i.c.id)
        )
        return [Impersonation(**row) for row in rows.mappings()]

    async def allow_writing(self, impersonation_id: int) -> None:
        await self._connection.execute(
            update(i).where(i.c.id == impersonation_id).values(may_write=True)
        )

    async def end(self, impersonation_id: int, now: datetime) -> bool:
        """End an impersonation. False when it had already ended."""
        done = await self._connection.execute(
            update(i).where(i.c.id == impersonation_id, i.c.ended_at.is_(None)).values(ended_at=now)
        )
        return done.rowcount == 1

    async def end_all(self, tenant_id: TenantId, now: datetime) -> None:
        """End all impersonations of a tenant whose owner changes."""
        await self._connection.execute(
            update(i).where(i.c.tenant_id == tenant_id, i.c.ended_at.is_(None)).values(ended_at=now)
        )
