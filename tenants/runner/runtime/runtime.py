"""One tenant's objects in memory while its bot runs."""

from __future__ import annotations

import asyncio
import time

from tenants.bot.context import TenantContext
from tenants.bot.update_header import UpdateHeader
from tenants.domain.model import BotToken, Tenant, TenantId
from tenants.runner.handling.worker import Worker
from tenants.runner.inbox.backlog_pages import StoredPages
from tenants.runner.ingest.dedup import DedupWindow
from tenants.runner.ingest.deferred_updates import DeferredUpdates
from tenants.runner.ingest.flood_rates import FloodRates
from tenants.runner.supervision.teardown import UnloadStack
from tenants.support.rate_limits import Bucket, Pace


class Runtime:
    """A tenant's context, rate limit and worker. Parts of it change while it runs."""

    __slots__ = (
        "_stamped",
        "bucket",
        "context",
        "deferred",
        "floods",
        "last_used",
        "open",
        "pace",
        "pages",
        "reading",
        "seen",
        "taking",
        "token",
        "undo",
        "worker",
    )

    def __init__(
        self,
        context: TenantContext,
        token: BotToken,
        *,
        worker: Worker,
        deferred: DeferredUpdates,
        floods: FloodRates,
        newest: int,
    ) -> None:
        tenant = context.tenant
        self.context = context
        self.token = token
        self.worker = worker
        self.pace = Pace.of(tenant.throttle, tenant.rate_limit, tenant.concurrency)
        self.bucket = Bucket(self.pace.rate)
        self.deferred = deferred
        self.floods = floods
        self.seen = DedupWindow(newest)
        self.pages: StoredPages | None = None
        """Set while a long backlog is read from the inbox."""
        self.reading: asyncio.Task[None] | None = None
        self._stamped = 0
        self.open = True
        self.undo: UnloadStack | None = None
        """Set where a runtime is built and dropped on demand (webhooks)."""
        self.last_used = time.monotonic()
        self.taking = 0
        """Updates being written to the inbox (webhooks)."""
        worker.change(self.pace)

    @property
    def id(self) -> TenantId:
        return self.context.tenant.id

    @property
    def idle(self) -> bool:
        """No update is being ingested or handled, or to be read from the inbox."""
        busy = self.worker.size or self.taking or self.pages or self.deferred.any
        return not busy

    def apply(self, tenant: Tenant) -> None:
        """Apply changed limits at once, without a restart."""
        self.context.tenant = tenant
        pace = Pace.of(tenant.throttle, tenant.rate_limit, tenant.concurrency)
        if pace != self.pace:
            self.pace = pace
            self.bucket.change(pace.rate)
            self.worker.change(pace)

    def stamp(self, now_ms: int) -> int:
        """Arrival time for updates received now. It never decreases, even if the clock does:
        the inbox is read in this order."""
        self._stamped = max(self._stamped, now_ms)
        return self._stamped

    async def stop_reading(self) -> None:
        """Stop queueing rows of the inbox in the worker."""
        await self.deferred.stop()
        if self.reading is not None:
            self.reading.cancel()
            await asyncio.wait([self.reading])

    def wants(self, seen: UpdateHeader) -> bool:
        return self.context.features.wants(seen)
