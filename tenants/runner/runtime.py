"""What one tenant has in memory while its bot runs."""

from __future__ import annotations

import time

from tenants.bot.context import TenantContext
from tenants.bot.peek import Peek
from tenants.limits import Bucket, KeyedRates, Pace, Rate
from tenants.model import BotToken, Tenant, TenantId
from tenants.runner.seen import Seen
from tenants.runner.unloading import UnloadStack
from tenants.runner.worker import Worker


class Runtime:
    """A tenant's context, its pace and its worker. Parts of it change while it runs."""

    __slots__ = (
        "bucket",
        "context",
        "last_used",
        "open",
        "pace",
        "people",
        "seen",
        "token",
        "told",
        "undo",
        "worker",
    )

    def __init__(
        self,
        context: TenantContext,
        token: BotToken,
        worker: Worker,
        person_rate: Rate,
        newest: int,
    ) -> None:
        tenant = context.tenant
        self.context = context
        self.token = token
        self.worker = worker
        self.pace = Pace.of(tenant.throttle, tenant.rate_limit, tenant.concurrency)
        self.bucket = Bucket(self.pace.rate)
        self.people: KeyedRates[int] = KeyedRates(person_rate)
        self.seen = Seen(newest)
        self.told: dict[int, float] = {}
        """People who were told that they write too fast, and until when that is enough."""
        self.open = True
        self.undo: UnloadStack | None = None
        """Set where a runtime comes and goes by itself (webhooks)."""
        self.last_used = time.monotonic()
        worker.change(self.pace)

    @property
    def id(self) -> TenantId:
        return self.context.tenant.id

    def apply(self, tenant: Tenant) -> None:
        """Take over changed limits at once, without a restart."""
        self.context.tenant = tenant
        pace = Pace.of(tenant.throttle, tenant.rate_limit, tenant.concurrency)
        if pace != self.pace:
            self.pace = pace
            self.bucket.change(pace.rate)
            self.worker.change(pace)

    def wants(self, seen: Peek) -> bool:
        return self.context.features.wants(seen)
