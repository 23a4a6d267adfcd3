"""Builds what a tenant needs in memory out of its rows."""

from __future__ import annotations

from tenants.bot.context import House, TenantContext
from tenants.errors import SecretMissing
from tenants.model import BotToken, Tenant
from tenants.runner.row import Row
from tenants.runner.runtime import Runtime
from tenants.runner.settings import RunnerSettings
from tenants.runner.worker import Crew, Worker
from tenants.services.credentials import BOT_TOKEN, Credentials
from tenants.store import UnitOfWork
from tenants.telegram.sessions import Telegram


class Loader:
    """One read transaction a tenant; what is wrong with one tenant's rows stays with it."""

    def __init__(
        self,
        *,
        house: House,
        credentials: Credentials,
        telegram: Telegram,
        crew: Crew,
        settings: RunnerSettings,
    ) -> None:
        self._house = house
        self._credentials = credentials
        self._telegram = telegram
        self._crew = crew
        self._settings = settings

    async def load(self, tenant: Tenant) -> Runtime:
        """Read token, features and language, and give the worker what lies in the inbox.

        Raises:
            SecretMissing, Tampered: the token can't be had.
        """
        async with self._house.db.read() as uow:
            token = await self._token(uow, tenant)
            choices = await uow.features.of(tenant.id)
            language = await self._language(uow, tenant)
            pending = await uow.inbox.pending(tenant.id, self._settings.held_backlog)
            newest = (await uow.inbox.newest([tenant.id])).get(tenant.id, 0)
        context = TenantContext(
            tenant=tenant,
            bot=self._telegram.bot(token),
            features=self._house.registry.choose(choices),
            owner_language=language,
            catalogs=self._house.catalogs,
        )
        worker = Worker(tenant.id, self._crew)
        worker.context = context
        runtime = Runtime(context, token, worker, self._settings.person_rate, newest)
        worker.put([Row.stored(row) for row in pending])
        return runtime

    async def refresh(self, runtime: Runtime) -> bool:
        """Read features and language anew. True when other kinds of update are wanted now."""
        async with self._house.db.read() as uow:
            choices = await uow.features.of(runtime.id)
            runtime.context.owner_language = await self._language(uow, runtime.context.tenant)
        before = runtime.context.features
        runtime.context.features = self._house.registry.choose(choices)
        return runtime.context.features.allowed_updates != before.allowed_updates

    async def _token(self, uow: UnitOfWork, tenant: Tenant) -> BotToken:
        secret = await self._credentials.get(uow, tenant.id, BOT_TOKEN)
        if secret is None:
            raise SecretMissing()
        return BotToken.parse(secret.reveal())

    @staticmethod
    async def _language(uow: UnitOfWork, tenant: Tenant) -> str | None:
        person = await uow.people.get(tenant.owner_id)
        return (person.language or person.language_code) if person else None
