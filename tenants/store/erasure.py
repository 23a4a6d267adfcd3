"""Deletes all rows of a tenant."""

from __future__ import annotations

from sqlalchemy import delete

from tenants.domain.model import TenantId, UserId
from tenants.store.repository import Repository
from tenants.store.tables import (
    accounts,
    audience,
    fsm,
    impersonations,
    logins,
    nonces,
    notices,
    people,
    relays,
    secrets,
    tenant_features,
    tenant_keys,
    tenants,
    updates_inbox,
    usage_hourly,
)

# The key first: after its deletion the other rows cannot be decrypted, whatever happens.
_IN_ORDER = (
    tenant_keys,
    secrets,
    accounts,
    logins,
    updates_inbox,
    fsm,
    tenant_features,
    relays,
    audience,
    usage_hourly,
    impersonations,
    notices,
)


# Data of a tenant's owner, not of its bot. Pending updates, bans and usage belong to the bot.
_OF_OWNER = (accounts, logins, fsm, tenant_features, relays, notices)


class ErasureRepository(Repository):
    async def erase_person(self, user_id: UserId) -> None:
        """Delete the data of a control bot user who has no bot."""
        for table in (people, nonces, notices):
            await self._connection.execute(delete(table).where(table.c.user_id == user_id))
        await self._connection.execute(
            delete(fsm).where(fsm.c.user_id == user_id, fsm.c.tenant_id.is_(None))
        )

    async def erase(self, tenant_id: TenantId) -> dict[str, int]:
        """Delete the tenant and all its rows. Returns the number of deleted rows by table.

        The audit log stays: it holds ids and actions, no content.
        """
        gone: dict[str, int] = {}
        for table in _IN_ORDER:
            done = await self._connection.execute(
                delete(table).where(table.c.tenant_id == tenant_id)
            )
            gone[table.name] = done.rowcount
        await self._connection.execute(delete(tenants).where(tenants.c.id == tenant_id))
        return gone

    async def forget_owner(self, tenant_id: TenantId) -> None:
        """Delete the former owner's data of a transferred bot. The bot's token stays: it is
        the same bot."""
        for table in _OF_OWNER:
            await self._connection.execute(delete(table).where(table.c.tenant_id == tenant_id))
        await self._connection.execute(
            delete(secrets).where(secrets.c.tenant_id == tenant_id, secrets.c.kind != "bot_token")
        )
