"""Webhook mode: tenants' contexts, built on demand and dropped when idle."""

from __future__ import annotations

import time

from tenants.domain.errors import SecretMissing
from tenants.domain.model import Tenant, TenantId
from tenants.runner.runtime.lifecycle import RuntimeLifecycle
from tenants.runner.runtime.runtime import Runtime
from tenants.runner.supervision.teardown import UnloadStack
from tenants.runner.supervision.tenant_state import TenantState
from tenants.store import Database
from tenants.support.keyed_locks import KeyedLocks


class HookContexts:
    """Builds and drops contexts; never more than one per tenant."""

    def __init__(self, db: Database, attaching: RuntimeLifecycle) -> None:
        self._db = db
        self._attaching = attaching
        self._locks: KeyedLocks[TenantId] = KeyedLocks()

    async def get(self, entry: TenantState, tenant: Tenant | None = None) -> Runtime:
        """The tenant's runtime, built when there is none.

        Raises:
            SecretMissing, Tampered: its token can't be decrypted.
        """
        if entry.runtime is not None:
            return entry.runtime
        async with self._locks.hold(entry.tenant_id):
            if entry.runtime is None:
                entry.runtime = await self._build(entry, tenant)
            return entry.runtime

    async def drop(self, entry: TenantState, *, if_idle: bool = False) -> None:
        async with self._locks.hold(entry.tenant_id):
            runtime = entry.runtime
            if runtime is None or (if_idle and not runtime.idle):
                return
            entry.runtime = None
            runtime.open = False
            if runtime.undo is not None:
                await runtime.undo.unwind(entry.tenant_id, self._attaching.unload_timeout)

    async def drop_if_idle(self, entry: TenantState) -> None:
        """Drop the context if idle; the next update builds it again."""
        if entry.runtime is not None and entry.runtime.idle:
            await self.drop(entry, if_idle=True)

    async def evict(self, entries: list[TenantState], idle: float) -> int:
        """Drop contexts unused for ``idle`` seconds. Returns how many were dropped."""
        before = time.monotonic() - idle
        evicted = 0
        for entry in entries:
            runtime = entry.runtime
            if runtime is None or entry.busy or not runtime.idle or runtime.last_used > before:
                continue
            await self.drop(entry, if_idle=True)
            evicted += 1
        return evicted

    async def _build(self, entry: TenantState, tenant: Tenant | None) -> Runtime:
        if tenant is None:
            async with self._db.read() as uow:
                tenant = await uow.tenants.get(entry.tenant_id)
        if tenant is None:
            raise SecretMissing()
        undo = UnloadStack()
        runtime = await self._attaching.attach(tenant, undo)
        runtime.undo = undo
        runtime.worker.pace_handling(runtime.pace.rate)
        return runtime
