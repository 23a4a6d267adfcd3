"""Reads the rows of starting tenants, in one transaction for all that start at the moment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tenants.domain.errors import SecretMissing
from tenants.domain.model import BotToken, FeatureChoice, Tenant, TenantId
from tenants.services.credentials import BOT_TOKEN, Credentials
from tenants.store import Database, UnitOfWork
from tenants.store.inbox import InboxRow
from tenants.support.background_tasks import BackgroundTasks

_AT_ONCE: Final = 250

Asked = list[tuple[Tenant, asyncio.Future["TenantRows"]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantRows:
    """One tenant's rows, with its decrypted token."""

    token: BotToken
    choices: dict[str, FeatureChoice]
    language: str | None
    """The owner's language."""
    pending: list[InboxRow]
    newest: int
    """The highest update_id in its inbox."""
    deferred: dict[int, int]
    """Number of deferred updates of each person."""


class TenantBulkLoader:
    """One read transaction for many tenants: otherwise a thousand starts would need thousands
    of statements, which are most of the cost of a start."""

    def __init__(
        self, db: Database, credentials: Credentials, nursery: BackgroundTasks, page: int
    ) -> None:
        self._db = db
        self._credentials = credentials
        self._nursery = nursery
        self._page = page
        self._asked: Asked = []
        self._reading: asyncio.Task[None] | None = None

    async def of(self, tenant: Tenant) -> TenantRows:
        """Read a tenant's rows.

        Raises:
            SecretMissing, Tampered: the token can't be decrypted.
        """
        found: asyncio.Future[TenantRows] = asyncio.get_running_loop().create_future()
        self._asked.append((tenant, found))
        if self._reading is None or self._reading.done():
            self._reading = self._nursery.start(self._read_all(), "read tenants")
        return await found

    async def _read_all(self) -> None:
        while self._asked:
            some, self._asked = self._asked[:_AT_ONCE], self._asked[_AT_ONCE:]
            try:
                await self._read(some)
            except Exception:
                # Some tenant's row can't be read: read each alone to find which.
                for one in some:
                    await self._read_alone(one)

    async def _read_alone(self, one: tuple[Tenant, asyncio.Future[TenantRows]]) -> None:
        try:
            await self._read([one])
        except Exception as error:
            if not one[1].done():
                one[1].set_exception(error)

    async def _read(self, asked: Asked) -> None:
        ids = [tenant.id for tenant, _ in asked]
        async with self._db.read() as uow:
            sealed = await uow.secrets.of_many(ids, BOT_TOKEN)
            choices = await uow.features.of_many(ids)
            languages = await uow.people.languages({tenant.owner_id for tenant, _ in asked})
            newest = await uow.inbox.newest(ids)
            deferred = await uow.inbox.deferred_counts(ids)
            pending = await self._pending(uow, ids)
        for tenant, found in asked:
            try:
                if tenant.id not in sealed:
                    raise SecretMissing()
                secret = await self._credentials.open(tenant.id, BOT_TOKEN, *sealed[tenant.id])
                stored = TenantRows(
                    token=BotToken.parse(secret.reveal()),
                    choices=choices.get(tenant.id, {}),
                    language=languages.get(tenant.owner_id),
                    pending=pending.get(tenant.id, []),
                    newest=newest.get(tenant.id, 0),
                    deferred=deferred.get(tenant.id, {}),
                )
            except Exception as error:
                if not found.done():
                    found.set_exception(error)
            else:
                if not found.done():
                    found.set_result(stored)

    async def _pending(
        self, uow: UnitOfWork, ids: Sequence[TenantId]
    ) -> dict[TenantId, list[InboxRow]]:
        waiting = await uow.inbox.waiting_among(ids)
        return {tenant_id: await uow.inbox.pending(tenant_id, self._page) for tenant_id in waiting}
