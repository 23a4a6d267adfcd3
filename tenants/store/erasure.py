"""Removing everything a tenant had."""

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

# The key first: from that row on the rest is unreadable, whatever happens next.
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


# What belonged to a tenant's owner rather than to its bot. The updates that wait, who was banned
# and the usage are the bot's.
_OF_OWNER = (accounts, logins, fsm, tenant_features, relays, notices)


class ErasureRepository(Repository):
    async def erase_person(self, user_id: UserId) -> None:
        """Delete what is kept of a person who talked to the control bot and has no bot."""
        for table in (people, nonces, notices):
            await self._connection.execute(delete(table).where(table.c.user_id == user_id))
        await self._connection.execute(
            delete(fsm).where(fsm.c.user_id == user_id, fsm.c.tenant_id.is_(None))
        )

    async def erase(self, tenant_id: TenantId) -> dict[str, int]:
        """Delete the tenant and all its rows. Returns how many rows of each table went.

        The audit record stays: it holds ids and deeds, no content.
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
        """Delete what belonged to the owner of a bot that is somebody else's now. The bot's
        token stays: the new owner's bot is the same bot."""
        for table in _OF_OWNER:
            await self._connection.execute(delete(table).where(table.c.tenant_id == tenant_id))
        await self._connection.execute(
            delete(secrets).where(secrets.c.tenant_id == tenant_id, secrets.c.kind != "bot_token")
        )
