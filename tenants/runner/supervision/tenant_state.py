"""The supervisor's state of each tenant."""

from __future__ import annotations

import asyncio
from enum import Enum, auto

from tenants.domain.model import Tenant, TenantId
from tenants.runner.ingest.poller import Poller
from tenants.runner.runtime.runtime import Runtime
from tenants.runner.supervision.teardown import Teardown


class Phase(Enum):
    DOWN = auto()
    STARTING = auto()
    SERVING = auto()
    STOPPING = auto()
    SET_ASIDE = auto()
    """Quarantined: not started again until a person starts it or its time is over."""


class TenantState:
    """One tenant's state. In webhook mode an idle tenant has nothing else in memory."""

    __slots__ = (
        "generation",
        "look_at",
        "overtaken",
        "phase",
        "poller",
        "polling",
        "runtime",
        "taken_at",
        "task",
        "tenant_id",
        "undo",
        "wished",
    )

    def __init__(self, tenant: Tenant, *, wished: bool) -> None:
        self.wished = wished
        """Its next start was requested by a person, not caused by this process's start."""
        self.tenant_id: TenantId = tenant.id
        self.generation = tenant.generation
        self.phase = Phase.DOWN
        self.runtime: Runtime | None = None
        self.poller: Poller | None = None
        self.polling: asyncio.Task[None] | None = None
        """The task that polls."""
        self.undo: Teardown | None = None
        self.task: asyncio.Task[None] | None = None
        """The running change, if any; one at a time."""
        self.look_at = 0.0
        """When it is next checked at Telegram, on the monotonic clock."""
        self.taken_at = 0.0
        """Webhooks: when an update was last ingested (seconds since 1970)."""
        self.overtaken = False
        """It must be reconciled again after the running change."""

    @property
    def is_dead(self) -> bool:
        """Its poller has ended without being stopped."""
        return self.polling is not None and self.polling.done() and not self.busy

    @property
    def busy(self) -> bool:
        return self.task is not None and not self.task.done()
