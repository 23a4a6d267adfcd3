"""The lease of a single-file database: a lock file next to it, and an epoch inside it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import math
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from tenants.domain.ports import Lease
from tenants.store import Database
from tenants.store.file_lock import FileLock
from tenants.store.side_connection import SideConnection

log = structlog.get_logger(__name__)

_UNSUPPORTED: Final = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
_SECONDS: Final = 2.0
_FREE_WITHIN: Final = 1.0
"""Seconds until the lock of a killed process is released."""
_AGAIN: Final = 0.05
_EPOCH_WITHIN: Final = 30.0


class FileGuard:
    """Satisfies :class:`tenants.runner.process.lease.Guard`.

    A temporary read or write error (a full disk, a lock, a long reader) is reported as a
    problem, and the lease is kept: the lock is still held. The lease is lost only when the
    database has another epoch, which requires that somebody removed the lock file.
    """

    def __init__(self, db: Database, file: Path, holder: str, *, check_every: float) -> None:
        self.problem = ""
        self.silent = False
        self._holder = holder
        self._check_every = check_every
        self._lock = FileLock(file.with_name(f"{file.name}.lock"))
        self._side = SideConnection(db.url, _SECONDS)

    @staticmethod
    def is_unsupported(error: OSError) -> bool:
        """Whether this file system does not support locks."""
        return error.errno in _UNSUPPORTED

    async def claim(self, name: str) -> str | None:
        del name  # One lock per database.
        loop = asyncio.get_running_loop()
        give_up = loop.time() + _FREE_WITHIN
        while not self._lock.acquire():
            if loop.time() > give_up:
                return self._lock.read() or "?"
            await asyncio.sleep(_AGAIN)
        self._lock.note(self._holder)
        return None

    async def begin(self, name: str) -> Lease | str:
        """Raises the database's error when no epoch can be written within half a minute."""
        give_up = asyncio.get_running_loop().time() + _EPOCH_WITHIN
        while True:
            try:
                epoch = await self._side.run(lambda uow: uow.leases.take(name, self._holder))
                return Lease(name=name, epoch=epoch, deadline=math.inf)
            except Exception:
                if asyncio.get_running_loop().time() > give_up:
                    raise
                await asyncio.sleep(_AGAIN)

    def watch(self, lease: Lease, lost: Callable[[], None]) -> None:
        self._side.start(self._check_for_ever(lease, lost))

    def holds(self, lease: Lease) -> bool:
        del lease
        return self._lock.held

    async def release(self, lease: Lease | None) -> None:
        if lease is not None:
            # For readers of the table only; the lock decides.
            with contextlib.suppress(Exception):
                await self._side.run(lambda uow: uow.leases.release(lease.name, lease.epoch))
        await self._side.close()
        self._lock.release()

    async def _check_for_ever(self, lease: Lease, lost: Callable[[], None]) -> None:
        while True:
            if not await self._is_ours(lease):
                return lost()
            await asyncio.sleep(self._check_every)

    async def _is_ours(self, lease: Lease) -> bool:
        try:
            self._back_in_place()
            epoch = await self._side.transact(lambda uow: uow.leases.epoch(lease.name))
        except Exception as error:
            problem = f"the lease could not be checked ({type(error).__name__})"
            if problem != self.problem:
                log.warning("lease not checked; it is still held", error=type(error).__name__)
            self.problem = problem
            return True
        self.problem = ""
        return epoch == lease.epoch

    def _back_in_place(self) -> None:
        """If somebody removed the lock file, lock a new one. If another process was faster,
        its epoch shows that."""
        if self._lock.in_place():
            return
        fresh = FileLock(self._lock.path)
        if fresh.acquire():
            fresh.note(self._holder)
            self._lock.release()
            self._lock = fresh
