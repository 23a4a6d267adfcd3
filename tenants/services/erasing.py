"""The end of a tenant: its key, its rows, and their traces in the files."""

from __future__ import annotations

from tenants.audit import Audit
from tenants.errors import NotFound, StateConflict
from tenants.events import EventBus, TenantErased
from tenants.model import Desired, TenantId
from tenants.store import Database
from tenants.vault import Vault


class Erasing:
    """Called when nothing of the tenant runs any more."""

    def __init__(self, db: Database, vault: Vault, audit: Audit, events: EventBus) -> None:
        self._db = db
        self._vault = vault
        self._audit = audit
        self._events = events

    async def finish(self, tenant_id: TenantId) -> None:
        """Erase a tenant that is wanted gone; the receipt is on the audit record.

        Raises:
            NotFound: it is gone already. StateConflict: nobody wants it gone.
        """
        async with self._db.write() as uow:
            tenant = await uow.tenants.get(tenant_id)
            if tenant is None:
                raise NotFound()
            if tenant.desired is not Desired.ERASING:
                raise StateConflict(state=tenant.desired)
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
        await self._db.forget_deleted()
        await self._events.publish(TenantErased(tenant_id=tenant_id, owner_id=tenant.owner_id))
