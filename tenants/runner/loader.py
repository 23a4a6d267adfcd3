"""Builds what a tenant needs in memory out of its rows."""

from __future__ import annotations

from tenants.bot.context import House, TenantContext
from tenants.model import Tenant
from tenants.runner.row import Row
from tenants.runner.runtime import Runtime
from tenants.runner.settings import RunnerSettings
from tenants.runner.stored import StoredTenants
from tenants.runner.worker import Crew, Worker
from tenants.telegram.sessions import Telegram


class Loader:
    """What is wrong with one tenant's rows stays with it."""

    def __init__(
        self,
        *,
        house: House,
        stored: StoredTenants,
        telegram: Telegram,
        crew: Crew,
        settings: RunnerSettings,
    ) -> None:
        self._house = house
        self._stored = stored
        self._telegram = telegram
        self._crew = crew
        self._settings = settings

    async def load(self, tenant: Tenant) -> Runtime:
        """Read token, features and language, and give the worker what lies in the inbox.

        Raises:
            SecretMissing, Tampered: the token can't be had.
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
        runtime = Runtime(context, stored.token, worker, self._settings.person_rate, stored.newest)
        worker.put([Row.stored(row) for row in stored.pending])
        return runtime

    async def refresh(self, runtime: Runtime) -> bool:
        """Read features and language anew. True when other kinds of update are wanted now."""
        async with self._house.db.read() as uow:
            choices = await uow.features.of(runtime.id)
            languages = await uow.people.languages({runtime.context.owner_id})
        runtime.context.owner_language = languages.get(runtime.context.owner_id)
        before = runtime.context.features
        runtime.context.features = self._house.registry.choose(choices)
        return runtime.context.features.allowed_updates != before.allowed_updates
