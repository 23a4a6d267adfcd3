"""The lease of a database that machines share: a row that expires and is renewed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

import structlog

from tenants.domain.ports import Clock, Lease
from tenants.runner.process.process_identity import is_dead, is_here
from tenants.store import Database, UnitOfWork
from tenants.store.side_connection import SideConnection

log = structlog.get_logger(__name__)

_SKEW: Final = 1.0
_LOOK_EVERY: Final = 0.25
_LONGEST_STATEMENT: Final = 3.0
_RENEWALS: Final = 5
"""Renewals within a lease's duration, so that a database server may restart meanwhile."""


class TimedGuard:
    """Satisfies :class:`tenants.runner.process.lease.Guard`.

    A failed renewal is retried until the deadline; then the lease counts as lost, since another
    process may acquire it.
    """

    def __init__(
        self, db: Database, clock: Clock, holder: str, *, ttl: float, margin: float
    ) -> None:
        self.problem = ""
        self.silent = False
        self._clock = clock
        self._holder = holder
        self._ttl = ttl
        self._margin = margin
        self._every = (ttl - margin) / _RENEWALS
        self._side = SideConnection(
            db.url, min(_LONGEST_STATEMENT, (ttl - margin) / 2), begin="BEGIN IMMEDIATE"
        )
        self._deadline = 0.0
        self._lease: Lease | None = None
        self._is_over = False
        self._lost: Callable[[], None] = lambda: None

    async def claim(self, name: str) -> str | None:
        """A database without the table of leases was never served by any process."""
        if not await self._side.run(lambda uow: uow.leases.has_table()):
            return None
        taken = await self.begin(name)
        return taken if isinstance(taken, str) else None

    async def begin(self, name: str) -> Lease | str:
        """Acquire the lease; if its holder is silent, wait until it expires. Returns the holder
        when that runs on this machine, or renewed the lease meanwhile."""
        if self._lease is not None:
            return self._lease
        give_up = self._clock.monotonic() + self._ttl + _SKEW
        while True:
            began = self._clock.monotonic()
            epoch, other = await self._side.run(lambda uow: self._try(uow, name))
            if epoch is not None:
                self._deadline = began + self._ttl - self._margin
                self._lease = Lease(name=name, epoch=epoch, deadline=self._deadline)
                self._is_over = False
                self._side.start(self._renew(self._lease))
                return self._lease
            if began > give_up or (other is not None and is_here(other)):
                return other or "?"
            await asyncio.sleep(_LOOK_EVERY)

    def watch(self, lease: Lease, lost: Callable[[], None]) -> None:
        self._lost = lost
        if self._is_over or lease is not self._lease:
            lost()

    def holds(self, lease: Lease) -> bool:
        return lease is self._lease and self._clock.monotonic() < self._deadline

    async def release(self, lease: Lease | None) -> None:
        held, self._lease, self._deadline = self._lease, None, 0.0
        if lease is not None and held is not None:
            with contextlib.suppress(Exception):
                await self._side.run(lambda uow: uow.leases.release(held.name, held.epoch))
        await self._side.close()

    async def _try(self, uow: UnitOfWork, name: str) -> tuple[int | None, str | None]:
        other = await uow.leases.holder(name)
        if other is not None and is_dead(other):
            await uow.leases.release_of(name, other)
        return await uow.leases.acquire(name, self._holder, self._ttl), other

    async def _renew(self, lease: Lease) -> None:
        """Runs in the side connection's thread until the lease is lost or released."""
        self.silent = True  # Unless the database names another holder.
        while self.holds(lease):
            remaining = self._deadline - self._clock.monotonic()
            await asyncio.sleep(min(self._every, max(remaining, 0.01)))
            began = self._clock.monotonic()
            if not self.holds(lease):
                break
            renewed = await self._renewed(lease, self._deadline - began)
            if renewed is False:
                break
            if renewed and lease is self._lease:
                self._deadline = began + self._ttl - self._margin
        if lease is self._lease:
            self._is_over = True
            self._deadline = 0.0
            self._lost()

    async def _prolong(self, uow: UnitOfWork, lease: Lease) -> tuple[set[str], int]:
        names = await uow.leases.renew(self._holder, {lease.name: lease.epoch}, self._ttl)
        return names, await uow.leases.epoch(lease.name)

    async def _renewed(self, lease: Lease, seconds: float) -> bool | None:
        """False when another process holds it now, None when the database did not answer."""
        try:
            async with asyncio.timeout(seconds):
                names, epoch = await self._side.transact(lambda uow: self._prolong(uow, lease))
        except Exception as error:
            self.problem = f"the lease could not be renewed ({type(error).__name__})"
            log.warning("lease not renewed", error=type(error).__name__)
            return None
        self.problem = ""
        self.silent = epoch == lease.epoch
        return lease.name in names
