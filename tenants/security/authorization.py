"""Authorisation. Checked at the time of the action against the store."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from typing import Final

from tenants.domain.errors import AccessDenied, ImpersonationEnded, ReadOnly
from tenants.domain.model import Actor, PlatformLimits, Role, Tenant, TenantId, UserId
from tenants.domain.ports import Clock
from tenants.i18n.translator import negotiate
from tenants.security.audit_chain import Audit
from tenants.store import Database, UnitOfWork
from tenants.support.rate_limits import KeyedRates, Rate


class Permission(StrEnum):
    """A permission for one kind of action."""

    # For one's own bot, or the bot of the impersonated tenant.
    VIEW = "view"
    """See a tenant's card and audit entries."""
    VIEW_SETTINGS = "view_settings"
    """See a tenant's own windows. Staff need impersonation, with a reason."""
    MANAGE = "manage"
    """Pause, change features and texts, restart. Staff need impersonation."""
    HOLD_SECRETS = "hold_secrets"
    """Submit a token, log in to an account, export, erase. Never while impersonating."""

    # For all tenants.
    LIST_TENANTS = "list_tenants"
    OPERATE = "operate"
    """Restart a bot and requeue failed updates: staff actions, with a notice to its owner."""
    SUSPEND = "suspend"
    THROTTLE = "throttle"
    IMPERSONATE = "impersonate"
    READ_AUDIT = "read_audit"
    GRANT_ROLES = "grant_roles"
    ERASE_ANY = "erase_any"
    RESTART_ALL = "restart_all"


_OF_ONES_OWN: Final = frozenset(
    {
        Permission.VIEW,
        Permission.VIEW_SETTINGS,
        Permission.MANAGE,
        Permission.HOLD_SECRETS,
    }
)
_WRITES: Final = frozenset({Permission.MANAGE})
_READS: Final = frozenset({Permission.VIEW, Permission.LIST_TENANTS, Permission.READ_AUDIT})
_ADMIN: Final = _READS | {
    Permission.SUSPEND,
    Permission.THROTTLE,
    Permission.IMPERSONATE,
    Permission.OPERATE,
}

GRANTS: Final[dict[Role, frozenset[Permission]]] = {
    Role.OWNER: _ADMIN | {Permission.GRANT_ROLES, Permission.ERASE_ANY, Permission.RESTART_ALL},
    Role.ADMIN: _ADMIN,
    Role.AUDITOR: _READS,
    Role.TENANT: frozenset(),
    Role.COMANAGER: frozenset(),
}
"""Permissions of each role for all tenants. For their own tenants, users have all
permissions of the first group."""

STAFF: Final = frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR})
_REFUSALS: Final = Rate(per_second=1 / 60, burst=20)
"""Audit entries that one person's refusals may add."""
_AGAIN_AFTER: Final = 3600.0
_REMEMBERED: Final = 10_000

PEERS: Final = frozenset({Role.OWNER, Role.ADMIN})
"""Roles whose holders cannot be impersonated."""


Refused = tuple[Actor, Permission, TenantId | None, str]


