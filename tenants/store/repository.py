"""Base class of the repositories."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

P = ParamSpec("P")
R = TypeVar("R")
Upsert = sqlite.Insert | postgresql.Insert


class Repository:
    """Rows of one kind, over the connection of a unit of work."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @property
    def _is_sqlite(self) -> bool:
        return self._connection.dialect.name == "sqlite"

    async def _in_driver(
        self, work: Callable[Concatenate[sqlite3.Connection, P], R], *args: P.args, **kw: P.kwargs
    ) -> R:
        """Run ``work`` on SQLite's own connection, in one call to its thread.

        aiosqlite's public API offers this for its own methods only.
        """
        raw = (await self._connection.get_raw_connection()).driver_connection
        assert raw is not None, "connected"
        done: R = await raw._execute(work, raw._conn, *args, **kw)
        return done

    def _insert(self, table: Table) -> Upsert:
        """An INSERT that supports ON CONFLICT, which has the same syntax in both databases."""
        if self._is_sqlite:
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
