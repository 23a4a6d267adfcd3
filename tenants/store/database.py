"""Opening the database: one engine for reads, one writer at a time on SQLite."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import structlog
from sqlalchemy import URL, event, func, make_url, select, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tenants.domain.errors import OwnershipLost
from tenants.store.advisory_locks import Purpose, lock_key
from tenants.store.file_lock import FileLock
from tenants.store.inbox_sqlite import FENCE, Group, Learn
from tenants.store.sqlite_batch_writer import GroupWriter
from tenants.store.unit_of_work import UnitOfWork

log = structlog.get_logger(__name__)

T = TypeVar("T")

_BUSY_MS: Final = 10_000
_READERS: Final = 4
_POSTGRES_POOL: Final = 10
_ATTEMPTS: Final = 5
_CHECKPOINTS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3)
"""Pauses between attempts to empty the write-ahead log, in seconds."""
# serialization_failure, deadlock_detected: https://www.postgresql.org/docs/15/mvcc-serialization-failure-handling.html
_RETRIED_STATES: Final = frozenset({"40001", "40P01"})

WANTED: Final = (
    # First, so that the others wait for a lock.
    f"busy_timeout={_BUSY_MS}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    # KiB per connection. The operating system caches the file's pages, once for all
    # connections; SQLite's default of 2 MB each would be most of an idle platform's memory.
    "cache_size=-256",
)
"""Pragmas of every SQLite connection."""

# NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, BUSY, LOCKED
_SQLITE_OUTAGES: Final = frozenset({5, 6, 7, 8, 10, 11, 13, 14, 15})
# connection, resources, operator, system, cannot_connect_now
_POSTGRES_OUTAGES: Final = frozenset({"08", "53", "57", "58"})
_READ_ONLY: Final = "25006"
"""read_only_sql_transaction: the server became a standby, or was made read-only."""


class Database:
    """The store behind units of work. Open it with :meth:`open`, close it with :meth:`close`."""

    def __init__(
        self, url: URL, writer: AsyncEngine, reader: AsyncEngine, groups: GroupWriter | None = None
    ) -> None:
        self.url = url
        self._writer = writer
        self._reader = reader
        self._groups = groups
        self._is_sqlite = url.get_backend_name() == "sqlite"
        self._write_lock = asyncio.Lock()
        self._fence: Fence | None = None
        self._traces = False
        """Deleted rows may still be in SQLite's write-ahead log."""
        if self._is_sqlite:
            begin_fenced(writer, lambda: self._fence)

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect to ``sqlite+aiosqlite:///path`` or ``postgresql+asyncpg://…``.

        The short forms ``sqlite:///`` and ``postgresql://`` are accepted too. The schema is
        not changed (see :mod:`tenants.store.migrations`).
        """
        parsed = normalise(url)
        if parsed.get_backend_name() != "sqlite":
            engine = create_async_engine(
                parsed,
                pool_size=_POSTGRES_POOL,
                max_overflow=_POSTGRES_POOL,
                pool_pre_ping=True,
                hide_parameters=True,
            )
            return cls(parsed, engine, engine)
        make_folder(parsed)
        # Errors are logged, so they must not contain the statement's parameters.
        writer = create_async_engine(parsed, pool_size=1, max_overflow=0, hide_parameters=True)
        reader = create_async_engine(
            parsed, pool_size=_READERS, max_overflow=0, pool_timeout=60, hide_parameters=True
        )
        prepare_sqlite(writer)
        prepare_sqlite(reader, begin="BEGIN", pragmas=("query_only=ON",))
        path = parsed.database
        groups = GroupWriter(path, WANTED) if path and path != ":memory:" else None
        return cls(parsed, writer, reader, groups)

    @property
    def file(self) -> Path | None:
        """SQLite's file; None for another database."""
        path = self.url.database
        return Path(path) if self._is_sqlite and path and path != ":memory:" else None

    def fence(self, lease: str, epoch: int, lost: Callable[[], None]) -> None:
        """From now on commit this object's writes only while ``lease`` has this epoch.
        ``lost`` is called when a write was refused, which raises OwnershipLost."""
        self._fence = Fence(lease, epoch, lost)

    @property
    def dialect(self) -> str:
        return self.url.get_backend_name()

    async def close(self) -> None:
        await self._reader.dispose()
        await self._writer.dispose()
        if self._groups is not None:
            await self._groups.close()

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[UnitOfWork]:
        """A consistent view. Does not wait for writers; a write in it fails."""
        async with self._reader.connect() as connection:
            if not self._is_sqlite:
                await connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            async with connection.begin():
                yield UnitOfWork(connection)

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[UnitOfWork]:
        """A transaction: commits when the block ends without an error, else rolls back.

        On SQLite one runs at a time. Keep it short, without network calls inside.

        Raises:
            OwnershipLost: this process had the lease (:meth:`fence`) and has lost it; nothing
                was written.
        """
        lock = self._write_lock if self._is_sqlite else contextlib.nullcontext()
        async with lock, self._writer.begin() as connection:
            uow = UnitOfWork(connection)
            if not self._is_sqlite and self._fence is not None:
                await self._check(uow, self._fence)
            yield uow

    async def _check(self, uow: UnitOfWork, fence: Fence) -> None:
        try:
            await uow.leases.check(fence.lease, fence.epoch)
        except OwnershipLost:
            fence.lost()
            raise

    async def run(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run ``work`` in a write transaction; retry it when the database asks for a retry.

        Only failures after which nothing was committed are retried, with growing pauses;
        ``work`` must therefore have no effects outside of the store.
        """
        for attempt in range(_ATTEMPTS):
            try:
                async with self.write() as uow:
                    return await work(uow)
            except DBAPIError as error:
                if attempt + 1 == _ATTEMPTS or not _may_retry(error):
                    raise
            await asyncio.sleep(0.02 * 2**attempt * (1 + random.random()))  # noqa: S311
        raise AssertionError("unreachable")

    @contextlib.asynccontextmanager
    async def exclusive(self, purpose: Purpose) -> AsyncIterator[bool]:
        """Hold the lock of this purpose, across processes, for the length of the block;
        does not wait. False: another caller holds it.

        PostgreSQL releases the lock when the connection breaks; a block that then continues
        to write must tolerate another one.
        """
        if self.file is not None:
            suffix = purpose.replace(" ", "-")
            lock = FileLock(self.file.with_name(f"{self.file.name}.{suffix}.lock"))
            try:
                yield lock.acquire()
            finally:
                lock.release()
            return
        key = lock_key(purpose)
        async with self._reader.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            taken = await connection.scalar(select(func.pg_try_advisory_lock(key)))
            try:
                yield bool(taken)
            finally:
                if taken:
                    await connection.execute(select(func.pg_advisory_unlock(key)))

    @property
    def has_short_way(self) -> bool:
        """Whether :meth:`commit_group` is available: SQLite, in a file."""
        return self._groups is not None

    async def commit_group(self, group: Group, learn: Learn) -> None:
        """:meth:`InboxRepository.write` in its own transaction, with the least overhead.

        ``learn`` is called in another thread with the keys of rows that already existed.
        """
        assert self._groups is not None, "asked has_short_way"
        async with self._write_lock:
            await self._groups.commit(group, learn)

    async def ping(self) -> None:
        """Raises when the database does not answer."""
        async with self._reader.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def forget_deleted(self) -> bool:
        """Remove copies of deleted rows from the files. False: a reader still needs an older
        state; :meth:`forget_the_rest` continues later.

        SQLite: rows are overwritten on deletion (secure_delete) and the WAL, which still
        holds old pages, is emptied. PostgreSQL: dead rows of the tables with keys and sealed
        values are vacuumed; the operator is responsible for its WAL archive.
        """
        if not self._is_sqlite:
            async with self._writer.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.execute(text("VACUUM tenant_keys, secrets, accounts, logins"))
            return True
        self._traces = True
        return await self.forget_the_rest()

    async def forget_the_rest(self) -> bool:
        """Continue a :meth:`forget_deleted` that a reader blocked. False: still blocked. For a
        periodic job."""
        for pause in _CHECKPOINTS:
            if not self._traces or self.file is None:
                return True
            # Most pages are copied while others write; the lock is held only for the rest.
            await asyncio.to_thread(checkpoint, self.file, "PASSIVE")
            async with self._write_lock:
                if await asyncio.to_thread(checkpoint, self.file, "TRUNCATE"):
                    self._traces = False
                    return True
            await asyncio.sleep(pause)
        log.warning("deleted rows stay in the write-ahead log until a reader ends")
        return False


def checkpoint(file: Path, mode: str) -> bool:
    """Run one ``wal_checkpoint`` without waiting. False: blocked by a reader or writer.

    With a busy timeout it would wait for readers while holding the write lock.
    https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
    """
    with contextlib.closing(sqlite3.connect(file, timeout=0.0, isolation_level=None)) as driver:
        try:
            busy = driver.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()[0]
        except sqlite3.OperationalError as error:
            if is_outage(error):
                return False
            raise
    return not busy


def normalise(url: str) -> URL:
    """``url`` with the async driver. Raises ValueError for an unsupported database."""
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+asyncpg")
        case other:
            raise ValueError(f"unsupported database: {other}")


def make_folder(url: URL) -> None:
    """Create a SQLite file and its folder, accessible to their owner only.

    SQLite itself would use the umask; its WAL gets the file's mode.
    """
    if url.database and url.database != ":memory:":
        file = Path(url.database)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            file.touch(mode=0o600, exist_ok=False)


@dataclass(frozen=True, slots=True)
class Fence:
    """The lease and epoch a write needs; ``lost`` is called when they do not match."""

    lease: str
    epoch: int
    lost: Callable[[], None]


def begin_fenced(engine: AsyncEngine, fence: Callable[[], Fence | None]) -> None:
    """Begin write transactions immediately, and check the lease's epoch in the same call to
    SQLite's thread."""

    def begin(driver: sqlite3.Connection) -> None:
        driver.execute("BEGIN IMMEDIATE")
        wanted = fence()
        if wanted is None or driver.execute(FENCE, (wanted.lease, wanted.epoch)).fetchone():
            return
        driver.execute("ROLLBACK")
        wanted.lost()
        raise OwnershipLost(epoch=wanted.epoch)

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        driver = connection.connection.dbapi_connection
        driver.run_async(lambda driver: driver._execute(begin, driver._conn))


def prepare_sqlite(
    engine: AsyncEngine, *, begin: str | None = None, pragmas: tuple[str, ...] = ()
) -> None:
    """Set the pragmas on each connection and, with ``begin``, begin transactions explicitly.

    sqlite3's own begin is late and deferred, so that another writer may take the lock midway.
    https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#enabling-non-legacy-sqlite-transactional-modes-with-the-sqlite3-or-aiosqlite-driver
    """
    wanted = (*WANTED, *pragmas)

    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in wanted:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    if begin is None:
        return

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        # Calls the driver directly: one call to its thread instead of three.
        connection.connection.dbapi_connection.run_async(lambda driver: driver.execute(begin))


def is_outage(error: BaseException) -> bool:
    """Whether the database itself failed (disk full, locked, unreachable), not the statement:
    the same work may succeed later.

    Determined by SQLite's primary result code (https://www.sqlite.org/rescode.html), where 1
    is an error in the SQL, or by the class of PostgreSQL's SQLSTATE.
    """
    if isinstance(error, sqlite3.Error):
        return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_OUTAGES
    if not isinstance(error, DBAPIError):
        return isinstance(error, OSError | PoolTimeout)
    if error.connection_invalidated or _may_retry(error):
        return True
    if error.statement is None and not isinstance(error, IntegrityError | DataError):
        return True  # Connecting, beginning or committing: no statement was refused.
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return (code & 0xFF) in _SQLITE_OUTAGES
    state = getattr(error.orig, "sqlstate", None) or ""
    return state[:2] in _POSTGRES_OUTAGES or state == _READ_ONLY


_SQLITE_SAYS: Final = {
    5: "the database is locked by another process",
    6: "the database is locked by another process",
    8: "the database is read-only",
    10: "the disk can't be read or written",
    11: "the database file is damaged",
    13: "the disk is full",
    14: "the database file can't be opened",
}
"""By SQLite's primary result code. https://www.sqlite.org/rescode.html"""
_POSTGRES_SAYS: Final = {
    "25006": "the database is read-only",
    "53100": "the database's disk is full",
    "53300": "the database has too many connections",
    "55000": "the database takes no connections",
    "57P01": "the database was shut down",
    "57P03": "the database is starting",
}
"""By SQLSTATE. https://www.postgresql.org/docs/current/errcodes-appendix.html"""


def outage_text(error: BaseException) -> str:
    """The database's failure, for operators; never contains a statement's parameters."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE_SAYS.get(code & 0xFF, "the database fails")
    return _POSTGRES_SAYS.get(getattr(cause, "sqlstate", None) or "", "the database fails")


def _may_retry(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    return state in _RETRIED_STATES or "database is locked" in str(error.orig)
