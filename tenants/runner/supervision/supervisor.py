"""The supervisor: compares desired with observed state, and starts and stops tenants.

It reconciles a tenant when woken, and every two seconds all tenants whose rows changed, so
that a lost wake-up costs seconds only. Each tenant's changes run in a task of their own:
one tenant's errors never delay or stop another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from tenants.domain.errors import NotFound, OwnershipLost, PlatformError, StateConflict
from tenants.domain.model import Desired, Observed, Tenant, TenantId
from tenants.domain.ports import Clock
from tenants.runner.ingest.backoff import Backoff
from tenants.runner.ingest.polling_mode import DeliveryMode
from tenants.runner.settings import RunnerSettings
from tenants.runner.supervision.quarantine import Quarantines
from tenants.runner.supervision.status_reporter import Reporter
from tenants.runner.supervision.tenant_state import Phase, TenantState
from tenants.services.lifecycle import Lifecycle
from tenants.store import Database
from tenants.store.database import is_outage
from tenants.support.background_tasks import BackgroundTasks
from tenants.support.metrics import Metrics

log = structlog.get_logger(__name__)

_OVERLAP: Final = timedelta(seconds=10)
"""A transaction commits a little later than the time it writes into its rows."""
_AGAIN: Final = 5.0
_LOADS_AT_ONCE: Final = 250


class Supervisor:
    """Keeps one entry for each tenant that runs or should."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        lifecycle: Lifecycle,
        serving: DeliveryMode,
        reporter: Reporter,
        metrics: Metrics,
        settings: RunnerSettings,
    ) -> None:
        self._db = db
        self._clock = clock
        self._lifecycle = lifecycle
        self._serving = serving
        self._reporter = reporter
        self._metrics = metrics
        self._settings = settings
        self._entries: dict[TenantId, TenantState] = {}
        self._woken: set[TenantId] = set()
        self._refreshed: set[TenantId] = set()
        self._quarantines = Quarantines(clock, settings.quarantine_lasts, self.wake)
        self._refresh_pauses: dict[TenantId, Backoff] = {}
        """Retry pauses of tenants whose changed features could not be applied."""
        self._event = asyncio.Event()
        self._changes = BackgroundTasks("supervisor")
        self._loads = asyncio.Semaphore(_LOADS_AT_ONCE)
        self._since: datetime | None = None
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Reconcile every tenant once, then continue in a task."""
        await self._look_at_all()
        self._running = self._changes.start(self._run(), "supervisor")

    async def stop(self, timeout: float) -> None:  # noqa: ASYNC109
        """Stop all tenants concurrently. Their desired state and last reported state do not
        change."""
        await self._changes.close(timeout=1.0)
        going = BackgroundTasks("stopping")
        for entry in self._entries.values():
            if entry.undo is not None:
                going.start(entry.undo.unwind(entry.tenant_id, timeout), f"stop {entry.tenant_id}")
        await going.drain(timeout)
        await going.close(timeout=1.0)
        self._entries.clear()

    def wake(self, tenant_id: TenantId) -> None:
        """Reconcile a tenant at once."""
        self._woken.add(tenant_id)
        self._event.set()

    def refresh(self, tenant_id: TenantId) -> None:
        """Apply a tenant's changed features at once."""
        self._refreshed.add(tenant_id)
        self.wake(tenant_id)

    def entry(self, tenant_id: TenantId) -> TenantState | None:
        return self._entries.get(tenant_id)

    def entries(self) -> Iterable[TenantState]:
        return self._entries.values()

    @property
    def problem(self) -> str:
        """Current problem that does not stop the process; empty when there is none."""
        if self._running is not None and self._running.done() and self._entries:
            return "bots are not looked after"
        dead = sum(entry.phase is Phase.SERVING and entry.is_dead for entry in self.entries())
        return f"bots that are not polled: {dead}" if dead else ""

    def set_aside(self, tenant_id: TenantId, detail: str) -> None:
        """Quarantine a tenant: it is stopped until a person acts or its time is over."""
        entry = self._entries.get(tenant_id)
        if entry is None or entry.phase is not Phase.SERVING or entry.busy:
            return
        log.error("tenant quarantined", tenant=tenant_id, detail=detail)
        self._change(entry, self._quarantine(entry))
        self._reporter.report(tenant_id, Observed.QUARANTINED, detail)

    async def _run(self) -> None:
        sweep_at = self._clock.monotonic() + self._settings.sweep_every
        while True:
            try:
                async with asyncio.timeout(max(0.0, sweep_at - self._clock.monotonic())):
                    await self._event.wait()
            except TimeoutError:
                sweep_at = self._clock.monotonic() + self._settings.sweep_every
                await self._guarded(self._sweep())
            else:
                await self._guarded(self._look_at_woken())

    async def _guarded(self, look: Coroutine[Any, Any, None]) -> None:
        """An error of the store does not end the supervisor."""
        try:
            await look
        except OwnershipLost:
            log.info("supervisor stopped reconciling: lease lost")
            await asyncio.sleep(self._settings.sweep_every)
        except Exception:
            log.exception("supervisor failed, retrying")
            await asyncio.sleep(self._settings.sweep_every)

    async def _look_at_all(self) -> None:
        began, last = self._clock.now(), TenantId(0)
        while page := await self._next_page(last):
            for tenant in page:
                self._reporter.prime(tenant.id, tenant.observed, tenant.observed_detail)
                self._reconcile(tenant.id, tenant)
            last = page[-1].id
            await self._give_way()
        self._since = began

    async def _next_page(self, last: TenantId) -> list[Tenant]:
        async with self._db.read() as uow:
            return await uow.tenants.after(last, _LOADS_AT_ONCE)

    async def _give_way(self) -> None:
        """Wait for the starts begun so far: ten thousand at once would raise this process's
        memory use permanently. The timeout keeps one that hangs from delaying others."""
        tasks = [entry.task for entry in self._entries.values() if entry.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=_AGAIN)

    async def _sweep(self) -> None:
        """Reconcile tenants changed recently; another process may have changed them."""
        began = self._clock.now()
        await self._lifecycle.resume_due()
        since = self._since - _OVERLAP if self._since is not None else None
        async with self._db.read() as uow:
            tenants = await uow.tenants.changed(since)
        for tenant in tenants:
            self._reconcile(tenant.id, tenant)
        self._since = began

    async def _look_at_woken(self) -> None:
        self._event.clear()
        woken, self._woken = self._woken, set()
        try:
            async with self._db.read() as uow:
                found = {tenant.id: tenant for tenant in await uow.tenants.many(woken)}
        except Exception:
            self._woken |= woken
            self._event.set()
            raise
        for tenant_id in woken:
            self._reconcile(tenant_id, found.get(tenant_id))

    def _reconcile(self, tenant_id: TenantId, tenant: Tenant | None) -> None:
        entry = self._entries.get(tenant_id)
        if entry is None:
            entry = self._first_look(tenant)
        if entry is None:
            return
        if entry.busy:
            entry.overtaken = True
            return
        wanted = tenant is not None and tenant.desired is Desired.ACTIVE
        same = tenant is not None and tenant.generation == entry.generation
        if entry.phase is Phase.SERVING and not (wanted and same):
            self._change(entry, self._stop(entry, Phase.DOWN))
        elif entry.phase is Phase.SERVING and tenant is not None:
            self._keep_up(entry, tenant)
        elif tenant is None:
            self._drop(entry)
            self._reporter.forget(tenant_id)
        elif tenant.desired is Desired.ERASING:
            self._change(entry, self._erase(entry))
        elif not wanted:
            self._drop(entry)
            self._reporter.report(tenant_id, Observed.STOPPED)
        elif entry.phase is Phase.DOWN or not same:
            entry.wished = entry.wished or not same
            self._change(entry, self._start(entry, tenant))

    def _first_look(self, tenant: Tenant | None) -> TenantState | None:
        """Create an entry only for a tenant that should run or is being erased."""
        if tenant is None:
            return None
        if tenant.desired in {Desired.ACTIVE, Desired.ERASING}:
            entry = self._entries[tenant.id] = TenantState(tenant, wished=self._since is not None)
            self._quarantines.resume(entry, tenant)
            return entry
        self._reporter.report(tenant.id, Observed.STOPPED)
        return None

    def _keep_up(self, entry: TenantState, tenant: Tenant) -> None:
        self._serving.apply(entry, tenant)
        if entry.tenant_id in self._refreshed:
            self._refreshed.discard(entry.tenant_id)
            self._changes.start(self._refresh(entry), f"refresh {entry.tenant_id}")

    async def _refresh(self, entry: TenantState) -> None:
        """Apply changed features; retry with growing pauses until it works or it restarts."""
        tenant_id = entry.tenant_id
        try:
            await self._serving.refresh(entry)
        except Exception:
            pause = self._refresh_pauses.setdefault(tenant_id, Backoff(longest=300.0)).next()
            log.exception("changed features not applied", tenant=tenant_id, again_in=pause)
            asyncio.get_running_loop().call_later(pause, self.refresh, tenant_id)
        else:
            self._refresh_pauses.pop(tenant_id, None)

    def _change(self, entry: TenantState, work: Coroutine[Any, Any, None]) -> None:
        entry.task = self._changes.start(work, f"change {entry.tenant_id}")
        entry.overtaken = False
        entry.task.add_done_callback(lambda _: self._changed(entry))

    def _changed(self, entry: TenantState) -> None:
        """Reconcile again unless SERVING and unchanged."""
        entry.task = None
        if entry.overtaken or entry.phase is not Phase.SERVING:
            self.wake(entry.tenant_id)

    async def _start(self, entry: TenantState, tenant: Tenant) -> None:
        entry.generation = tenant.generation
        entry.phase = Phase.STARTING
        try:
            async with self._loads:
                await self._serving.start(entry, tenant)
            entry.wished = False
            entry.phase = Phase.SERVING
        except Exception as error:
            await self._unwind(entry)
            self._not_started(entry, error)

    def _not_started(self, entry: TenantState, error: Exception) -> None:
        if is_outage(error):
            entry.phase = Phase.STARTING
            self._reporter.report(entry.tenant_id, Observed.BACKING_OFF, "database")
            asyncio.get_running_loop().call_later(_AGAIN, self._try_again, entry)
            return
        entry.phase = Phase.SET_ASIDE
        log.error("tenant not started", tenant=entry.tenant_id, exc_info=error)
        detail = error.code if isinstance(error, PlatformError) else type(error).__name__
        self._reporter.report(entry.tenant_id, Observed.QUARANTINED, detail)

    def _try_again(self, entry: TenantState) -> None:
        entry.phase = Phase.DOWN
        self.wake(entry.tenant_id)

    async def _stop(self, entry: TenantState, then: Phase) -> None:
        entry.phase = Phase.STOPPING
        await self._unwind(entry)
        entry.phase = then

    async def _quarantine(self, entry: TenantState) -> None:
        await self._stop(entry, Phase.SET_ASIDE)
        self._quarantines.begin(entry)

    async def _unwind(self, entry: TenantState) -> None:
        undo, entry.undo = entry.undo, None
        if entry.runtime is not None:
            entry.runtime.open = False
        if undo is not None:
            await undo.unwind(entry.tenant_id, self._settings.unload_timeout)
        entry.runtime = entry.poller = entry.polling = None

    async def _erase(self, entry: TenantState) -> None:
        try:
            await self._lifecycle.finish_erasure(entry.tenant_id)
        except (NotFound, StateConflict):
            log.info("nothing to erase", tenant=entry.tenant_id)
        except Exception:
            log.exception("erasure not finished, retrying", tenant=entry.tenant_id)
            await asyncio.sleep(_AGAIN)

    def _drop(self, entry: TenantState) -> None:
        self._entries.pop(entry.tenant_id, None)
        self._refreshed.discard(entry.tenant_id)
        self._refresh_pauses.pop(entry.tenant_id, None)
        self._metrics.top.forget(entry.tenant_id)
