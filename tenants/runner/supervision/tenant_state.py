"""What the supervisor keeps of each tenant it has seen."""

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
    """Not started again until a person asks for it: poisoned, or its handlers keep failing."""


class TenantState:
    """One tenant's place. In webhook mode an idle tenant is nothing more than this."""

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
        """A person asked for its next start, rather than this process coming up."""
        self.tenant_id: TenantId = tenant.id
        self.generation = tenant.generation
        self.phase = Phase.DOWN
        self.runtime: Runtime | None = None
        self.poller: Poller | None = None
        self.polling: asyncio.Task[None] | None = None
        """The poller at work."""
        self.undo: Teardown | None = None
        self.task: asyncio.Task[None] | None = None
        """The change under way, if any; one at a time."""
        self.look_at = 0.0
        """When it is looked at again at Telegram, on the monotonic clock."""
        self.taken_at = 0.0
        """Webhooks: when an update was last taken in (seconds since 1970)."""
        self.overtaken = False
        """Somebody wanted something of it while it changed."""

    @property
    def is_dead(self) -> bool:
        """Its poller has ended although nobody stopped it."""
        return self.polling is not None and self.polling.done() and not self.busy

    @property
    def busy(self) -> bool:
        return self.task is not None and not self.task.done()
