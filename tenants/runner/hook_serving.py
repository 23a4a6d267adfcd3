"""Serving tenants by webhook: an idle bot costs an entry; its context is built on the first
update and dropped when it has been idle for long."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import Final, Self

import structlog
from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)

from tenants.errors import SecretMissing
from tenants.locks import KeyedLocks
from tenants.metrics import Metrics
from tenants.model import Observed, Tenant, TenantId
from tenants.runner.attaching import Attaching
from tenants.runner.entry import Entry
from tenants.runner.pacing import Backoff, StartPacer
from tenants.runner.reporter import Reporter
from tenants.runner.runtime import Runtime
from tenants.runner.serving import cancelled
from tenants.runner.unloading import UnloadStack
from tenants.runner.webhooks import Found, Webhooks
from tenants.store import Database
from tenants.tasks import Nursery
from tenants.telegram.outgoing import without_waiting

log = structlog.get_logger(__name__)

_SET_AT_ONCE: Final = 100


class TakenDown:
    """Undoes what runs of one tenant. An idle tenant keeps this instead of a stack of steps."""

    __slots__ = ("_entry", "_serving")

    def __init__(self, serving: HookServing, entry: Entry) -> None:
        self._serving = serving
        self._entry = entry

    async def unwind(self, tenant_id: TenantId, timeout: float) -> None:  # noqa: ASYNC109
        await self._serving.undo_steps(self._entry).unwind(tenant_id, timeout)


@dataclass(frozen=True, slots=True)
class Hook:
    """What setting a webhook needs, so that the context need not wait for it."""

    bot: Bot
    allowed: list[str]

    @classmethod
    def of(cls, runtime: Runtime) -> Self:
        return cls(runtime.context.bot, runtime.context.features.allowed_updates)


class HookServing:
    """Satisfies :class:`tenants.runner.serving.Serving`."""

    def __init__(
        self,
        *,
        db: Database,
        attaching: Attaching,
        webhooks: Webhooks,
        pacer: StartPacer,
        reporter: Reporter,
        metrics: Metrics,
        nursery: Nursery,
    ) -> None:
        self._db = db
        self._attaching = attaching
        self._webhooks = webhooks
        self._pacer = pacer
        self._reporter = reporter
        self._metrics = metrics
        self._nursery = nursery
        self._contexts: KeyedLocks[TenantId] = KeyedLocks()
        """Held while a tenant's context is built or dropped."""
        self._to_set: deque[tuple[Entry, bool]] = deque()
        """Whose webhook is to be set, and whether the bot is new."""
        self._setting: dict[TenantId, asyncio.Task[None]] = {}
        self._first_tries: set[TenantId] = set()
        self._leaving = False

    async def start(self, entry: Entry, tenant: Tenant) -> None:
        entry.undo = TakenDown(self, entry)
        runtime = await self.runtime(entry, tenant)
        await self._drop_if_idle(entry, runtime)
        self._to_set.append((entry, entry.wished or tenant.observed_at is None))
        self._set_next()
        if tenant.observed is not Observed.ONLINE:
            self._reporter.report(tenant.id, Observed.STARTING)

    def apply(self, entry: Entry, tenant: Tenant) -> None:
        if entry.runtime is not None:
            self._attaching.apply(entry.runtime, tenant)

    async def refresh(self, entry: Entry) -> None:
        runtime = await self.runtime(entry)
        if await self._attaching.refresh(runtime):
            await self._set_webhook(entry, Hook.of(runtime))

    async def runtime(self, entry: Entry, tenant: Tenant | None = None) -> Runtime:
        """The tenant's runtime, built when it isn't there.

        Raises:
            SecretMissing, Tampered: its token can't be had.
        """
        if entry.runtime is not None:
            return entry.runtime
        async with self._contexts.hold(entry.tenant_id):
            if entry.runtime is None:
                entry.runtime = await self._build(entry, tenant)
            return entry.runtime

    async def evict_idle(self, entries: list[Entry], idle: float) -> int:
        """Drop contexts nobody used for ``idle`` seconds. Returns how many went."""
        before = time.monotonic() - idle
        evicted = 0
        for entry in entries:
            runtime = entry.runtime
            if runtime is None or entry.busy or runtime.worker.size or runtime.last_used > before:
                continue
            await self._drop(entry)
            evicted += 1
        return evicted

    async def check(self, entry: Entry) -> None:
        """See whether the webhook is still ours, and set it again where it is not."""
        runtime = await self.runtime(entry)
        await self._set_webhook(entry, Hook.of(runtime))

    def undo_steps(self, entry: Entry) -> UnloadStack:
        """How a tenant is taken down, the last step first."""
        steps = UnloadStack()
        steps.push("drop the context", lambda: self._drop(entry))
        steps.push("remove the webhook", lambda: self._take_down(entry))
        return steps

    async def _build(self, entry: Entry, tenant: Tenant | None) -> Runtime:
        if tenant is None:
            async with self._db.read() as uow:
                tenant = await uow.tenants.get(entry.tenant_id)
        if tenant is None:
            raise SecretMissing()
        undo = UnloadStack()
        runtime = await self._attaching.attach(tenant, undo)
        runtime.undo = undo
        return runtime

    async def _drop(self, entry: Entry) -> None:
        async with self._contexts.hold(entry.tenant_id):
            runtime, entry.runtime = entry.runtime, None
            if runtime is not None and runtime.undo is not None:
                runtime.open = False
                await runtime.undo.unwind(entry.tenant_id, self._attaching.unload_timeout)

    def _set_next(self) -> None:
        """Set some at a time: those that wait for their turn cost a line in a list."""
        while self._to_set and len(self._first_tries) < _SET_AT_ONCE:
            entry, greet = self._to_set.popleft()
            if entry.undo is None:
                continue  # Taken down before its turn.
            tenant_id = entry.tenant_id
            setting = self._nursery.start(self._set_up(entry, greet), f"webhook {tenant_id}")
            self._setting[tenant_id] = setting
            self._first_tries.add(tenant_id)
            setting.add_done_callback(partial(self._set_ended, tenant_id))

    def _set_ended(self, tenant_id: TenantId, _: asyncio.Task[None]) -> None:
        self._setting.pop(tenant_id, None)
        self._first_tries.discard(tenant_id)
        self._set_next()

    async def _set_up(self, entry: Entry, greet: bool) -> None:
        runtime = await self.runtime(entry)
        await self._set_webhook(entry, Hook.of(runtime))
        if greet:
            await self._attaching.greet(await self.runtime(entry))
        if entry.runtime is not None:
            await self._drop_if_idle(entry, entry.runtime)

    async def _set_webhook(self, entry: Entry, hook: Hook) -> None:
        """Until it is set, or the token is refused."""
        backoff = Backoff()
        while True:
            try:
                found, host = await self._ensure(entry.tenant_id, hook)
            except TelegramUnauthorizedError:
                self._reporter.report(entry.tenant_id, Observed.TOKEN_REVOKED)
                return
            except TelegramAPIError as error:
                self._failed(entry.tenant_id, error)
                # One that fails on and on takes nobody else's turn.
                self._first_tries.discard(entry.tenant_id)
                self._set_next()
                await asyncio.sleep(max(backoff.next(), _asked_to_wait(error)))
            else:
                break
        self._now_set(entry.tenant_id, found, host)

    async def _ensure(self, tenant_id: TenantId, hook: Hook) -> tuple[Found, str]:
        """In turn with the other bots that come up. A pause that Telegram asks of this bot is
        waited for outside."""
        async with self._pacer.turn():
            try:
                with without_waiting():
                    seen = await self._webhooks.ensure(hook.bot, tenant_id, hook.allowed)
            except TelegramRetryAfter:
                self._pacer.refused(tenant_id)
                raise
        self._pacer.accepted()
        return seen

    def _now_set(self, tenant_id: TenantId, found: Found, host: str) -> None:
        leaked = found is Found.FOREIGN and self._reporter.seen(tenant_id) is Observed.ONLINE
        if leaked:
            # Whoever changed it holds the token. It is ours again, and its owner is told.
            log.error("webhook was changed by somebody", tenant=tenant_id, host=host)
        detail = f"webhook_changed:{host}" if leaked else ""
        self._reporter.report(tenant_id, Observed.ONLINE, detail)

    def _failed(self, tenant_id: TenantId, error: TelegramAPIError) -> None:
        kind = "flood" if isinstance(error, TelegramRetryAfter) else type(error).__name__
        self._metrics.intake_errors.labels(kind).inc()
        self._reporter.report(tenant_id, Observed.BACKING_OFF, kind)

    async def _drop_if_idle(self, entry: Entry, runtime: Runtime) -> None:
        """It is built again on the first update."""
        if not runtime.worker.size and entry.runtime is runtime:
            await self._drop(entry)

    async def _take_down(self, entry: Entry) -> None:
        setting = self._setting.get(entry.tenant_id)
        if setting is not None:
            await cancelled(setting)
        if self._leaving:
            return
        runtime = await self.runtime(entry)
        await self._webhooks.remove(runtime, any_host=False)

    def leave_webhooks(self) -> None:
        """The process stops: webhooks stay set, and Telegram keeps what comes meanwhile."""
        self._leaving = True


def _asked_to_wait(error: TelegramAPIError) -> float:
    return error.retry_after if isinstance(error, TelegramRetryAfter) else 0.0
