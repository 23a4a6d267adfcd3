"""Stores tenants' observed state, in batches and at a limited rate."""

from __future__ import annotations

import asyncio
import itertools
from typing import Final

import structlog

from tenants.domain.errors import OwnershipLost
from tenants.domain.model import Observed, TenantId
from tenants.services.lifecycle import Lifecycle
from tenants.store.tenants import Report
from tenants.support.background_tasks import BackgroundTasks
from tenants.support.metrics import Metrics
from tenants.support.rate_limits import Bucket, Rate

log = structlog.get_logger(__name__)

_GATHER: Final = 0.05
_AGAIN: Final = 2.0
_MOST: Final = 250
"""Reports in one transaction."""
_RATE: Final = Rate(per_second=200, burst=500)
"""Each report that changes something is an event for all listeners. In an outage of Telegram
every tenant changes; what changes back before it is stored is never reported."""
_URGENT: Final = frozenset(
    {Observed.TOKEN_REVOKED, Observed.USED_ELSEWHERE, Observed.QUARANTINED, Observed.STOPPED}
)


class Reporter:
    """Stores observed states; a thousand starts are a few transactions. The latest state of a
    tenant wins, and states that require a person to act are stored first."""

    def __init__(self, lifecycle: Lifecycle, metrics: Metrics) -> None:
        self._lifecycle = lifecycle
        self._metrics = metrics
        self._nursery = BackgroundTasks("reporter")
        self._waiting: dict[TenantId, Report] = {}
        self._seen: dict[TenantId, tuple[Observed, str]] = {}
        self._rate = Bucket(_RATE)
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def start(self) -> None:
        self._nursery.start(self._run(), "reporter")

    async def stop(self, timeout: float = 2.0) -> None:  # noqa: ASYNC109
        try:
            await asyncio.wait_for(self._idle.wait(), timeout)
        except TimeoutError:
            log.warning("stopped with unstored reports", waiting=len(self._waiting))
        await self._nursery.close()

    def prime(self, tenant_id: TenantId, observed: Observed, detail: str) -> None:
        """Set the stored state; reporting the same again changes nothing."""
        self._count(self._seen.get(tenant_id), observed)
        self._seen[tenant_id] = (observed, detail)

    def seen(self, tenant_id: TenantId) -> Observed:
        """The state reported last."""
        return self._seen.get(tenant_id, (Observed.STOPPED, ""))[0]

    def report(self, tenant_id: TenantId, observed: Observed, detail: str = "") -> None:
        """Report a state; does nothing when it is the one reported last."""
        before = self._seen.get(tenant_id)
        if before == (observed, detail):
            return
        self._count(before, observed)
        self._seen[tenant_id] = (observed, detail)
        self._waiting[tenant_id] = Report(tenant_id=tenant_id, observed=observed, detail=detail)
        self._idle.clear()
        self._work.set()

    def forget(self, tenant_id: TenantId) -> None:
        self._waiting.pop(tenant_id, None)
        self._count(self._seen.pop(tenant_id, None), None)

    async def _run(self) -> None:
        while True:
            await self._work.wait()
            await asyncio.sleep(_GATHER)
            self._work.clear()
            while self._waiting:
                await self._rate.wait()
                reports = self._next()
                self._rate.take(len(reports))
                await self._store(reports)
            self._idle.set()

    def _next(self) -> list[Report]:
        """Some of the waiting reports, urgent ones first."""
        urgent = [r for r in self._waiting.values() if r.observed in _URGENT]
        some = urgent[:_MOST] or list(itertools.islice(self._waiting.values(), _MOST))
        for report in some:
            del self._waiting[report.tenant_id]
        return some

    async def _store(self, reports: list[Report]) -> None:
        try:
            await self._lifecycle.report_many(reports)
        except OwnershipLost:
            log.info("reports not stored: lease lost")
        except Exception:
            log.exception("reports not stored, retrying")
            self._waiting = {report.tenant_id: report for report in reports} | self._waiting
            await asyncio.sleep(_AGAIN)

    def _count(self, before: tuple[Observed, str] | None, now: Observed | None) -> None:
        if before is not None:
            self._metrics.tenants.labels(before[0]).dec()
        if now is not None:
            self._metrics.tenants.labels(now).inc()
