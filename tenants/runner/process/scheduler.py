"""Periodic maintenance jobs, run by APScheduler; what is due is read from the tables."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, timedelta
from functools import partial
from typing import Any, Final

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from tenants.bot.context import FeatureServices, TenantContext
from tenants.bot.features.api import Feature, Job
from tenants.domain.errors import OwnershipLost
from tenants.domain.ports import Clock
from tenants.runner.process.usage_counter import UsageCounter
from tenants.runner.supervision.tenant_state import TenantState
from tenants.services.downtime import DowntimeDetector
from tenants.services.impersonations import Impersonations
from tenants.services.notices import KEPT_AFTER
from tenants.store import Database, UnitOfWork

log = structlog.get_logger(__name__)

_FLUSH_EVERY: Final = 10.0
_PURGE_EVERY: Final = 600.0
_KEEP_RELAYS: Final = timedelta(days=365)
_EXPIRE_EVERY: Final = 15.0
_FORGET_EVERY: Final = 30.0
_SEEN_EVERY: Final = 60.0
_KEEP_USAGE: Final = timedelta(days=400)
_KEEP_CONVERSATIONS: Final = timedelta(days=90)
_JOBS_AT_ONCE: Final = 16
_JOB_SECONDS: Final = 60.0
"""Seconds for one run of a feature's job for one tenant; less if its interval is shorter."""

Entries = Callable[[], Iterable[TenantState]]


class Housekeeping:
    """Runs the platform's and features' jobs. A failed run is logged and the job continues."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        impersonations: Impersonations,
        presence: DowntimeDetector,
        usage: UsageCounter,
        house: FeatureServices,
        entries: Entries,
    ) -> None:
        self._db = db
        self._clock = clock
        self._impersonations = impersonations
        self._presence = presence
        self._usage = usage
        self._house = house
        self._entries = entries
        self._job_slots = asyncio.Semaphore(_JOBS_AT_ONCE)
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1}
        )

    def start(self) -> None:
        self.every(_FLUSH_EVERY, "usage", self._usage.flush)
        self.every(_PURGE_EVERY, "purge", self.purge)
        self.every(_SEEN_EVERY, "presence", self._presence.here)
        self.every(_FORGET_EVERY, "forget deleted rows", self._db.forget_the_rest)
        self.every(_EXPIRE_EVERY, "expire", self._impersonations.end_expired)
        for feature in self._house.registry:
            for job in feature.jobs:
                self._add_job(feature, job)
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop the jobs, and store the usage counters."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        await guarded("usage", self._usage.flush)
        await guarded("presence", self._presence.here)

    def every(self, seconds: float, name: str, work: Callable[[], Awaitable[Any]]) -> None:
        """Call ``work`` every ``seconds``; never twice at the same time."""
        self._scheduler.add_job(guarded, "interval", (name, work), seconds=seconds, id=name)

    async def purge(self) -> None:
        """Delete expired rows, a batch at a time."""
        now = self._clock.now()
        now_ms = int(now.timestamp() * 1000)
        while await self._db.run(lambda uow: uow.inbox.purge_done(now_ms)):
            pass
        while await self._db.run(lambda uow: uow.inbox.purge_aside(now_ms)):
            pass

        async def rest(uow: UnitOfWork) -> None:
            await uow.relays.purge(now - _KEEP_RELAYS)
            await uow.usage.purge(now - _KEEP_USAGE)
            await uow.notices.purge(now - KEPT_AFTER)
            await uow.fsm.purge(now - _KEEP_CONVERSATIONS)

        await self._db.run(rest)

    def _add_job(self, feature: Feature, job: Job) -> None:
        """Run it for a few tenants concurrently, each with a time limit: one that hangs does
        not delay others."""
        limit = min(job.every, _JOB_SECONDS)

        async def run_for(context: TenantContext) -> None:
            async with self._job_slots, asyncio.timeout(limit):
                await job.run(context, self._house)

        async def run() -> None:
            contexts = [
                entry.runtime.context for entry in self._entries() if entry.runtime is not None
            ]
            await asyncio.gather(
                *(
                    guarded(job.name, partial(run_for, context), tenant=context.id)
                    for context in contexts
                    if feature.key in context.features.options
                )
            )

        self.every(job.every, f"{feature.key}:{job.name}", run)


async def guarded(name: str, work: Callable[[], Awaitable[Any]], **about: object) -> None:
    """Do ``work``; an error is logged, with ``about``, and not raised."""
    try:
        await work()
    except TimeoutError:
        log.error("scheduled job timed out", tick=name, **about)
    except OwnershipLost:
        log.info("scheduled job skipped: lease lost", tick=name, **about)
    except Exception:
        log.exception("scheduled job failed", tick=name, **about)
