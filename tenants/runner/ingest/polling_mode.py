"""Polling mode: updates of a tenant come by long polls."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol

import structlog
from aiogram import Bot

from tenants.domain.errors import SecretMissing
from tenants.domain.model import Observed, Tenant, TenantId
from tenants.runner.ingest.backoff import Backoff
from tenants.runner.ingest.poller import Poller, PollerDeps
from tenants.runner.runtime.lifecycle import RuntimeLifecycle
from tenants.runner.supervision.teardown import UnloadStack
from tenants.runner.supervision.tenant_state import TenantState
from tenants.support.background_tasks import BackgroundTasks

log = structlog.get_logger(__name__)

_SOON_UP: Final = 5.0
"""Seconds within which a bot that was online before a restart should be online again."""


class DeliveryMode(Protocol):
    """How updates are received. The entry's unload stack stops it."""

    async def start(self, entry: TenantState, tenant: Tenant) -> None:
        """Begin to serve.

        Raises:
            SecretMissing, Tampered: the tenant's token can't be decrypted.
        """
        ...

    def apply(self, entry: TenantState, tenant: Tenant) -> None:
        """Apply changed limits."""
        ...

    async def refresh(self, entry: TenantState) -> None:
        """Apply changed features."""
        ...

    def bot_of(self, entry: TenantState) -> AbstractAsyncContextManager[Bot]:
        """The tenant's bot, for calls outside its handlers.

        Raises:
            SecretMissing, Tampered: the tenant's token can't be decrypted.
        """
        ...

    async def check(self, entry: TenantState) -> bool:
        """Check whether updates are delivered, and repair what can be repaired. False when
        they are not: check again soon.

        Raises:
            TelegramAPIError
        """
        ...


class PollingMode:
    """One task and one socket per tenant."""

    def __init__(
        self, attaching: RuntimeLifecycle, kit: PollerDeps, nursery: BackgroundTasks
    ) -> None:
        self._attaching = attaching
        self._kit = kit
        self._nursery = nursery

    async def start(self, entry: TenantState, tenant: Tenant) -> None:
        undo = entry.undo = UnloadStack()
        runtime = entry.runtime = await self._attaching.attach(tenant, undo)
        take_over = entry.wished or tenant.observed_at is None
        poller = entry.poller = Poller(runtime, self._kit, take_over=take_over)
        polling = self._poll(poller, tenant.id)
        task = entry.polling = self._nursery.start(polling, f"poll {tenant.id}")
        undo.push("stop polling", lambda: cancelled(task))
        if take_over:
            welcome = self._attaching.welcome(runtime, new=tenant.observed_at is None)
            greeting = self._nursery.start(welcome, f"greet {tenant.id}")
            undo.push("stop greeting", lambda: cancelled(greeting))
        if tenant.observed is not Observed.ONLINE:
            self._kit.reporter.report(tenant.id, Observed.STARTING)
        else:
            asyncio.get_running_loop().call_later(_SOON_UP, self._slow_start, entry, poller)

    async def _poll(self, poller: Poller, tenant_id: TenantId) -> None:
        """Poll until cancelled; an unexpected error causes a pause, not the end."""
        backoff = Backoff()
        while True:
            try:
                await poller.run()
            except Exception as error:
                log.exception("poller failed, restarting it", tenant=tenant_id)
                self._kit.reporter.report(tenant_id, Observed.BACKING_OFF, type(error).__name__)
            await asyncio.sleep(backoff.next())

    def _slow_start(self, entry: TenantState, poller: Poller) -> None:
        """Report the start if it takes long: the state from before a restart is outdated."""
        seen = self._kit.reporter.seen(entry.tenant_id)
        if entry.poller is poller and not poller.up and seen is Observed.ONLINE:
            self._kit.reporter.report(entry.tenant_id, Observed.STARTING)

    def apply(self, entry: TenantState, tenant: Tenant) -> None:
        if entry.runtime is not None:
            self._attaching.apply(entry.runtime, tenant)

    async def refresh(self, entry: TenantState) -> None:
        runtime, poller = entry.runtime, entry.poller
        if runtime is not None and await self._attaching.refresh(runtime) and poller is not None:
            poller.refresh()

    @asynccontextmanager
    async def bot_of(self, entry: TenantState) -> AsyncIterator[Bot]:
        if entry.runtime is None:
            raise SecretMissing()
        yield entry.runtime.context.bot

    async def check(self, entry: TenantState) -> bool:  # noqa: ARG002 the polls show what is wrong
        """True: polls report their own problems."""
        return True


async def cancelled(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait for its end."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.wait([task])
