"""Periodic check of accounts: closes idle connections, detects ended sessions."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

import structlog

from mtproto.accounts.connections import Connections
from mtproto.accounts.pool import AccountPool
from mtproto.accounts.repository import Records
from mtproto.settings import MtprotoSettings
from tenants.domain.errors import PlatformError
from tenants.domain.model import TenantId
from tenants.domain.ports import Clock
from tenants.support.background_tasks import BackgroundTasks

log = structlog.get_logger(__name__)

_AT_ONCE: Final = 4
_SOON: Final = 60.0
"""Seconds between two checks of an account that opening its window may cause."""


class AccountHealthCheck:
    """Checks all accounts periodically."""

    def __init__(
        self,
        *,
        pool: AccountPool,
        connections: Connections,
        records: Records,
        clock: Clock,
        settings: MtprotoSettings,
    ) -> None:
        self._pool = pool
        self._connections = connections
        self._records = records
        self._clock = clock
        self._settings = settings
        self._nursery = BackgroundTasks("account care")
        self._looked_at: dict[TenantId, float] = {}
        self._looking = asyncio.Semaphore(_AT_ONCE)

    async def start(self) -> None:
        self._pool.on_view = self.look_soon
        self._nursery.start(self._sweep_for_ever(), "accounts:sweep")

    async def stop(self) -> None:
        await self._nursery.close()

    async def sweep(self) -> None:
        """Close idle connections, save session states, check accounts that are not in use."""
        await self._connections.sweep()
        usable = await self._records.usable()
        here = {tenant_id for tenant_id, _, _ in usable}
        for gone in self._looked_at.keys() - here:
            del self._looked_at[gone]
        due = [tenant_id for tenant_id, _, used in usable if self._is_due(tenant_id, used)]
        due.sort(key=lambda tenant_id: self._looked_at.get(tenant_id, 0.0))
        await asyncio.gather(
            *(self._look_at(tenant_id) for tenant_id in due[: self._settings.checks_a_sweep])
        )

    def look_soon(self, tenant_id: TenantId) -> None:
        """Check in the background whether the account's session is valid; called when its
        window is opened. Changes are published as events."""
        if self._connections.is_open(tenant_id):
            return
        looked = self._looked_at.get(tenant_id)
        if looked is None or self._clock.monotonic() - looked >= _SOON:
            self._looked_at[tenant_id] = self._clock.monotonic()
            self._nursery.start(self._look_at(tenant_id), f"account:{tenant_id}:look")

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._settings.sweep_every)
            try:
                await self.sweep()
            except Exception:
                log.exception("sweep of accounts failed")

    def _is_due(self, tenant_id: TenantId, used: datetime) -> bool:
        every = self._settings.check_every
        looked = self._looked_at.get(tenant_id)
        if looked is not None and self._clock.monotonic() - looked < every:
            return False
        if self._connections.is_open(tenant_id):
            return False
        return (self._clock.now() - used).total_seconds() >= every

    async def _look_at(self, tenant_id: TenantId) -> None:
        """Detects a session ended in Settings > Devices although no feature uses it."""
        self._looked_at[tenant_id] = self._clock.monotonic()
        async with self._looking:
            try:
                await self._pool.check(tenant_id)
            except PlatformError as error:
                log.info("account check failed", tenant=tenant_id, error=error.code)
            except Exception as error:
                log.error("account not checked", tenant=tenant_id, error=type(error).__name__)
