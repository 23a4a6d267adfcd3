"""Tenants' bots at work: the ground floor with a runner, against a sandbox, no control bot."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from controlbot.http_server import serving
from controlbot.settings import Address
from sandbox.app import Sandbox
from tenants.bot.features.api import Feature
from tenants.domain.model import Actor, BotToken, Observed, PlatformLimits, Tenant, TenantId, UserId
from tenants.i18n.translator import Catalogs
from tenants.runner.factory import build_runner
from tenants.runner.runner import Runner
from tenants.runner.settings import RunnerSettings
from tenants.security.master_keys import FileKeyProvider
from tenants.services import Services, build_services, open_database
from tenants.support.clock import SystemClock
from tenants.telegram.http_client import Telegram
from tenants.telegram.token_probe import BotProber
from tests.support.processes import free_port
from tests.support.sandbox_client import PATIENCE, ControlApi, NewBot, Person
from tests.support.services_env import Heard

T = TypeVar("T")
STAFF = UserId(1001)
FAST = RunnerSettings(
    retry_delay=0.02,
    sweep_every=0.3,
    unload_timeout=3.0,
    freeze_memory=False,
    token_pauses=(0.05, 0.1),
    token_look_again=1.0,
)


class NoAccounts:
    """Stands for mtproto's pool: nobody has connected an account."""

    async def is_connected(self, tenant_id: TenantId) -> bool:
        return False

    def borrow(self, tenant_id: TenantId) -> Any:
        raise AssertionError("no feature here borrows accounts")


@dataclass
class RunnerEnv:
    """A runner, the services under it, and the sandbox around it."""

    box: Sandbox
    api: ControlApi
    services: Services
    events: Heard
    telegram: Telegram
    runner: Runner
    folder: Path
    settings: RunnerSettings
    features: list[Feature] | None = None
    bots: dict[TenantId, NewBot] = field(default_factory=dict)

    async def staff(self) -> Actor:
        return await self.services.access.actor_for(STAFF)

    async def bring(self, owner: Person, name: str = "Shop") -> tuple[Tenant, NewBot]:
        """The person's bot, connected to the platform."""
        bot = await self.api.bot(owner, name, f"b{len(self.bots)}_{owner.id}_bot")
        actor = await self.services.access.actor_for(UserId(owner.id))
        tenant = await self.services.onboarding.connect_bot(actor, BotToken.parse(bot.token))
        self.bots[tenant.id] = bot
        return tenant, bot

    async def online(self, owner: Person, name: str = "Shop") -> tuple[Tenant, NewBot]:
        """As :meth:`bring`, once it is online."""
        tenant, bot = await self.bring(owner, name)
        await self.seen(tenant.id, Observed.ONLINE)
        return tenant, bot

    async def tenant(self, tenant_id: TenantId) -> Tenant:
        async with self.services.db.read() as uow:
            tenant = await uow.tenants.get(tenant_id)
        assert tenant is not None
        return tenant

    async def seen(self, tenant_id: TenantId, observed: Observed) -> Tenant:
        """Wait until the supervisor has stored that it sees the tenant so."""

        async def look() -> Tenant | None:
            tenant = await self.tenant(tenant_id)
            return tenant if tenant.observed is observed else None

        return await until(look)

    async def restart(self, settings: RunnerSettings | None = None) -> None:
        """Stop the runner and start another over the same data."""
        await self.runner.stop(3.0)
        await self.telegram.close()
        self.settings = settings or self.settings
        self.telegram, self.runner = await _runner(
            self.box, self.services, self.settings, self.features
        )
        await self.runner.start()


async def until(look: Callable[[], Awaitable[T | None]], patience: float = PATIENCE) -> T:
    """Call ``look`` until it gives something."""
    async with asyncio.timeout(patience):
        while True:
            found = await look()
            if found:
                return found
            await asyncio.sleep(0.03)


@asynccontextmanager
async def open_yard(
    folder: Path,
    *,
    settings: RunnerSettings = FAST,
    features: Iterable[Feature] | None = None,
    start: bool = True,
    database_url: str | None = None,
    now: Callable[[], float] = time.time,
    **limits: Any,
) -> AsyncIterator[RunnerEnv]:
    """``now`` is the sandbox's clock."""
    async with contextlib.AsyncExitStack() as stack:
        box = await stack.enter_async_context(Sandbox(fast=True, now=now))
        api = await stack.enter_async_context(ControlApi(box.url))
        url = database_url or f"sqlite:///{folder}/controlbot.db"
        services, events = await _services(stack, box, folder, url, limits)
        chosen = list(features) if features is not None else None
        telegram, runner = await _runner(box, services, settings, chosen)
        yard = RunnerEnv(box, api, services, events, telegram, runner, folder, settings, chosen)
        if start:
            await yard.runner.start()
        try:
            yield yard
        finally:
            await yard.runner.stop(3.0)
            await yard.telegram.close()


@asynccontextmanager
async def open_hooked_yard(
    folder: Path, *, settings: RunnerSettings = FAST, **more: Any
) -> AsyncIterator[RunnerEnv]:
    """As :func:`open_yard`, in webhook mode: hooks are served as the platform serves them."""
    port = free_port()
    settings = replace(settings, webhook_url=f"http://127.0.0.1:{port}")
    async with (
        open_yard(folder, settings=settings, start=False, **more) as yard,
        serving(Address(("127.0.0.1", port)), yard.runner.hook_routes()),
    ):
        await yard.runner.start()
        yield yard


async def _services(
    stack: contextlib.AsyncExitStack,
    box: Sandbox,
    folder: Path,
    database_url: str,
    limits: dict[str, Any],
) -> tuple[Services, Heard]:
    probing = Telegram(box.url)
    stack.push_async_callback(probing.close)
    keys, clock, events = FileKeyProvider(folder / "master.key"), SystemClock(), Heard()
    db = await open_database(database_url, keys, clock)
    stack.push_async_callback(db.close)
    given = PlatformLimits(owners=frozenset({STAFF}), max_bots_per_user=50)
    services = await build_services(
        db,
        keys,
        prober=BotProber(probing.bot),
        events=events,
        clock=clock,
        limits=replace(given, **limits),
    )
    return services, events


async def _runner(
    box: Sandbox, services: Services, settings: RunnerSettings, features: list[Feature] | None
) -> tuple[Telegram, Runner]:
    telegram, words = Telegram(box.url), Catalogs.load("tenants")
    runner = await build_runner(
        services, telegram, NoAccounts(), words, settings, features=features
    )
    return telegram, runner
