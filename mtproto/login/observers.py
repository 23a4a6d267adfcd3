"""Callbacks for the steps a login takes without a person's action."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable

import structlog

from mtproto.login.steps import Step
from tenants.domain.model import TenantId

log = structlog.get_logger(__name__)

Watcher = Callable[[Step], Awaitable[None]]
Listener = Callable[[TenantId, Step], Awaitable[None]]


class Watchers:
    """A callback that fails is logged; the others are still called."""

    def __init__(self) -> None:
        self._of_one: dict[TenantId, list[Watcher]] = defaultdict(list)
        self._of_all: list[Listener] = []

    def watch(self, tenant_id: TenantId, watcher: Watcher) -> Callable[[], None]:
        self._of_one[tenant_id].append(watcher)

        def stop() -> None:
            watchers = self._of_one.get(tenant_id, [])
            if watcher in watchers:
                watchers.remove(watcher)
            if not watchers:
                self._of_one.pop(tenant_id, None)

        return stop

    def listen(self, listener: Listener) -> Callable[[], None]:
        self._of_all.append(listener)
        return lambda: self._of_all.remove(listener)

    async def tell(self, tenant_id: TenantId, step: Step) -> None:
        for listener in tuple(self._of_all):
            await self._safely(tenant_id, listener(tenant_id, step))
        for watcher in tuple(self._of_one.get(tenant_id, ())):
            await self._safely(tenant_id, watcher(step))

    async def _safely(self, tenant_id: TenantId, told: Awaitable[None]) -> None:
        try:
            await told
        except Exception:
            log.exception("login watcher failed", tenant=tenant_id)
