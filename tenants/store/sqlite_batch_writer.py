"""A separate SQLite connection for group commits, the most frequent writes."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tenants.store.inbox_sqlite import Group, Learn, commit

_STATEMENTS: Final = 64


class GroupWriter:
    """Commits a group in one call to a thread; through SQLAlchemy it would be a dozen.

    Opened on first use. The caller holds the lock of SQLite's one writer.
    """

    def __init__(self, path: str, pragmas: Iterable[str]) -> None:
        self._path = path
        self._pragmas = tuple(pragmas)
        self._driver: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, "group-commit")

    async def commit(self, group: Group, learn: Learn) -> None:
        """See :func:`tenants.store.inbox_sqlite.commit`.

        Waits for the end even when cancelled: the caller's lock must not be released before.
        """
        work = asyncio.get_running_loop().run_in_executor(self._thread, self._commit, group, learn)
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            raise

    async def close(self) -> None:
        """Close the connection and end the thread."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _commit(self, group: Group, learn: Learn) -> None:
        if self._driver is None:
            self._driver = self._connect()
        commit(self._driver, group, learn)

    def _connect(self) -> sqlite3.Connection:
        driver = sqlite3.connect(self._path, isolation_level=None, cached_statements=_STATEMENTS)
        for pragma in self._pragmas:
            driver.execute(f"PRAGMA {pragma}").close()
        return driver

    def _close(self) -> None:
        if self._driver is not None:
            self._driver.close()
            self._driver = None
