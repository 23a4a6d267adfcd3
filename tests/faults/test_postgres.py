"""PostgreSQL goes away and comes back, or takes no writes for a while: nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from controlbot import app, process
from sandbox.app import Sandbox
from tenants.runner.settings import RunnerSettings
from tests.support.misbehaving_features import Echo
from tests.support.platform_env import set_stage
from tests.support.processes import free_port
from tests.support.runner_env import FAST, RunnerEnv, open_yard, until
from tests.support.sandbox_client import ControlApi
from tests.support.services_env import a_database

pytestmark = pytest.mark.postgres
AWAY = 4.0
"""Seconds: a server that restarts is away for less than a lease lasts."""
MESSAGES = 25


@asynccontextmanager
async def on_postgres(folder: Path) -> AsyncIterator[tuple[RunnerEnv, asyncpg.Connection, str]]:
    """A runner over a database of its own, and a connection to the server beside it."""
    async with a_database("postgresql", folder) as url:
        server, _, name = url.rpartition("/")
        admin = await asyncpg.connect(f"{server}/postgres")
        features = [Echo().feature()]
        try:
            async with open_yard(
                folder, settings=FAST, features=features, database_url=url
            ) as yard:
                yield yard, admin, name
        finally:
            await admin.close()


async def end_connections(admin: asyncpg.Connection, name: str) -> None:
    """What a shutdown does to sessions: SQLSTATE 57P01, and the connection is gone."""
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
    )


async def all_answered(yard: RunnerEnv, bot_id: int, admin: asyncpg.Connection) -> None:
    anna = await yard.api.person("Anna")
    for number in range(MESSAGES):
        await anna.send(bot_id, f"n{number}")

    async def answered() -> bool:
        heard = {message.text for message in await anna.messages(bot_id)}
        return {f"echo n{number}" for number in range(MESSAGES)} <= heard

    await until(answered, 30.0)


async def test_server_restarts_under_load(tmp_path: Path) -> None:
    """The server restarts under load: connections end, it is away, it comes back; 0 lost"""
    async with on_postgres(tmp_path) as (yard, admin, name):
        owner = await yard.api.person("Olga")
        _, bot = await yard.online(owner)
        epoch = yard.runner.epoch
        answering = asyncio.ensure_future(all_answered(yard, bot.id, admin))  # noqa: TID251
        await asyncio.sleep(0.3)
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await end_connections(admin, name)
        await asyncio.sleep(AWAY)
        assert yard.runner.problems()
        await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        await answering
        assert yard.runner.ready()
        assert yard.runner.epoch == epoch

        async def well() -> bool:
            return not yard.runner.problems()

        await until(well)


async def test_database_is_read_only_for_a_while(tmp_path: Path) -> None:
    """The database takes no writes for a while: nothing is acknowledged, then all goes on"""
    async with on_postgres(tmp_path) as (yard, admin, name):
        owner = await yard.api.person("Olga")
        _, bot = await yard.online(owner)
        await admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        await end_connections(admin, name)
        answering = asyncio.ensure_future(all_answered(yard, bot.id, admin))  # noqa: TID251

        async def told() -> bool:
            return "the database is read-only" in yard.runner.problems()

        await until(told)
        await asyncio.sleep(AWAY / 2)
        await admin.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
        await end_connections(admin, name)
        await answering
        assert yard.runner.ready()


async def test_server_away_for_longer_than_the_lease_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is away for longer than a lease lasts: the platform says so and starts anew"""
    short = RunnerSettings(lease_ttl=2.0, lease_margin=0.5, freeze_memory=False)
    monkeypatch.setattr(app, "runner_settings", lambda _settings: short)
    async with (
        a_database("postgresql", tmp_path) as url,
        Sandbox(fast=True) as box,
        ControlApi(box.url) as api,
    ):
        server, _, name = url.rpartition("/")
        admin = await asyncpg.connect(f"{server}/postgres")
        stage = await set_stage(api, tmp_path)
        listen = f"127.0.0.1:{free_port()}"
        settings = stage.settings(CONTROLBOT_DATABASE_URL=url, CONTROLBOT_LISTEN=listen)
        serving = asyncio.ensure_future(process.serve(settings))  # noqa: TID251
        try:
            await greets(api, stage.chat, "Ada")
            await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            await end_connections(admin, name)

            async def told() -> bool:
                try:
                    async with (
                        aiohttp.ClientSession() as session,
                        session.get(f"http://{listen}/healthz") as answer,
                    ):
                        return "takes no connections" in await answer.text()
                except aiohttp.ClientError:
                    return False

            await asyncio.sleep(AWAY)
            await until(told, 20.0)
            assert not serving.done()
            await admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            await greets(api, stage.chat, "Boris")
        finally:
            serving.cancel()
            await asyncio.wait([serving])
            await admin.close()


async def greets(api: ControlApi, chat: str, name: str) -> None:
    person = await api.person(name, language_code="en")
    await person.send(chat, "/start")
    await person.find_button(chat, "English", within=20.0)
