"""What a tenant's handlers get: the tenant's context and the platform's services."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiogram import Bot
from pydantic import BaseModel

from tenants.bot.features.registry import FeatureSet, Registry
from tenants.domain.events import EventBus
from tenants.domain.model import ChatId, Tenant, TenantId, UserId
from tenants.domain.ports import AccountGateway, Clock
from tenants.i18n.translator import Catalogs, Translator
from tenants.services.notices import Notices
from tenants.store import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureServices:
    """The platform's services for features. The same for all tenants."""

    db: Database
    """For reading; what a handler writes goes through ``effects``."""
    accounts: AccountGateway
    catalogs: Catalogs
    registry: Registry
    events: EventBus
    notices: Notices
    """To people, through the control bot; stored in the transaction of what they report."""
    clock: Clock


@dataclass(slots=True, eq=False)
class HandOver:
    """State of the delivery of messages that wait for an unreachable owner."""

    left: bool = False
    """Undelivered messages may be left."""
    running: bool = False
    away_until: float = 0.0
    """The owner was unreachable just now; no delivery is tried until then (monotonic)."""


@dataclass(slots=True, kw_only=True, eq=False)
class TenantContext:
    """One tenant's context for handlers. Kept while its bot runs; parts of it change."""

    tenant: Tenant
    bot: Bot
    features: FeatureSet
    owner_language: str | None
    """As chosen in the control bot, else Telegram's; None if the owner never used it."""
    catalogs: Catalogs
    hand_over: HandOver = field(default_factory=HandOver)

    @property
    def id(self) -> TenantId:
        return self.tenant.id

    @property
    def owner_id(self) -> UserId:
        return self.tenant.owner_id

    @property
    def owner_chat(self) -> ChatId:
        """A person's private chat has the person's id."""
        return ChatId(self.tenant.owner_id)

    @property
    def owner_tr(self) -> Translator:
        return self.catalogs.translator(self.owner_language)

    def options(self, key: str) -> BaseModel | None:
        """Another feature's options; None when it is off."""
        return self.features.options.get(key)
