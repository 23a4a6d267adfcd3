"""One process serves the data at a time: a lease with an epoch that every write checks.

On SQLite the lease is an operating system lock on a file next to the database, held until the
process ends: no disk error, database lock, reader or blocked loop can lose it. If a database is
shared by machines (PostgreSQL) it is a row that expires, renewed over its own connection in its
own thread; its deadline is counted on the monotonic clock from before the renewal was sent,
less a margin, so that this process stops by itself before another may start.
docs/decisions/0005-lease.md says why.
https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from tenants.domain.errors import AlreadyRunning
from tenants.domain.ports import Clock, Lease
from tenants.runner.process.file_lease import FileGuard
from tenants.runner.process.process_identity import readable, this_holder
from tenants.runner.process.row_lease import TimedGuard
from tenants.store import Database

log = structlog.get_logger(__name__)

LEASE: Final = "platform"
"""Name of the lease of a process that serves all tenants."""


class Guard(Protocol):
    """Mechanism that excludes other processes."""

    silent: bool
    """The lease was lost because the database did not answer, not to another process."""
    problem: str
    """Current problem although the lease is held; empty when there is none."""

    async def claim(self, name: str) -> str | None:
        """Exclude other processes, where possible before the schema is changed. None: claimed;
        else the holder."""
        ...

    async def begin(self, name: str) -> Lease | str:
        """The lease with its epoch, once the schema exists; or the holder."""
        ...

    def watch(self, lease: Lease, lost: Callable[[], None]) -> None:
        """Call ``lost``, from any thread, when another process has the lease or may have it."""
        ...

    def holds(self, lease: Lease) -> bool: ...

    async def release(self, lease: Lease | None) -> None: ...


class ProcessLease:
    """Satisfies :class:`tenants.domain.ports.Ownership` for one process and its database."""

    def __init__(self, db: Database, clock: Clock, *, ttl: float, margin: float) -> None:
        self._db = db
        holder = this_holder()
        self._timed = TimedGuard(db, clock, holder, ttl=ttl, margin=margin)
        self._guard: Guard = self._timed
        if db.file is not None:
            self._guard = FileGuard(db, db.file, holder, check_every=ttl / 3)
        self._lease: Lease | None = None
        self._is_lost = False
        self._on_lost: Callable[[], None] = lambda: None

    @property
    def problem(self) -> str:
        """Current problem of the lease although it is held; empty when there is none."""
        return self._guard.problem

    @property
    def lost_in_silence(self) -> bool:
        """The lease was lost because the database did not answer in time: it may be taken
        again, unless another process has it by then."""
        return self._is_lost and self._guard.silent

    async def claim(self, name: str) -> None:
        """Exclude other processes, before the schema is changed.

        Raises:
            AlreadyRunning: another process serves this data.
        """
        try:
            other = await self._guard.claim(name)
        except OSError as error:
            if not isinstance(self._guard, FileGuard) or not self._guard.is_unsupported(error):
                raise
            log.warning("file locks not supported, using a renewed lease", error=str(error))
            self._guard = self._timed
            other = await self._guard.claim(name)
        if other is not None:
            raise AlreadyRunning(holder=readable(other))

    async def acquire(self, name: str) -> Lease | None:
        """As :meth:`require`; None when another process holds it."""
        with contextlib.suppress(AlreadyRunning):
            return await self.require(name)
        return None

    async def require(self, name: str) -> Lease:
        """Acquire the lease, or return the one acquired already. From here on every write
        of this process's :class:`Database` is fenced by its epoch.

        Raises:
            AlreadyRunning: another process holds it.
        """
        if self._lease is not None:
            return self._lease
        await self.claim(name)
        lease = await self._guard.begin(name)
        if isinstance(lease, str):
            raise AlreadyRunning(holder=readable(lease))
        self._lease, self._is_lost = lease, False
        loop = asyncio.get_running_loop()

        def lost() -> None:
            loop.call_soon_threadsafe(self._lose, lease)

        self._guard.watch(lease, lost)
        self._db.fence(lease.name, lease.epoch, lost)
        return lease

    def keep(self, lease: Lease, lost: Callable[[], None]) -> None:
        """Have ``lost`` called, once, when the lease is lost: nothing may be done under it any
        more."""
        self._on_lost = lost
        if self._is_lost or lease is not self._lease:
            lost()

    def holds(self, lease: Lease) -> bool:
        return lease is self._lease and not self._is_lost and self._guard.holds(lease)

    async def release(self, lease: Lease | None = None) -> None:
        """Release it, so that another process may start at once. Idempotent."""
        held, self._lease = self._lease, None
        if lease is None or held is lease:
            self._on_lost = lambda: None
            await self._guard.release(None if self._is_lost else held)

    def _lose(self, lease: Lease) -> None:
        if self._is_lost or lease is not self._lease:
            return
        self._is_lost = True
        log.error("lease lost", lease=lease.name, epoch=lease.epoch)
        self._on_lost()
