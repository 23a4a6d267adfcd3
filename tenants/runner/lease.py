"""One process serves the data at a time: a lease with an epoch that every write checks.

The deadline is counted on the monotonic clock from before the renewal was sent, less a
margin, so that this process stops by itself before another may start, whatever clocks and
networks do. https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from tenants.errors import AlreadyRunning
from tenants.ports import Clock, Lease
from tenants.runner.holder import is_dead, is_here, readable, this_holder
from tenants.store import Database
from tenants.tasks import Nursery

log = structlog.get_logger(__name__)

_SKEW: Final = 1.0
_LOOK_EVERY: Final = 0.25


class ProcessLease:
    """Satisfies :class:`tenants.ports.Ownership` for one process and its database."""

    def __init__(self, db: Database, clock: Clock, *, ttl: float, margin: float) -> None:
        self._db = db
        self._clock = clock
        self._ttl = ttl
        self._margin = margin
        self._nursery = Nursery("lease")
        self._holder = this_holder()
        self._deadlines: dict[str, float] = {}

    async def acquire(self, name: str) -> Lease | None:
        """Take the lease, waiting out one whose holder is silent.

        None when another process holds it and lives: it runs on this machine, or it renewed
        the lease while we watched.
        """
        give_up = self._clock.monotonic() + self._ttl + _SKEW
        while True:
            began = self._clock.monotonic()
            epoch, other = await self._try(name)
            if epoch is not None:
                deadline = began + self._ttl - self._margin
                self._deadlines[name] = deadline
                return Lease(name=name, epoch=epoch, deadline=deadline)
            if began > give_up or (other is not None and is_here(other)):
                return None
            await asyncio.sleep(_LOOK_EVERY)

    async def require(self, name: str) -> Lease:
        """As :meth:`acquire`.

        Raises:
            AlreadyRunning: another process holds it.
        """
        lease = await self.acquire(name)
        if lease is None:
            async with self._db.read() as uow:
                holder = await uow.leases.holder(name) or ""
            raise AlreadyRunning(holder=readable(holder))
        return lease

    def keep(self, lease: Lease, lost: Callable[[], None]) -> None:
        """Renew it until it is released. ``lost`` is called, once, when that fails: by then
        nothing may be done under this lease."""
        self._nursery.start(self._renew(lease, lost), f"lease {lease.name}")

    def holds(self, lease: Lease) -> bool:
        return self._clock.monotonic() < self._deadlines.get(lease.name, 0.0)

    async def release(self, lease: Lease) -> None:
        """Let go, so that another may start at once."""
        await self._nursery.close()
        if self._deadlines.pop(lease.name, None) is None:
            return
        async with self._db.write() as uow:
            await uow.leases.release(lease.name, lease.epoch)

    async def _try(self, name: str) -> tuple[int | None, str | None]:
        async with self._db.write() as uow:
            other = await uow.leases.holder(name)
            if other is not None and is_dead(other):
                await uow.leases.release_of(name, other)
            return await uow.leases.acquire(name, self._holder, self._ttl), other

    async def _renew(self, lease: Lease, lost: Callable[[], None]) -> None:
        while self.holds(lease):
            remaining = self._deadlines[lease.name] - self._clock.monotonic()
            await asyncio.sleep(min(self._ttl / 3, max(remaining, 0.01)))
            began = self._clock.monotonic()
            if not self.holds(lease):
                break
            renewed = await self._renewed(lease, self._deadlines[lease.name] - began)
            if renewed is False:
                break
            if renewed:
                self._deadlines[lease.name] = began + self._ttl - self._margin
        self._deadlines.pop(lease.name, None)
        log.error("lease lost", lease=lease.name, epoch=lease.epoch)
        lost()

    async def _renewed(self, lease: Lease, seconds: float) -> bool | None:
        """False when it is not ours any more, None when the database did not say."""
        try:
            async with asyncio.timeout(seconds), self._db.write() as uow:
                names = await uow.leases.renew(self._holder, {lease.name: lease.epoch}, self._ttl)
        except Exception as error:
            log.warning("lease not renewed", error=type(error).__name__)
            return None
        return lease.name in names
