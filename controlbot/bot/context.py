"""Request context: services, acting user, translator."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from aiogram_dialog import DialogManager

from tenants.domain.model import Actor, BotProfile, Role, TenantId, UserId

if TYPE_CHECKING:
    from aiogram import Bot

    from controlbot.bot.dialog_updater import Windows
    from controlbot.bot.fsm_storage import WindowStorage
    from controlbot.bot.pending_secrets import SecretHolder
    from controlbot.bot.redraws import Redraws
    from controlbot.notifications.team_messages import TeamMail
    from mtproto.accounts.pool import AccountPool
    from mtproto.login.service import Logins
    from tenants.bot.features.registry import Registry
    from tenants.domain.model import Impersonation, Person
    from tenants.i18n.translator import Catalogs, Translator
    from tenants.runner.supervision.rolling_restart import RollingRestart
    from tenants.services import Services
    from tenants.support.background_tasks import BackgroundTasks

STAFF = frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR})
SCENE_KEY = "scene"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The settings that windows draw from."""

    login_methods: tuple[str, ...] = ("qr", "phone")
    max_bots: int = 1
    accounts_possible: bool = True
    """False: the platform has no api_id, so no account can be connected."""


@dataclass(slots=True, kw_only=True)
class ControlBotServices:
    """The services that the control bot's handlers use."""

    services: Services
    logins: Logins
    accounts: AccountPool
    registry: Registry
    catalogs: Catalogs
    tenant_catalogs: Catalogs
    """Features have their own catalog domain; their titles come from it."""
    secrets: SecretHolder
    windows: Windows
    storage: WindowStorage
    team_mail: TeamMail
    redraws: Redraws
    nursery: BackgroundTasks
    bot: Bot
    me: BotProfile
    options: Options = field(default_factory=Options)
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a managed bot is connected: Telegram announces each twice."""
    restarts: RollingRestart
    restarted: tuple[int, int] | None = None
    """Progress of the restart of all bots: done, total. None: not started."""
    watching: dict[UserId, TenantId] = field(default_factory=dict)
    """Staff who have a tenant's card open, for redrawing it."""

    async def translator_of(self, user_id: UserId) -> Translator:
        """The translator for a user without a current update."""
        return self.catalogs.translator(await self.services.people.language_of(user_id))

    def feature_words(self, tr: Translator) -> Translator:
        """The translator of the features' texts, in the language of ``tr``."""
        return self.tenant_catalogs.translator(tr.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """One update's user, the tenant they act for, and their language."""

    platform: ControlBotServices
    person: Person
    actor: Actor
    """Who acts; while impersonating, with the tenant as its subject."""
    real: Actor
    """The user themselves, never impersonating: for the admin panel."""
    tr: Translator
    impersonation: Impersonation | None = None
    subject_name: str = ""
    """The impersonated tenant, while impersonating."""

    @property
    def services(self) -> Services:
        return self.platform.services

    @property
    def consented(self) -> bool:
        """Whether they have agreed to the current consent text."""
        return self.person.consent_version == self.services.limits.consent_version

    @property
    def is_staff(self) -> bool:
        return self.real.role in STAFF


def context_of(manager: DialogManager) -> RequestContext:
    return cast(RequestContext, manager.middleware_data[SCENE_KEY])


async def reload_context(manager: DialogManager) -> RequestContext:
    """Reload the context after the user's state changed while an update is handled."""
    from controlbot.bot.middlewares import build_scene

    before = context_of(manager)
    person = await before.services.people.get(before.person.user_id)
    manager.middleware_data[SCENE_KEY] = scene = await build_scene(
        before.platform, person or before.person
    )
    return scene
