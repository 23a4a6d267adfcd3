"""The runner: public interface to everything that runs tenants' bots in this process."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import structlog
from aiogram import Bot
from aiohttp import web

from tenants.bot.dispatcher import PARSER
from tenants.bot.features.registry import Registry
from tenants.domain.errors import OwnershipLost
from tenants.domain.events import (
    BotRenamed,
    DesiredStateChanged,
    EventBus,
    FeaturesChanged,
    TenantErased,
    TenantLimitsChanged,
    TenantThrottled,
    UpdatesReleased,
)
from tenants.domain.model import BotToken, TenantId
from tenants.domain.ports import Lease
from tenants.runner.control_bot.chat_queues import ControlFeed, ControlLanes
from tenants.runner.control_bot.poller import ControlPoller
from tenants.runner.control_bot.webhook import CHECK_EVERY, ControlWebhook
from tenants.runner.handling.in_flight import InFlightJournal
from tenants.runner.inbox.group_commit import Committer
from tenants.runner.inbox.queued_update import QueuedUpdate
from tenants.runner.process.lease import LEASE, ProcessLease
from tenants.runner.process.loop_watchdog import Watchdog
from tenants.runner.process.scheduler import Housekeeping
from tenants.runner.settings import RunnerSettings
from tenants.runner.supervision.rolling_restart import RollingRestart
from tenants.runner.supervision.status_reporter import Reporter
from tenants.runner.supervision.supervisor import Supervisor
from tenants.runner.supervision.telegram_inspector import TICK as INSPECT_EVERY
from tenants.runner.supervision.telegram_inspector import Inspector
from tenants.runner.supervision.tenant_state import Phase
from tenants.runner.webhook.endpoint import Hooks
from tenants.runner.webhook.paths import HookPaths
from tenants.runner.webhook.registration import Webhooks
from tenants.runner.webhook.webhook_mode import WebhookMode
from tenants.services.downtime import DowntimeDetector
from tenants.services.managed_bots import ManagedBots
from tenants.store import Database, UnitOfWork
from tenants.support.background_tasks import BackgroundTasks
from tenants.support.metrics import Metrics
from tenants.telegram.get_updates import Updates
from tenants.telegram.http_client import Telegram
from tenants.telegram.managed_bots import managed_token

log = structlog.get_logger(__name__)

_EVICT_EVERY: Final = 60.0
_WRITE_WITHIN: Final = 1.5
"""Seconds to write pending data at the end. Updates whose results are not written are handled
again after the next start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerParts:
    """Parts of a runner, built by :func:`tenants.runner.factory.build_runner`."""

    db: Database
    events: EventBus
    presence: DowntimeDetector
    telegram: Telegram
    registry: Registry
    metrics: Metrics
    settings: RunnerSettings
    lease: ProcessLease
    owns_lease: bool
    """Whether the runner acquires the lease itself and releases it."""
    committer: Committer
    journal: InFlightJournal
    reporter: Reporter
    supervisor: Supervisor
    watchdog: Watchdog
    housekeeping: Housekeeping
    restarting: RollingRestart
    updates: Updates
    paths: HookPaths
    hooks: Hooks | None
    hook_serving: WebhookMode | None
    inspector: Inspector
    managed_bots: ManagedBots
    nursery: BackgroundTasks


