"""Restarts every tenant's bot, a few at a time: authorisation and audit entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tenants.domain.events import DesiredStateChanged, EventBus
from tenants.domain.model import Actor, Desired, Tenant, TenantId
from tenants.domain.ports import Clock
from tenants.security.audit_chain import Audit
from tenants.security.authorization import Access, Permission
from tenants.store import Database

_ALL: Final = "platform:bots:restart"


class Restarts:
    """Selects bots and sets their desired state. The runner's rolling restart sets the pace
    (:class:`tenants.runner.supervision.rolling_restart.Restarting`)."""

    def __init__(
        self, db: Database, audit: Audit, access: Access, events: EventBus, clock: Clock
    ) -> None:
        self._db = db
        self._audit = audit
        self._access = access
        self._events = events
        self._clock = clock

    async def begin(self, actor: Actor) -> list[TenantId]:
        """Write the audit entry. Returns the bots whose desired state is active.

        Raises:
            AccessDenied: the actor is not an owner of the platform.
        """
        async with self._access.writing(actor, Permission.RESTART_ALL) as (uow, _):
            wishes = await uow.tenants.wishes()
            active = [wish.tenant_id for wish in wishes if wish.desired is Desired.ACTIVE]
            await self._audit.record(uow, actor, _ALL, details={"bots": len(active)})
        return active

    async def some(self, actor: Actor, tenant_ids: Sequence[TenantId]) -> list[Tenant]:
        """Request the restart of some bots. Returns those whose desired state is still active.

        Raises:
            AccessDenied: the role was revoked meanwhile.
        """
        now = self._clock.now()
        async with self._access.writing(actor, Permission.RESTART_ALL) as (uow, _):
            active = [t for t in await uow.tenants.many(tenant_ids) if t.desired is Desired.ACTIVE]
            wished = [await uow.tenants.wish(t.id, t.generation, now) for t in active]
        tenants = [tenant for tenant in wished if tenant is not None]
        for tenant in tenants:
            await self._events.publish(
                DesiredStateChanged(
                    tenant_id=tenant.id,
                    owner_id=tenant.owner_id,
                    desired=tenant.desired,
                    generation=tenant.generation,
                    by=actor.user_id,
                    restarted=True,
                )
            )
        return tenants
