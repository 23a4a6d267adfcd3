"""What a tenant's handlers are given: the tenant itself, and the house it lives in."""

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
    """What features may use of the platform. The same for all tenants."""

    db: Database
    """For reading; what a handler writes goes through ``effects``."""
    accounts: AccountGateway
    catalogs: Catalogs
    registry: Registry
    events: EventBus
    notices: Notices
    """To people, through the control bot; written with what they report."""
    clock: Clock


@dataclass(slots=True, eq=False)
class HandOver:
    """Of the messages that wait for an absent owner."""

    left: bool = False
    """Some may be left to hand over."""
    running: bool = False
    away_until: float = 0.0
    """The owner could not be written to just now; until then (monotonic) nobody tries."""


@dataclass(slots=True, kw_only=True, eq=False)
class TenantContext:
    """One tenant, as its handlers see it. Kept while its bot runs; parts of it change."""

    tenant: Tenant
    bot: Bot
    features: FeatureSet
    owner_language: str | None
    """As chosen in the control bot, else Telegram's; None when never seen there."""
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
