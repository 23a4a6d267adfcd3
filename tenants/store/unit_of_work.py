"""A unit of work: one transaction and the repositories that work in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncConnection

from tenants.store.accounts import AccountsRepository, LoginsRepository
from tenants.store.audience import AudienceRepository
from tenants.store.audit import AuditRepository
from tenants.store.data_export import ExportRepository
from tenants.store.erasure import ErasureRepository
from tenants.store.features import FeaturesRepository
from tenants.store.fsm import FsmRepository
from tenants.store.impersonations import ImpersonationsRepository
from tenants.store.inbox import InboxRepository
from tenants.store.key_value import MetaRepository
from tenants.store.keys import KeysRepository
from tenants.store.leases import LeasesRepository
from tenants.store.message_links import RelaysRepository
from tenants.store.nonces import NoncesRepository
from tenants.store.notices import NoticesRepository
from tenants.store.people import PeopleRepository, RolesRepository
from tenants.store.restrictions import RestrictionsRepository
from tenants.store.secrets import SecretsRepository
from tenants.store.tenants import TenantsRepository
from tenants.store.usage import UsageRepository


class UnitOfWork:
    """The repositories over one connection, each created on first use."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    @cached_property
    def tenants(self) -> TenantsRepository:
        return TenantsRepository(self.connection)

    @cached_property
    def keys(self) -> KeysRepository:
        return KeysRepository(self.connection)

    @cached_property
    def secrets(self) -> SecretsRepository:
        return SecretsRepository(self.connection)

    @cached_property
    def people(self) -> PeopleRepository:
        return PeopleRepository(self.connection)

    @cached_property
    def roles(self) -> RolesRepository:
        return RolesRepository(self.connection)

    @cached_property
    def audit(self) -> AuditRepository:
        return AuditRepository(self.connection)

    @cached_property
    def restrictions(self) -> RestrictionsRepository:
        return RestrictionsRepository(self.connection)

    @cached_property
    def inbox(self) -> InboxRepository:
        return InboxRepository(self.connection)

    @cached_property
    def export(self) -> ExportRepository:
        return ExportRepository(self.connection)

    @cached_property
    def fsm(self) -> FsmRepository:
        return FsmRepository(self.connection)

    @cached_property
    def features(self) -> FeaturesRepository:
        return FeaturesRepository(self.connection)

    @cached_property
    def impersonations(self) -> ImpersonationsRepository:
        return ImpersonationsRepository(self.connection)

    @cached_property
    def accounts(self) -> AccountsRepository:
        return AccountsRepository(self.connection)

    @cached_property
    def logins(self) -> LoginsRepository:
        return LoginsRepository(self.connection)

    @cached_property
    def relays(self) -> RelaysRepository:
        return RelaysRepository(self.connection)

    @cached_property
    def audience(self) -> AudienceRepository:
        return AudienceRepository(self.connection)

    @cached_property
    def usage(self) -> UsageRepository:
        return UsageRepository(self.connection)

    @cached_property
    def leases(self) -> LeasesRepository:
        return LeasesRepository(self.connection)

    @cached_property
    def meta(self) -> MetaRepository:
        return MetaRepository(self.connection)

    @cached_property
    def notices(self) -> NoticesRepository:
        return NoticesRepository(self.connection)

    @cached_property
    def nonces(self) -> NoncesRepository:
        return NoncesRepository(self.connection)

    @cached_property
    def erasure(self) -> ErasureRepository:
        return ErasureRepository(self.connection)


Effect = Callable[[UnitOfWork], Awaitable[None]]
"""A database effect of a handler, applied later together with others in one transaction."""
