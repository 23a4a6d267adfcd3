"""A tenant's settings for each feature of its bot."""

from __future__ import annotations

from typing import Any

from tenants.domain.events import EventBus, FeaturesChanged
from tenants.domain.model import Actor, FeatureChoice, TenantId
from tenants.domain.ports import Clock
from tenants.security.audit_chain import Audit
from tenants.security.authorization import Access, Permission
from tenants.store import Database


class FeatureSettings:
    """Feature keys and stored choices; the registry has the features and their defaults."""

    def __init__(
        self, db: Database, audit: Audit, access: Access, events: EventBus, clock: Clock
    ) -> None:
        self._db = db
        self._audit = audit
        self._access = access
        self._events = events
        self._clock = clock

    async def choices_for(self, actor: Actor, tenant_id: TenantId) -> dict[str, FeatureChoice]:
        """As :meth:`choices`, with authorisation, for a person's windows.

        Raises:
            AccessDenied, ImpersonationEnded: the actor may not see this bot.
        """
        async with self._access.reading(actor, Permission.VIEW_SETTINGS, tenant_id) as (uow, _):
            return await uow.features.of(tenant_id)

    async def choices(self, tenant_id: TenantId) -> dict[str, FeatureChoice]:
        """By key, for the platform itself. A feature that is absent has its default."""
        async with self._db.read() as uow:
            return await uow.features.of(tenant_id)

    async def enabled(self, tenant_id: TenantId) -> frozenset[str]:
        """Keys of features that were switched on."""
        choices = await self.choices(tenant_id)
        return frozenset(key for key, choice in choices.items() if choice.enabled)

    async def set(
        self,
        actor: Actor,
        tenant_id: TenantId,
        key: str,
        *,
        enabled: bool | None = None,
        options: dict[str, Any] | None = None,
    ) -> FeatureChoice:
        """Change one feature; None leaves a value as it is (first choice: enabled, no options).

        Raises:
            AccessDenied, ReadOnly, ImpersonationEnded.
        """
        async with self._access.writing(actor, Permission.MANAGE, tenant_id) as (uow, tenant):
            assert tenant is not None
            before = (await uow.features.of(tenant_id)).get(key)
            before = before or FeatureChoice(enabled=True, options={})
            after = FeatureChoice(
                enabled=before.enabled if enabled is None else enabled,
                options=before.options if options is None else options,
            )
            changed = [name for name in after.options if _differs(before, after, name)]
            await self._audit.record(
                uow,
                actor,
                "tenant:feature:set",
                tenant_id=tenant_id,
                subject_id=tenant.owner_id,
                details={"feature": key, "enabled": after.enabled, "changed": sorted(changed)},
            )
            now = self._clock.now()
            await uow.features.put(tenant_id, key, after.enabled, after.options, now)
        await self._events.publish(FeaturesChanged(tenant_id=tenant_id, owner_id=tenant.owner_id))
        return after


def _differs(before: FeatureChoice, after: FeatureChoice, name: str) -> bool:
    return bool(before.options.get(name) != after.options[name])
