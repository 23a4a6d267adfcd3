"""A copy of everything that is kept of a person and their bots, for that person only."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from tenants.access import Access, Permission
from tenants.audit import Audit
from tenants.errors import AccessDenied
from tenants.model import Actor, TenantId
from tenants.ports import Clock
from tenants.store import Database, UnitOfWork

Contribution = Callable[[UnitOfWork, TenantId], Awaitable[Any]]
"""What somebody else keeps of a tenant, as JSON can say it and without secrets."""


class Exports:
    """No secret is in it: tokens, sessions, keys, codes and passwords stay sealed here."""

    def __init__(self, db: Database, audit: Audit, access: Access, clock: Clock) -> None:
        self._db = db
        self._audit = audit
        self._access = access
        self._clock = clock
        self._contributions: dict[str, Contribution] = {}

    def include(self, heading: str, contribution: Contribution) -> None:
        """Have every export carry what ``contribution`` gives for each bot."""
        self._contributions[heading] = contribution

    async def of(self, actor: Actor) -> bytes:
        """The actor's own export: one JSON document, UTF-8, a few hundred bytes a row.

        Raises:
            AccessDenied: while impersonating; nobody gets somebody else's.
        """
        if actor.impersonates or actor.subject_id != actor.user_id:
            await self._access.deny(actor, Permission.HOLD_SECRETS)
            raise AccessDenied()
        async with self._db.write() as uow:
            await self._audit.record(uow, actor, "person:data:export", subject_id=actor.user_id)
        document = await self._gather(actor)
        return await asyncio.to_thread(_encode, document)

    async def _gather(self, actor: Actor) -> dict[str, Any]:
        async with self._db.read() as uow:
            bots = []
            for tenant in await uow.tenants.owned_by(actor.user_id):
                bot = dict(await uow.export.tenant(tenant.id))
                for heading, contribution in self._contributions.items():
                    bot[heading] = await contribution(uow, tenant.id)
                bots.append(bot)
            return {
                "made at": self._clock.now(),
                "you": await uow.export.person(actor.user_id),
                "bots": bots,
            }


def _encode(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1, default=str).encode()
