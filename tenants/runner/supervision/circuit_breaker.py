"""Quarantines a tenant whose handlers have failed too often."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from tenants.domain.model import TenantId
from tenants.runner.process.usage_counter import UsageCounter
from tenants.runner.settings import RunnerSettings

HANDLERS_FAIL: Final = "handlers_fail"
BLOCKS_THE_LOOP: Final = "blocks_the_loop"
LASTING: Final = frozenset({HANDLERS_FAIL, BLOCKS_THE_LOOP})
"""Reasons of quarantine that persist over a restart, which does not fix them."""
_WITHIN: Final = 600.0

SetAside = Callable[[TenantId, str], None]


class TenantCircuitBreaker:
    """Counts dead letters and blocked loops by tenant, each person once: one visitor alone
    never quarantines a bot."""

    def __init__(self, settings: RunnerSettings, usage: UsageCounter, set_aside: SetAside) -> None:
        self._settings = settings
        self._usage = usage
        self._set_aside = set_aside
        self._blocks: dict[TenantId, dict[int | None, float]] = {}
        """When each person's update last blocked the loop."""

    def quarantined(self, tenant_id: TenantId, in_a_row: int) -> None:
        """An update was dead-lettered, the ``in_a_row``-th without a handled one between."""
        self._usage.add(tenant_id, "errors")
        if in_a_row >= self._settings.failures_in_a_row:
            self._set_aside(tenant_id, HANDLERS_FAIL)

    def blocked(self, tenant_id: TenantId, person: int | None, seconds: float) -> None:
        """A handler of the tenant blocked the event loop for all tenants. ``person`` is whose
        update it handled; None counts as one more."""
        self._usage.add(tenant_id, "blocked_ms", int(seconds * 1000))
        now = time.monotonic()
        before = self._blocks.get(tenant_id, {})
        recent = {who: at for who, at in before.items() if at > now - _WITHIN}
        recent[person] = now
        self._blocks[tenant_id] = recent
        if len(recent) >= self._settings.blocks_before_quarantine:
            del self._blocks[tenant_id]
            self._set_aside(tenant_id, BLOCKS_THE_LOOP)
