"""Fixtures of the ground floor: real databases of both kinds, and the services over them."""

from __future__ import annotations

import contextlib
import itertools
import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tenants.domain.errors import TokenRejected
from tenants.domain.events import Event, EventBus
from tenants.domain.model import (
    Actor,
    BotId,
    BotProfile,
    BotToken,
    PlatformLimits,
    Role,
    Tenant,
    UserId,
)
from tenants.domain.ports import TokenProbe
from tenants.security.master_keys import FileKeyProvider
from tenants.services import Services, build_services, open_database
from tenants.store import Database
from tests.support.clock import FakeClock

OWNER, ADMIN, AUDITOR = UserId(1001), UserId(1002), UserId(1003)
ANNA, BORIS = UserId(2001), UserId(2002)
CONTROL_BOT = BotId(900000001)
LOCAL_POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def token_of(bot_id: int, salt: str = "A") -> BotToken:
    return BotToken.parse(f"{bot_id}:{salt * 35}")


class TokensTelegramKnows:
    """Stands for Telegram behind the TokenProber port."""

    def __init__(self) -> None:
        self.bots: dict[BotToken, TokenProbe] = {}
        self.asked: list[BotToken] = []

    def add(self, token: BotToken, *, webhook_url: str = "", pending: int = 0) -> BotToken:
        profile = BotProfile(
            bot_id=token.bot_id, username=f"bot{token.bot_id}_bot", name=f"Bot {token.bot_id}"
        )
        probe = TokenProbe(profile=profile, webhook_url=webhook_url, pending_updates=pending)
        self.bots[token] = probe
        return token

    async def probe(self, token: BotToken) -> TokenProbe:
        self.asked.append(token)
        if token not in self.bots:
            raise TokenRejected()
        return self.bots[token]


class Heard(EventBus):
    """The real bus, which also keeps what was published."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []

    async def publish(self, event: Event) -> None:
        self.events.append(event)
        await super().publish(event)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@dataclass
class ServicesEnv:
    """The services, and what stands around them in a test."""

    url: str
    services: Services
    keys: FileKeyProvider
    telegram: TokensTelegramKnows
    events: Heard
    clock: FakeClock
    bot_ids: Any = field(default_factory=lambda: itertools.count(700000001))

    @property
    def db(self) -> Database:
        return self.services.db

    async def actor(self, user_id: UserId) -> Actor:
        return await self.services.access.actor_for(user_id)

    async def tenant(self, owner: UserId = ANNA, salt: str = "A") -> Tenant:
        """A connected bot."""
        token = self.telegram.add(token_of(next(self.bot_ids), salt))
        return await self.services.onboarding.connect_bot(await self.actor(owner), token)

    async def actions(self) -> list[str]:
        owner = await self.actor(OWNER)
        page = await self.services.audit_log.page(owner, limit=1000)
        return [entry.action for entry in reversed(page.items)]


async def open_ground(url: str, folder: Path, **limits: Any) -> ServicesEnv:
    clock, events, telegram = FakeClock(), Heard(), TokensTelegramKnows()
    keys = FileKeyProvider(folder / "master.key")
    db = await open_database(url, keys, clock)
    services = await build_services(
        db,
        keys,
        prober=telegram,
        events=events,
        clock=clock,
        limits=PlatformLimits(owners=frozenset({OWNER}), control_bot_id=CONTROL_BOT, **limits),
    )
    return ServicesEnv(url, services, keys, telegram, events, clock)


@pytest.fixture(params=KINDS)
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """An empty database of the test's own, of each kind."""
    async with a_database(request.param, tmp_path) as url:
        yield url


@contextlib.asynccontextmanager
async def a_database(kind: str, tmp_path: Path) -> AsyncIterator[str]:
    """An empty database of this kind; PostgreSQL's is dropped afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path}/controlbot.db"
        return
    server = os.environ.get("CONTROLBOT_TEST_POSTGRES_URL", LOCAL_POSTGRES)
    try:
        admin = await asyncpg.connect(server, timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        pytest.skip(f"no PostgreSQL: {error}")
    name = f"controlbot_test_{uuid.uuid4().hex[:12]}"
    await admin.execute(f'CREATE DATABASE "{name}"')
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()


@pytest.fixture
async def ground(database_url: str, tmp_path: Path) -> AsyncIterator[ServicesEnv]:
    """The services on each kind of database."""
    ground = await open_ground(database_url, tmp_path)
    ground_admin = await ground.actor(OWNER)
    await ground.services.staff.grant(ground_admin, ADMIN, Role.ADMIN)
    await ground.services.staff.grant(ground_admin, AUDITOR, Role.AUDITOR)
    ground.events.events.clear()
    yield ground
    await ground.db.close()


@pytest.fixture
async def sqlite_ground(tmp_path: Path) -> AsyncIterator[ServicesEnv]:
    """The services on SQLite, where the other kind would tell nothing more."""
    ground = await open_ground(f"sqlite:///{tmp_path}/controlbot.db", tmp_path)
    yield ground
    await ground.db.close()
