"""What a handler or a getter has at hand: the platform, and who stands before the window."""

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
    """Everything the control bot's handlers may reach."""

    services: Services
    logins: Logins
    accounts: AccountPool
    registry: Registry
    catalogs: Catalogs
    tenant_catalogs: Catalogs
    """Features bring their own words; their titles come from this domain."""
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
    """Held while a managed bot is taken in: Telegram announces each twice."""
    restarts: RollingRestart
    restarted: tuple[int, int] | None = None
    """How far the restart of all bots is: so many of so many. None: not begun."""
    watching: dict[UserId, TenantId] = field(default_factory=dict)
    """Staff who have a tenant's card open, so that it can be drawn anew."""

    async def translator_of(self, user_id: UserId) -> Translator:
        """The words for somebody who is not here right now."""
        return self.catalogs.translator(await self.services.people.language_of(user_id))

    def feature_words(self, tr: Translator) -> Translator:
        """The translator of the features' own words, in the language of ``tr``."""
        return self.tenant_catalogs.translator(tr.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """One update's person, on whose behalf they act, and their language."""

    platform: ControlBotServices
    person: Person
    actor: Actor
    """Who acts; while impersonating, with the tenant as its subject."""
    real: Actor
    """The person themselves, never impersonating: for the admin desk."""
    tr: Translator
    impersonation: Impersonation | None = None
    subject_name: str = ""
    """Whose eyes one looks through while impersonating."""

    @property
    def services(self) -> Services:
        return self.platform.services

    @property
    def consented(self) -> bool:
        """Whether they have agreed to what is stored, in its present words."""
        return self.person.consent_version == self.services.limits.consent_version

    @property
    def is_staff(self) -> bool:
        return self.real.role in STAFF


def context_of(manager: DialogManager) -> RequestContext:
    return cast(RequestContext, manager.middleware_data[SCENE_KEY])


async def reload_context(manager: DialogManager) -> RequestContext:
    """Look again who this is, after something about that has changed in the middle of a tap."""
    from controlbot.bot.middlewares import build_scene

    before = context_of(manager)
    person = await before.services.people.get(before.person.user_id)
    manager.middleware_data[SCENE_KEY] = scene = await build_scene(
        before.platform, person or before.person
    )
    return scene
