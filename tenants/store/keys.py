"""Rows of wrapped keys: one data key per tenant and version, and the platform's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, text, union_all

from tenants.domain.model import TenantId
from tenants.store.repository import Repository
from tenants.store.tables import platform_keys as p
from tenants.store.tables import tenant_keys as k


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key wrapped by the key-encryption key ``kek_id``.

    ``owner`` is the tenant's id, or the name of one of the platform's keys.
    """

    owner: TenantId | str
    version: int
    kek_id: str
    wrapped: bytes


class KeysRepository(Repository):
    async def add(self, key: WrappedKey, now: datetime) -> None:
        if isinstance(key.owner, str):
            statement = p.insert().values(name=key.owner)
        else:
            statement = k.insert().values(tenant_id=key.owner, version=key.version)
        await self._connection.execute(
            statement.values(kek_id=key.kek_id, wrapped=key.wrapped, created_at=now)
        )

    async def newest(self, tenant_id: TenantId) -> WrappedKey | None:
        """The key that new values are sealed with."""
        return await self._one(tenant_id, None)

    async def get(self, tenant_id: TenantId, version: int) -> WrappedKey | None:
        return await self._one(tenant_id, version)

    async def platform(self, name: str) -> WrappedKey | None:
        rows = await self._connection.execute(
            select(p.c.kek_id, p.c.wrapped).where(p.c.name == name)
        )
        row = rows.one_or_none()
        return WrappedKey(name, 1, row.kek_id, row.wrapped) if row else None

    async def erase(self, tenant_id: TenantId) -> int:
        """Delete the tenant's keys; values sealed with them become unreadable."""
        return (
            await self._connection.execute(delete(k).where(k.c.tenant_id == tenant_id))
        ).rowcount

    async def kek_ids(self) -> set[str]:
        """The key-encryption keys in use by any row."""
        rows = await self._connection.execute(union_all(select(k.c.kek_id), select(p.c.kek_id)))
        return {row.kek_id for row in rows}

    async def count_not_under(self, kek_id: str) -> int:
        total = 0
        for table in (k, p):
            counted = select(func.count()).select_from(table).where(table.c.kek_id != kek_id)
            total += int(await self._connection.scalar(counted) or 0)
        return total

    async def not_under(self, kek_id: str, limit: int) -> list[WrappedKey]:
        """Keys wrapped by another KEK: those a rotation still has to rewrap."""
        rows = await self._connection.execute(select(p).where(p.c.kek_id != kek_id).limit(limit))
        found = [WrappedKey(row.name, 1, row.kek_id, row.wrapped) for row in rows]
        if found:
            return found
        rows = await self._connection.execute(
            select(k).where(k.c.kek_id != kek_id).order_by(k.c.tenant_id).limit(limit)
        )
        return [WrappedKey(row.tenant_id, row.version, row.kek_id, row.wrapped) for row in rows]

    async def rewrap(self, keys: Sequence[WrappedKey]) -> None:
        """Replace the wrapping of ``keys``; the data keys inside stay the same."""
        tenants = [key for key in keys if not isinstance(key.owner, str)]
        platform = [key for key in keys if isinstance(key.owner, str)]
        wrapping: dict[str, Any] = {"kek_id": bindparam("kek"), "wrapped": bindparam("blob")}
        if tenants:
            await self._connection.execute(
                k.update()
                .where(k.c.tenant_id == bindparam("of"), k.c.version == bindparam("at"))
                .values(wrapping),
                [
                    {"of": key.owner, "at": key.version, "kek": key.kek_id, "blob": key.wrapped}
                    for key in tenants
                ],
            )
        if platform:
            await self._connection.execute(
                p.update().where(p.c.name == bindparam("of")).values(wrapping),
                [{"of": key.owner, "kek": key.kek_id, "blob": key.wrapped} for key in platform],
            )

    async def lock_for_adding(self) -> None:
        """Prevent a rotation from ending between the choice of the master key and the new
        row, because it would retire the master key that wraps the row."""
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(
                text("LOCK TABLE tenant_keys, platform_keys IN ROW EXCLUSIVE MODE")
            )

    async def lock_all(self) -> None:
        """Wait for transactions that are adding keys, and block new ones."""
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(
                text("LOCK TABLE tenant_keys, platform_keys IN SHARE ROW EXCLUSIVE MODE")
            )

    async def _one(self, tenant_id: TenantId, version: int | None) -> WrappedKey | None:
        query = select(k).where(k.c.tenant_id == tenant_id)
        if version is None:
            query = query.order_by(k.c.version.desc()).limit(1)
        else:
            query = query.where(k.c.version == version)
        row = (await self._connection.execute(query)).one_or_none()
        return WrappedKey(tenant_id, row.version, row.kek_id, row.wrapped) if row else None