class Refusals:
    """Limits the audit entries for refusals: a program that presses a forged button a
    thousand times must not add a thousand entries."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._people: KeyedRates[UserId] = KeyedRates(_REFUSALS, now)
        self._seen: OrderedDict[Refused, float] = OrderedDict()
        self._unrecorded: dict[UserId, int] = {}

    def take(self, refused: Refused) -> int | None:
        """Number of this person's refusals without an entry since the last one. None: this
        refusal gets no entry either."""
        actor, now = refused[0], self._now()
        while self._seen and next(iter(self._seen.values())) <= now:
            self._seen.popitem(last=False)
        if refused in self._seen or not self._people.try_take(actor.user_id):
            if len(self._unrecorded) < _REMEMBERED:
                self._unrecorded[actor.user_id] = self._unrecorded.get(actor.user_id, 0) + 1
            return None
        self._seen[refused] = now + _AGAIN_AFTER
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return self._unrecorded.pop(actor.user_id, 0)


class Access:
    """Checks permissions. Owners come from the settings, other roles are read per check."""

    def __init__(self, db: Database, audit: Audit, clock: Clock, limits: PlatformLimits) -> None:
        self._db = db
        self._audit = audit
        self._clock = clock
        self._owners = limits.owners
        self._refusals = Refusals(clock.monotonic)

    async def actor_for(self, user_id: UserId, language: str | None = None) -> Actor:
        """The person, not impersonating, with the highest role they have now."""
        async with self._db.read() as uow:
            role = await self.role_of(uow, user_id)
        return Actor(user_id=user_id, role=role, subject_id=user_id, language=negotiate(language))

    async def role_of(self, uow: UnitOfWork, user_id: UserId) -> Role:
        if user_id in self._owners:
            return Role.OWNER
        return await uow.roles.get(user_id) or Role.TENANT

    def may(self, actor: Actor, permission: Permission) -> bool:
        """For rendering keyboards only; the action itself calls :meth:`require`."""
        return not actor.impersonates and permission in GRANTS[actor.role]

    async def require(
        self,
        uow: UnitOfWork,
        actor: Actor,
        permission: Permission,
        tenant_id: TenantId | None = None,
    ) -> Tenant | None:
        """Check that ``actor`` may do this now. Returns the tenant when one is given.

        Raises:
            AccessDenied: not permitted, or no such tenant: the error is the same.
            ReadOnly: they impersonate and may not write.
            ImpersonationEnded: it has expired or was ended.
        """
        if actor.impersonates:
            return await self._require_impersonating(uow, actor, permission, tenant_id)
        if actor.subject_id != actor.user_id:
            raise AccessDenied()
        tenant = await uow.tenants.get(tenant_id) if tenant_id is not None else None
        if tenant_id is not None and tenant is None:
            raise AccessDenied()
        if tenant and permission in _OF_ONES_OWN and tenant.owner_id == actor.user_id:
            return tenant
        if permission not in GRANTS[await self.role_of(uow, actor.user_id)]:
            raise AccessDenied()
        return tenant

    async def permission_to_manage(self, actor: Actor, tenant_id: TenantId) -> Permission:
        """The permission to :meth:`require` for an action of both owner and staff: MANAGE
        for one's own bot and while impersonating, OPERATE for another person's."""
        if actor.impersonates:
            return Permission.MANAGE
        async with self._db.read() as uow:
            own = await uow.tenants.get_owned(tenant_id, actor.user_id)
        return Permission.MANAGE if own is not None else Permission.OPERATE

    @contextlib.asynccontextmanager
    async def reading(
        self, actor: Actor, permission: Permission, tenant_id: TenantId | None = None
    ) -> AsyncIterator[tuple[UnitOfWork, Tenant | None]]:
        """A read after :meth:`require`; a denial is written to the audit log."""
        async with self._recording_denial(actor, permission, tenant_id), self._db.read() as uow:
            yield uow, await self.require(uow, actor, permission, tenant_id)

    @contextlib.asynccontextmanager
    async def writing(
        self, actor: Actor, permission: Permission, tenant_id: TenantId | None = None
    ) -> AsyncIterator[tuple[UnitOfWork, Tenant | None]]:
        """A write transaction after :meth:`require`; a denial is written to the audit log."""
        async with self._recording_denial(actor, permission, tenant_id), self._db.write() as uow:
            yield uow, await self.require(uow, actor, permission, tenant_id)

    @contextlib.asynccontextmanager
    async def _recording_denial(
        self, actor: Actor, permission: Permission, tenant_id: TenantId | None
    ) -> AsyncIterator[None]:
        try:
            yield
        except AccessDenied as denial:
            await self.deny(actor, permission, tenant_id, denial)
            raise

    async def deny(
        self,
        actor: Actor,
        permission: Permission,
        tenant_id: TenantId | None = None,
        denial: AccessDenied | None = None,
    ) -> None:
        """Write a refusal to the audit log. The same refusal within an hour, and a person's
        refusals beyond 20 at once and one per minute, are counted in the next entry."""
        why = (denial or AccessDenied()).code
        unrecorded = self._refusals.take((actor, permission, tenant_id, why))
        if unrecorded is None:
            return
        details: dict[str, object] = {"wanted": permission, "object": tenant_id, "why": why}
        if unrecorded:
            details["unrecorded"] = unrecorded
        async with self._db.write() as uow:
            await self._audit.record(
                uow,
                actor,
                "access:denied",
                details=details,
            )

    async def _require_impersonating(
        self,
        uow: UnitOfWork,
        actor: Actor,
        permission: Permission,
        tenant_id: TenantId | None,
    ) -> Tenant:
        assert actor.impersonation_id is not None
        live = await uow.impersonations.get(actor.impersonation_id)
        if live is None or live.admin_id != actor.user_id:
            raise AccessDenied()
        if live.ended_at is not None or live.expires_at <= self._clock.now():
            raise ImpersonationEnded()
        if Permission.IMPERSONATE not in GRANTS[await self.role_of(uow, actor.user_id)]:
            raise AccessDenied()
        if permission not in _OF_ONES_OWN - {Permission.HOLD_SECRETS}:
            raise AccessDenied()
        if permission in _WRITES and not live.may_write:
            raise ReadOnly()
        tenant = await uow.tenants.get(live.tenant_id)
        if tenant is None or tenant_id not in (None, tenant.id):
            raise AccessDenied()
        if await self.role_of(uow, tenant.owner_id) in PEERS:  # role granted since the start
            raise AccessDenied()
        return tenant
