"""Erases a tenant: its key, its rows, and their copies in the database files."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from tenants.domain.errors import NotFound, OwnershipLost, StateConflict
from tenants.domain.events import EventBus, TenantErased
from tenants.domain.model import Desired, Tenant, TenantId
from tenants.security.audit_chain import Audit
from tenants.security.vault import Vault
from tenants.services.notices import NoticeKind, Notices
from tenants.store import Database, UnitOfWork

log = structlog.get_logger(__name__)

FAREWELL_WITHIN: Final = 8.0
"""Timeout of each hook in seconds, for example of a log-out that Telegram does not answer."""
PreEraseHook = Callable[[TenantId], Awaitable[object]]
"""Called while the tenant's keys can still be used, for example to log an account out."""


class Erasing:
    """Called when the tenant has stopped."""

    def __init__(
        self, db: Database, vault: Vault, audit: Audit, events: EventBus, notices: Notices
    ) -> None:
        self._db = db
        self._vault = vault
        self._audit = audit
        self._events = events
        self._notices = notices
        self._farewells: list[PreEraseHook] = []

    def before(self, farewell: PreEraseHook) -> None:
        """Add a hook that is called before a tenant is erased; it cannot prevent that."""
        self._farewells.append(farewell)

    async def farewell(self, tenant_id: TenantId) -> None:
        """Call all pre-erase hooks, while the tenant's keys still exist. A hook that hangs or
        fails is logged and does not prevent the erasure."""
        for farewell in self._farewells:
            try:
                async with asyncio.timeout(FAREWELL_WITHIN):
                    await farewell(tenant_id)
            except OwnershipLost:
                raise
            except Exception as error:
                kind = type(error).__name__
                log.warning("pre-erase hook failed", tenant=tenant_id, error=kind)

    async def finish(self, tenant_id: TenantId) -> None:
        """Erase a tenant whose erasure was requested; writes an audit entry.

        Raises:
            NotFound: already erased. StateConflict: its erasure was not requested.
        """
        async with self._db.read() as uow:
            await _wanted_gone(uow, tenant_id)
        await self.farewell(tenant_id)
        async with self._db.write() as uow:
            tenant = await _wanted_gone(uow, tenant_id)
            await self._audit.record(
                uow,
                None,
                "tenant:bot:erased",
                tenant_id=tenant_id,
                subject_id=tenant.owner_id,
                details={"bot_id": tenant.bot_id},
            )
            await self._vault.erase_key(uow, tenant_id)
            await uow.erasure.erase(tenant_id)
            await self._notices.add(
                uow,
                tenant.owner_id,
                NoticeKind.BOT_ERASED,
                params={"username": tenant.bot_username},
            )
        await self._db.forget_deleted()
        await self._events.publish(TenantErased(tenant_id=tenant_id, owner_id=tenant.owner_id))


async def _wanted_gone(uow: UnitOfWork, tenant_id: TenantId) -> Tenant:
    tenant = await uow.tenants.get(tenant_id)
    if tenant is None:
        raise NotFound()
    if tenant.desired is not Desired.ERASING:
        raise StateConflict(state=tenant.desired)
    return tenant
