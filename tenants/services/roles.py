"""Roles: owners come from the settings; they grant the roles admin and auditor."""

from __future__ import annotations

from tenants.domain.errors import AccessDenied
from tenants.domain.model import Actor, PlatformLimits, Role, UserId
from tenants.domain.ports import Clock
from tenants.security.audit_chain import Audit
from tenants.security.authorization import Access, Permission

_GRANTED = frozenset({Role.ADMIN, Role.AUDITOR})


class Staff:
    def __init__(self, audit: Audit, access: Access, clock: Clock, limits: PlatformLimits) -> None:
        self._audit = audit
        self._access = access
        self._clock = clock
        self._owners = limits.owners

    async def all(self, actor: Actor) -> dict[UserId, Role]:
        """All users with a role, owners first. For owners."""
        async with self._access.reading(actor, Permission.GRANT_ROLES) as (uow, _):
            granted = await uow.roles.all()
        owners = dict.fromkeys(sorted(self._owners), Role.OWNER)
        return owners | {
            user_id: role for user_id, role in granted.items() if user_id not in owners
        }

    async def grant(self, actor: Actor, user_id: UserId, role: Role) -> None:
        """Grant a user the role admin or auditor.

        Raises:
            AccessDenied: not an owner, or a role that cannot be granted.
        """
        async with self._access.writing(actor, Permission.GRANT_ROLES) as (uow, _):
            if role not in _GRANTED or user_id in self._owners:
                raise AccessDenied()
            await self._audit.record(
                uow, actor, "role:grant", subject_id=user_id, details={"role": role}
            )
            await uow.roles.grant(user_id, role, actor.user_id, self._clock.now())

    async def revoke(self, actor: Actor, user_id: UserId) -> bool:
        """Revoke a role, effective from the person's next action. False: there was none."""
        async with self._access.writing(actor, Permission.GRANT_ROLES) as (uow, _):
            await self._audit.record(uow, actor, "role:revoke", subject_id=user_id)
            return await uow.roles.revoke(user_id)
