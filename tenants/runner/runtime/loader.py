"""Builds a tenant's runtime from its rows."""

from __future__ import annotations

from tenants.bot.context import FeatureServices, TenantContext
from tenants.domain.model import Tenant, TenantId
from tenants.runner.handling.worker import Worker
from tenants.runner.handling.worker_deps import WorkerDeps
from tenants.runner.inbox.backlog_pages import StoredPages
from tenants.runner.inbox.queued_update import QueuedUpdate
from tenants.runner.ingest.deferred_updates import DeferredUpdates
from tenants.runner.ingest.flood_rates import FloodRates
from tenants.runner.runtime.bulk_loader import TenantBulkLoader
from tenants.runner.runtime.runtime import Runtime
from tenants.runner.settings import RunnerSettings
from tenants.store.inbox import InboxRow, Place
from tenants.telegram.http_client import Telegram


class Loader:
    """Loads tenants; an error in one tenant's rows does not affect others."""

    def __init__(
        self,
        *,
        house: FeatureServices,
        stored: TenantBulkLoader,
        telegram: Telegram,
        crew: WorkerDeps,
        settings: RunnerSettings,
    ) -> None:
        self._house = house
        self._stored = stored
        self._telegram = telegram
        self._crew = crew
        self._settings = settings

    async def load(self, tenant: Tenant) -> Runtime:
        """Read token, features and language, and queue the inbox's rows in the worker.

        Raises:
            SecretMissing, Tampered: the token can't be decrypted.
        """
        stored = await self._stored.of(tenant)
        context = TenantContext(
            tenant=tenant,
            bot=self._telegram.bot(stored.token),
            features=self._house.registry.choose(stored.choices),
            owner_language=stored.language,
            catalogs=self._house.catalogs,
        )
        worker = Worker(tenant.id, self._crew)
        worker.context = context
        deferred = DeferredUpdates(
            tenant.id, worker, self._deferred_rows, self._settings, self._crew.nursery
        )
        runtime = Runtime(
            context,
            stored.token,
            worker=worker,
            deferred=deferred,
            floods=FloodRates(self._settings.person_rate),
            newest=stored.newest,
        )
        worker.put_stored([QueuedUpdate.from_inbox(row) for row in stored.pending])
        if len(stored.pending) >= self._settings.backlog:
            self._read_on(runtime, stored.pending[-1])
        deferred.restore(stored.deferred)
        return runtime

    async def refresh(self, runtime: Runtime) -> bool:
        """Reload features and language. True when the update kinds changed."""
        async with self._house.db.read() as uow:
            choices = await uow.features.of(runtime.id)
            languages = await uow.people.languages({runtime.context.owner_id})
        runtime.context.owner_language = languages.get(runtime.context.owner_id)
        before = runtime.context.features
        runtime.context.features = self._house.registry.choose(choices)
        return runtime.context.features.allowed_updates != before.allowed_updates

    def _read_on(self, runtime: Runtime, last: InboxRow) -> None:
        """Read the rest of an inbox that exceeds a worker's limit."""
        after = (last.received_at, last.update_id)
        size = self._settings.backlog
        pages = StoredPages(runtime.id, runtime.worker, self._pending_rows, after, size)
        runtime.stamp(last.received_at)
        runtime.pages, runtime.deferred.is_behind = pages, True

        async def read() -> None:
            await pages.run()
            runtime.pages, runtime.deferred.is_behind = None, False

        runtime.reading = self._crew.nursery.start(read(), f"read backlog {runtime.id}")

    async def _pending_rows(self, tenant_id: TenantId, after: Place, limit: int) -> list[InboxRow]:
        async with self._house.db.read() as uow:
            return await uow.inbox.pending(tenant_id, limit, after)

    async def _deferred_rows(
        self, tenant_id: TenantId, person: int, after: Place, limit: int
    ) -> list[InboxRow]:
        async with self._house.db.read() as uow:
            return await uow.inbox.deferred(tenant_id, person, after, limit)
