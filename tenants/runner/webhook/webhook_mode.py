"""Webhook mode: an idle bot has only its entry in memory; its context is built on the first
update and dropped when it has been idle for long."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Final, Self

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramRetryAfter

from tenants.domain.model import Observed, Tenant, TenantId
from tenants.runner.ingest.backoff import Backoff, StartPacer
from tenants.runner.ingest.polling_mode import cancelled
from tenants.runner.runtime.lifecycle import RuntimeLifecycle
from tenants.runner.runtime.runtime import Runtime
from tenants.runner.supervision.refused_tokens import REFUSED, RefusedTokens
from tenants.runner.supervision.status_reporter import Reporter
from tenants.runner.supervision.teardown import UnloadStack
from tenants.runner.supervision.tenant_state import Phase, TenantState
from tenants.runner.webhook.contexts import HookContexts
from tenants.runner.webhook.registration import Found, SeenWebhook, Webhooks
from tenants.services.inspections import Inspections
from tenants.support.background_tasks import BackgroundTasks
from tenants.support.keyed_locks import KeyedLocks
from tenants.support.metrics import Metrics
from tenants.telegram.send_limits import without_waiting

log = structlog.get_logger(__name__)

FAILING: Final = "webhook_failing:"
"""Prefix of Telegram's description of a failed delivery."""
_SET_AT_ONCE: Final = 100
_FAILED_LATELY: Final = 900.0
"""Seconds. Telegram retries at least every one or two minutes."""


class LazyTeardown:
    """Stops one tenant. An idle tenant keeps this instead of a stack of steps."""

    __slots__ = ("_entry", "_serving")

    def __init__(self, serving: WebhookMode, entry: TenantState) -> None:
        self._serving = serving
        self._entry = entry

    async def unwind(self, tenant_id: TenantId, timeout: float) -> None:  # noqa: ASYNC109
        await self._serving.undo_steps(self._entry).unwind(tenant_id, timeout)


class _Greeting(Enum):
    """What is done once a bot's webhook is set."""

    NONE = auto()
    ASKED_FOR = auto()
    NEW = auto()

    @classmethod
    def of(cls, entry: TenantState, tenant: Tenant) -> Self:
        if tenant.observed_at is None:
            return cls(cls.NEW)
        return cls(cls.ASKED_FOR if entry.wished else cls.NONE)


@dataclass(frozen=True, slots=True)
class Hook:
    """What setting a webhook needs, so that the context may be dropped meanwhile."""

    bot: Bot
    allowed: list[str]

    @classmethod
    def of(cls, runtime: Runtime) -> Self:
        return cls(runtime.context.bot, runtime.context.features.allowed_updates)


