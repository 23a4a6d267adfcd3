"""Our side: the real services and runner over a fresh SQLite file, with n tenants in it."""

from __future__ import annotations

import contextlib
import ssl
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import aiogram_baseline
from tenants.bot.features.api import Feature
from tenants.domain.errors import AccountNotConnected
from tenants.domain.events import EventBus
from tenants.domain.model import (
    BotId,
    BotProfile,
    BotToken,
    Observed,
    PlatformLimits,
    TenantId,
    UserId,
)
from tenants.domain.ports import BorrowedAccount
from tenants.i18n.translator import Catalogs
from tenants.runner.factory import build_runner
from tenants.runner.runner import Runner
from tenants.runner.settings import RunnerSettings
from tenants.security.master_keys import EnvKeyProvider, new_master_key
from tenants.services import Services, build_services, open_database
from tenants.services.credentials import BOT_TOKEN
from tenants.store.tenants import NewTenant, Report
from tenants.support.clock import SystemClock
from tenants.telegram.http_client import Telegram
from tenants.telegram.token_probe import BotProber

CONTROL_BOT = BotId(6_000_000_000)
OWNER = UserId(42)
FAST = 1_000_000.0
"""Updates a second: no pacing, so that the machine's speed is measured."""


class NoAccounts:
    """No tenant of a benchmark has an account of its own."""

    async def is_connected(self, tenant_id: TenantId) -> bool:  # noqa: ARG002
        return False

    @contextlib.asynccontextmanager
    async def borrow(self, tenant_id: TenantId) -> AsyncIterator[BorrowedAccount]:  # noqa: ARG002
        raise AccountNotConnected()
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    services: Services
    telegram: Telegram
    runner: Runner
    tenants: tuple[TenantId, ...]


@contextlib.asynccontextmanager
async def our_platform(
    n: int,
    url: str,
    ca: Path,
    *,
    webhook_url: str | None = None,
    features: Sequence[Feature] | None = None,
    concurrency: int = 8,
    rate_limit: float = FAST,
) -> AsyncIterator[Ours]:
    """Everything built and ``n`` tenants stored; the runner is not started yet."""
    clock = SystemClock()
    keys = EnvKeyProvider(new_master_key().line())
    telegram = Telegram(url, tls=ssl.create_default_context(cafile=str(ca)))
    with tempfile.TemporaryDirectory(prefix="controlbot-bench-") as folder:
        db = await open_database(f"sqlite:///{folder}/controlbot.db", keys, clock)
        services = await build_services(
            db,
            keys,
            prober=BotProber(telegram.bot),
            events=EventBus(),
            clock=clock,
            limits=PlatformLimits(owners=frozenset({OWNER}), control_bot_id=CONTROL_BOT),
        )
        ids = await _add_tenants(services, n, concurrency, rate_limit)
        runner = await build_runner(
            services,
            telegram,
            NoAccounts(),
            Catalogs.load("tenants"),
            RunnerSettings(webhook_url=webhook_url, starts_per_minute=FAST),
            features=features,
        )
        try:
            yield Ours(services=services, telegram=telegram, runner=runner, tenants=ids)
        finally:
            await runner.stop(timeout=2.0)
            await telegram.close()
            await db.close()


async def _add_tenants(
    services: Services, n: int, concurrency: int, rate_limit: float
) -> tuple[TenantId, ...]:
    ids = []
    async with services.db.write() as uow:
        for index in range(n):
            token = BotToken.parse(aiogram_baseline.token(index))
            owner = UserId(1_000_000 + index)
            profile = BotProfile(bot_id=token.bot_id, username=f"b{token.bot_id}", name="b")
            new = NewTenant(
                owner_id=owner,
                profile=profile,
                managed=False,
                created_by=owner,
                rate_limit=rate_limit,
                concurrency=concurrency,
            )
            tenant = await uow.tenants.add(new, services.clock.now())
            assert tenant
            await services.vault.create_key(uow, tenant.id)
            await services.credentials.put(uow, tenant.id, BOT_TOKEN, token)
            ids.append(tenant.id)
        # They ran before: at a bot's first start its command menu is set.
        seen = [Report(tenant_id=id_, observed=Observed.ONLINE, detail="") for id_ in ids]
        await uow.tenants.report(seen, services.clock.now())
    return tuple(ids)
