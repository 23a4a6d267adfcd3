"""Single values of the platform as a whole, by name."""

from __future__ import annotations

from sqlalchemy import select

from tenants.store.repository import Repository
from tenants.store.tables import meta as m


class MetaRepository(Repository):
    """Text under a key; the record's head lies here too and is moved by its own repository."""

    async def get(self, key: str) -> str | None:
        value: str | None = await self._connection.scalar(select(m.c.value).where(m.c.key == key))
        return value

    async def put(self, key: str, value: str) -> None:
        """Store, replacing what was there."""
        await self._put(m, {"key": key, "value": value})
