"""Single platform-wide values by name."""

from __future__ import annotations

from sqlalchemy import select

from tenants.store.repository import Repository
from tenants.store.tables import meta as m


class MetaRepository(Repository):
    """Text by key. The audit log's head is in this table too, written by its own repository."""

    async def get(self, key: str) -> str | None:
        value: str | None = await self._connection.scalar(select(m.c.value).where(m.c.key == key))
        return value

    async def put(self, key: str, value: str) -> None:
        """Store, replacing an existing value."""
        await self._put(m, {"key": key, "value": value})