class Runner:
    """Starts, watches and stops all parts. Built by
    :func:`tenants.runner.factory.build_runner`."""

    def __init__(self, parts: RunnerParts) -> None:
        self._parts = parts
        self._lease: Lease | None = None
        self._lost = asyncio.Event()
        self._ready = False
        self._unlisten: list[Callable[[], None]] = []
        self._when_lost: list[Callable[[], Coroutine[Any, Any, object]]] = []
        self._control: ControlLanes | None = None
        self._control_poller: ControlPoller | None = None
        self._control_task: asyncio.Task[None] | None = None
        self._control_webhook: ControlWebhook | None = None
        self._control_nursery = BackgroundTasks("control bot")

    @property
    def metrics(self) -> Metrics:
        return self._parts.metrics

    @property
    def registry(self) -> Registry:
        """All available features."""
        return self._parts.registry

    @property
    def epoch(self) -> int:
        """Epoch of the held lease; 0 without one."""
        return self._lease.epoch if self._lease is not None else 0

    async def start(self) -> None:
        """Acquire the lease on the data, unless already acquired, and begin to run tenants.

        Raises:
            AlreadyRunning: another process serves this data.
        """
        parts = self._parts
        self._lease = await parts.lease.require(LEASE)
        parts.lease.keep(self._lease, self._lose)
        await parts.presence.came_back()
        parts.journal.open()
        parts.committer.start(self._lease, self._lose)
        await self._requeue_unparsed()
        parts.reporter.start()
        parts.watchdog.start()
        self._listen()
        await parts.supervisor.start()
        self._keep_house()
        if parts.settings.freeze_memory:
            gc.collect()
            gc.freeze()
        self._ready = True
        log.info("runner started", epoch=self._lease.epoch)

    async def stop(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Stop ingest, wait up to ``timeout`` seconds for handlers and up to two more to write
        their results, and release the lease."""
        parts = self._parts
        self._ready = False
        while self._unlisten:
            self._unlisten.pop()()
        if parts.hook_serving is not None:
            parts.hook_serving.leave_webhooks()
        await asyncio.gather(self._stop_control(timeout), parts.supervisor.stop(timeout))
        await parts.nursery.close(timeout=1.0)
        lease, self._lease = self._lease, None
        if lease is None:
            return
        await _within(_WRITE_WITHIN, parts.housekeeping.stop(), "housekeeping")
        await parts.committer.stop(timeout=_WRITE_WITHIN)
        await parts.reporter.stop(timeout=1.0)
        await parts.watchdog.stop()
        parts.journal.close()
        if parts.owns_lease:
            await parts.lease.release(lease)

    async def wait_until_lost(self) -> None:
        """Return when the lease was lost: this process must stop serving and end."""
        await self._lost.wait()

    def when_lost(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Run ``work`` at once when the lease is lost, before another process acquires it."""
        self._when_lost.append(work)

    def problems(self) -> list[str]:
        """Current problems that do not stop the platform; for ``/healthz``."""
        parts = self._parts
        found = [parts.committer.problem, parts.lease.problem, parts.supervisor.problem]
        if self._ready and self._control_task is not None and self._control_task.done():
            found.append("the control bot is not polled")
        if self._control_webhook is not None:
            found.append(self._control_webhook.problem)
        return [problem for problem in found if problem]

    def wake(self, tenant_id: TenantId) -> None:
        """Reconcile a tenant now rather than at the next sweep (events do this already)."""
        self._parts.supervisor.wake(tenant_id)

    def ready(self) -> bool:
        """True once the lease is held and every tenant was reconciled (``/readyz``)."""
        return self._ready and not self._lost.is_set()

    async def control_bot(self, bot: Bot, feed: ControlFeed, allowed_updates: list[str]) -> None:
        """Begin to receive the control bot's updates (polling, or webhook when configured).

        Each chat's updates are fed in order, chats concurrently. They are never written to
        disk; see :mod:`tenants.runner.control_bot.poller` on when they are acknowledged.

        Raises:
            TelegramAPIError: the webhook could not be set or removed.
        """
        parts = self._parts
        parts.managed_bots.fetch_token = partial(managed_token, bot)
        self._control = ControlLanes(feed, self._control_nursery)
        if parts.hooks is not None and parts.settings.webhook_url:
            webhooks = Webhooks(parts.paths, parts.settings.webhook_url)
            hook = self._control_webhook = ControlWebhook(
                bot, webhooks, self._control, allowed_updates
            )
            parts.hooks.control = hook.take
            await hook.set()
            parts.housekeeping.every(CHECK_EVERY, "control bot's webhook", hook.check)
            return
        await bot.delete_webhook(drop_pending_updates=False)
        self._control_poller = ControlPoller(
            BotToken.parse(bot.token),
            parts.updates,
            self._control,
            allowed_updates,
            parts.settings.poll_timeout,
        )
        self._control_task = parts.nursery.start(self._control_poller.run(), "poll control bot")

    def hook_routes(self) -> list[web.RouteDef]:
        """Routes for webhooks (``POST /hook/{path}``); empty when bots are polled."""
        return self._parts.hooks.routes() if self._parts.hooks is not None else []

    @property
    def restarting(self) -> RollingRestart:
        """Restarts all bots, a few at a time."""
        return self._parts.restarting

    async def _released(self, event: UpdatesReleased) -> None:
        """Handle requeued updates again, exactly as received. If the tenant does not run now,
        its next start loads them."""
        parts = self._parts
        entry = parts.supervisor.entry(event.tenant_id)
        if entry is None or entry.phase is not Phase.SERVING:
            return
        runtime = entry.runtime
        if runtime is None and parts.hook_serving is not None:
            runtime = await parts.hook_serving.contexts.get(entry)
        if runtime is None:
            return
        async with parts.db.read() as uow:
            rows = await uow.inbox.pending_among(event.tenant_id, event.update_ids)
        runtime.worker.put_stored([QueuedUpdate.from_inbox(row) for row in rows])

    async def _requeue_unparsed(self) -> None:
        """Requeue updates that an earlier version's parser could not read."""

        async def requeue(uow: UnitOfWork) -> None:
            count = await uow.inbox.requeue_unparsed(PARSER)
            if count:
                log.info("unparsed updates requeued", updates=count)

        await self._parts.db.run(requeue)

    def _listen(self) -> None:
        events, supervisor = self._parts.events, self._parts.supervisor

        async def wished(event: DesiredStateChanged) -> None:
            supervisor.wake(event.tenant_id)

        async def throttled(event: TenantThrottled) -> None:
            supervisor.wake(event.tenant_id)

        async def allowed(event: TenantLimitsChanged) -> None:
            supervisor.wake(event.tenant_id)

        async def changed(event: FeaturesChanged) -> None:
            supervisor.refresh(event.tenant_id)

        async def renamed(event: BotRenamed) -> None:
            supervisor.wake(event.tenant_id)

        async def erased(event: TenantErased) -> None:
            self._parts.metrics.top.forget(event.tenant_id)

        self._unlisten = [
            events.listen(DesiredStateChanged, wished),
            events.listen(TenantThrottled, throttled),
            events.listen(TenantLimitsChanged, allowed),
            events.listen(UpdatesReleased, self._released),
            events.listen(FeaturesChanged, changed),
            events.listen(TenantErased, erased),
            events.listen(BotRenamed, renamed),
        ]

    def _keep_house(self) -> None:
        parts = self._parts
        parts.housekeeping.start()
        parts.housekeeping.every(INSPECT_EVERY, "look at bots", parts.inspector.round)
        serving = parts.hook_serving
        if serving is None:
            return

        async def evict() -> None:
            await serving.contexts.evict(
                list(parts.supervisor.entries()), parts.settings.idle_context
            )

        parts.housekeeping.every(_EVICT_EVERY, "evict idle contexts", evict)

    async def _stop_control(self, timeout: float) -> None:  # noqa: ASYNC109
        if self._control_task is not None:
            self._control_task.cancel()
            await asyncio.wait([self._control_task])
        if self._control is not None:
            await self._control.drain(timeout)
        if self._control_poller is not None and not self._lost.is_set():
            await self._control_poller.acknowledge()
        await self._control_nursery.close()

    def _lose(self) -> None:
        """The lease is lost: no more calls to Telegram may be made."""
        if self._lost.is_set():
            return
        self._lost.set()
        log.error("lease lost, closing all sockets", error=OwnershipLost.code)
        self._parts.nursery.start(self._parts.telegram.close(), "close sockets")
        for work in self._when_lost:
            self._parts.nursery.start(work(), "lease lost")
        for entry in self._parts.supervisor.entries():
            if entry.runtime is not None:
                entry.runtime.open = False


async def _within(seconds: float, work: Coroutine[Any, Any, object], name: str) -> None:
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        log.warning("did not end in time", what=name)
