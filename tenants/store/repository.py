"""What the repositories share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Upsert = sqlite.Insert | postgresql.Insert


class Repository:
    """Rows of one kind, over the connection of a unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    def _insert(self, table: Table) -> Upsert:
        """An INSERT that knows ON CONFLICT, which both databases spell the same."""
        if self._connection.dialect.name == "sqlite":
            return sqlite.insert(table)
        return postgresql.insert(table)

    async def _put(self, table: Table, row: Mapping[str, Any], *, keep: Sequence[str] = ()) -> None:
        """Insert ``row`` or, where its primary key exists, overwrite all but ``keep``."""
        keys = [column.name for column in table.primary_key]
        statement = self._insert(table).values(**row)
        fresh = {k: statement.excluded[k] for k in row if k not in keys and k not in keep}
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=keys, set_=fresh)
        )