class WebhookMode:
    """Satisfies :class:`tenants.runner.ingest.polling_mode.DeliveryMode`."""

    def __init__(
        self,
        *,
        contexts: HookContexts,
        attaching: RuntimeLifecycle,
        webhooks: Webhooks,
        pacer: StartPacer,
        refused: RefusedTokens,
        inspections: Inspections,
        reporter: Reporter,
        metrics: Metrics,
        nursery: BackgroundTasks,
    ) -> None:
        self.contexts = contexts
        self._attaching = attaching
        self._webhooks = webhooks
        self._pacer = pacer
        self._refused = refused
        self._inspections = inspections
        self._reporter = reporter
        self._metrics = metrics
        self._nursery = nursery
        self._to_set: deque[tuple[TenantState, _Greeting]] = deque()
        """Tenants whose webhook is to be set."""
        self._setting: dict[TenantId, asyncio.Task[None]] = {}
        self._first_tries: set[TenantId] = set()
        self._changing: KeyedLocks[TenantId] = KeyedLocks()
        """Held while a tenant's webhook is set or removed."""
        self._leaving = False

    async def start(self, entry: TenantState, tenant: Tenant) -> None:
        entry.undo = LazyTeardown(self, entry)
        await self.contexts.get(entry, tenant)
        await self.contexts.drop_if_idle(entry)
        self._to_set.append((entry, _Greeting.of(entry, tenant)))
        self._set_next()
        if entry.wished or tenant.observed is not Observed.ONLINE:
            self._reporter.report(tenant.id, Observed.STARTING)

    def apply(self, entry: TenantState, tenant: Tenant) -> None:
        if entry.runtime is not None:
            self._attaching.apply(entry.runtime, tenant)

    async def refresh(self, entry: TenantState) -> None:
        runtime = await self.contexts.get(entry)
        if await self._attaching.refresh(runtime):
            await self._set_webhook(entry, Hook.of(runtime))

    @asynccontextmanager
    async def bot_of(self, entry: TenantState) -> AsyncIterator[Bot]:
        runtime = await self.contexts.get(entry)
        try:
            yield runtime.context.bot
        finally:
            await self.contexts.drop_if_idle(entry)

    async def check(self, entry: TenantState) -> bool:
        """Check whether the webhook is still ours, set it again if not, and check whether
        Telegram can deliver. Only for a bot that is served and has completed its start."""
        if entry.phase is not Phase.SERVING or entry.busy or entry.tenant_id in self._setting:
            return True
        runtime = await self.contexts.get(entry)
        seen = await self._ensure(entry, Hook.of(runtime))
        if seen is None:
            return True
        if _fails(seen, entry):
            await self._fails(entry.tenant_id, seen)
            return False
        await self._now_set(entry.tenant_id, seen)
        return True

    def undo_steps(self, entry: TenantState) -> UnloadStack:
        """The steps that stop a tenant, the last one first."""
        steps = UnloadStack()
        steps.push("drop the context", lambda: self.contexts.drop(entry))
        steps.push("remove the webhook", lambda: self._take_down(entry))
        return steps

    def leave_webhooks(self) -> None:
        """The process stops: keep webhooks set; Telegram keeps new updates meanwhile."""
        self._leaving = True

    def _set_next(self) -> None:
        """Set a few at a time: those that wait cost one queue entry each."""
        while self._to_set and len(self._first_tries) < _SET_AT_ONCE:
            entry, greet = self._to_set.popleft()
            if entry.undo is None:
                continue  # Stopped before its turn.
            tenant_id = entry.tenant_id
            setting = self._nursery.start(self._set_up(entry, greet), f"webhook {tenant_id}")
            self._setting[tenant_id] = setting
            self._first_tries.add(tenant_id)
            setting.add_done_callback(partial(self._set_ended, tenant_id))

    def _set_ended(self, tenant_id: TenantId, _: asyncio.Task[None]) -> None:
        self._setting.pop(tenant_id, None)
        self._first_tries.discard(tenant_id)
        self._set_next()

    async def _set_up(self, entry: TenantState, greet: _Greeting) -> None:
        runtime = await self.contexts.get(entry)
        await self._set_webhook(entry, Hook.of(runtime))
        if greet is not _Greeting.NONE:
            runtime = await self.contexts.get(entry)
            await self._attaching.welcome(runtime, new=greet is _Greeting.NEW)
        await self.contexts.drop_if_idle(entry)

    async def _set_webhook(self, entry: TenantState, hook: Hook) -> None:
        """Retry until it is set or the token is revoked."""
        backoff = Backoff()
        while True:
            try:
                seen = await self._ensure(entry, hook)
            except REFUSED:
                self._let_next(entry.tenant_id)
                if not await self._refused.settle(entry.tenant_id, hook.bot):
                    return
                await asyncio.sleep(backoff.next())
            except TelegramAPIError as error:
                self._failed(entry.tenant_id, error)
                self._let_next(entry.tenant_id)
                await asyncio.sleep(max(backoff.next(), _asked_to_wait(error)))
            else:
                break
        if seen is not None:
            await self._now_set(entry.tenant_id, seen)

    def _let_next(self, tenant_id: TenantId) -> None:
        """Free the slot after the first try: one that keeps failing must not block others."""
        self._first_tries.discard(tenant_id)
        self._set_next()

    async def _ensure(self, entry: TenantState, hook: Hook) -> SeenWebhook | None:
        """Set it in turn with the other starting bots; None when it was stopped meanwhile. A
        pause that Telegram requires of this bot is waited for outside."""
        tenant_id = entry.tenant_id
        async with self._changing.hold(tenant_id), self._pacer.turn():
            if entry.undo is None:
                return None
            try:
                with without_waiting():
                    seen = await self._webhooks.ensure(hook.bot, tenant_id, hook.allowed)
            except TelegramRetryAfter:
                self._pacer.refused(tenant_id)
                raise
        self._pacer.accepted()
        return seen

    async def _now_set(self, tenant_id: TenantId, seen: SeenWebhook) -> None:
        """A changed webhook stays reported until the bot is restarted with its new token."""
        online = self._reporter.seen(tenant_id) is Observed.ONLINE
        if online and seen.found is not Found.FOREIGN:
            return
        if online:
            # Whoever changed it has the token. It is ours again, and the owner is notified.
            log.error("webhook was changed by somebody", tenant=tenant_id, host=seen.host)
            await self._inspections.webhook_changed(tenant_id, seen.host)
        detail = f"webhook_changed:{seen.host}" if online else ""
        self._reporter.report(tenant_id, Observed.ONLINE, detail)

    async def _fails(self, tenant_id: TenantId, seen: SeenWebhook) -> None:
        log.warning("Telegram can't deliver", tenant=tenant_id, error=seen.error)
        self._reporter.report(tenant_id, Observed.BACKING_OFF, f"{FAILING}{seen.error}")
        await self._inspections.delivery_fails(tenant_id, seen.error, seen.pending)

    def _failed(self, tenant_id: TenantId, error: TelegramAPIError) -> None:
        kind = "flood" if isinstance(error, TelegramRetryAfter) else type(error).__name__
        self._metrics.intake_errors.labels(kind).inc()
        self._reporter.report(tenant_id, Observed.BACKING_OFF, kind)

    async def _take_down(self, entry: TenantState) -> None:
        setting = self._setting.get(entry.tenant_id)
        if setting is not None:
            await cancelled(setting)
        if self._leaving:
            return
        runtime = await self.contexts.get(entry)
        async with self._changing.hold(entry.tenant_id):
            await self._webhooks.remove(runtime, any_host=False)


def _asked_to_wait(error: TelegramAPIError) -> float:
    return error.retry_after if isinstance(error, TelegramRetryAfter) else 0.0


def _fails(seen: SeenWebhook, entry: TenantState) -> bool:
    """Updates are pending, and the last delivery failed, recently and after the last success."""
    lately = seen.failed_at > max(time.time() - _FAILED_LATELY, entry.taken_at)
    return seen.pending > 0 and lately and seen.found is Found.AS_WE_SET_IT
