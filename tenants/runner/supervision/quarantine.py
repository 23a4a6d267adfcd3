"""How long a tenant stays quarantined: until a person acts, or for a stated time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from tenants.domain.model import Observed, Tenant, TenantId
from tenants.domain.ports import Clock
from tenants.runner.supervision.circuit_breaker import LASTING
from tenants.runner.supervision.tenant_state import Phase, TenantState

log = structlog.get_logger(__name__)


class Quarantines:
    """Quarantines tenants and has them started again when their time is over.

    Args:
        seconds: how long a quarantine lasts, restarts of the process included.
        wake: has the supervisor reconcile a tenant.
    """

    def __init__(self, clock: Clock, seconds: float, wake: Callable[[TenantId], None]) -> None:
        self._clock = clock
        self._seconds = seconds
        self._wake = wake

    def begin(self, entry: TenantState) -> None:
        self._keep(entry, self._seconds)

    def resume(self, entry: TenantState, tenant: Tenant) -> None:
        """Keep a tenant quarantined by an earlier process for the rest of its time."""
        left = self._left(tenant)
        if left > 0:
            self._keep(entry, left)

    def _left(self, tenant: Tenant) -> float:
        """Seconds left; 0 when it is over or a person has acted since. Errors of keys or rows
        are checked again after a restart, since repairing them requires one."""
        seen_at = tenant.observed_at
        if tenant.observed is not Observed.QUARANTINED or seen_at is None:
            return 0.0
        if tenant.observed_detail not in LASTING or tenant.updated_at > seen_at:
            return 0.0
        return self._seconds - (self._clock.now() - seen_at).total_seconds()

    def _keep(self, entry: TenantState, seconds: float) -> None:
        entry.phase = Phase.SET_ASIDE
        asyncio.get_running_loop().call_later(seconds, self._release, entry, entry.generation)

    def _release(self, entry: TenantState, generation: int) -> None:
        if entry.phase is Phase.SET_ASIDE and entry.generation == generation:
            log.info("quarantine ended", tenant=entry.tenant_id)
            entry.phase = Phase.DOWN
            self._wake(entry.tenant_id)
