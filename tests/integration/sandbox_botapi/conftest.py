"""A world behind a Bot API door, and a real aiogram bot that knows no difference."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Update
from aiohttp import web

from sandbox import botapi
from sandbox.calllog import CallLog
from sandbox.faults import Faults
from sandbox.world import Account, Chat, World
from sandbox.world import Bot as SandboxBot


@dataclass(slots=True)
class Stage:
    """A person who has started a bot, and the ways to reach both."""

    world: World
    api: botapi.BotApi
    faults: Faults
    log: CallLog
    url: str
    http: aiohttp.ClientSession
    person: Account
    bot: SandboxBot
    aiogram: Bot

    @property
    def chat(self) -> Chat:
        return self.world.chat(self.person.id, self.bot.id)

    async def call(self, method: str, token: str | None = None, **params: Any) -> dict[str, Any]:
        """Call a method with JSON; the whole answer."""
        url = f"{self.url}/bot{token or self.bot.token}/{method}"
        async with self.http.post(url, json=params) as response:
            answer: dict[str, Any] = await response.json()
        return answer

    async def updates(self, **params: Any) -> list[Update]:
        """New updates as aiogram reads them; they are confirmed."""
        found = await self.aiogram.get_updates(**params)
        if found:
            await self.aiogram.get_updates(offset=found[-1].update_id + 1, timeout=0)
        return found


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    world, faults, log = World(), Faults(), CallLog()
    app = web.Application(client_max_size=60 * 2**20)
    api = botapi.add_routes(app, world, faults, log, pace=0.02)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    person = world.add_account(first_name="Ada", last_name="L", username="ada_l")
    bot = world.add_bot(owner_id=person.id, name="Echo", username="echo_bot")
    world.start(person.id, bot.id)
    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    aiogram = Bot(bot.token, session=session)
    async with aiohttp.ClientSession() as http:
        yield Stage(
            world=world,
            api=api,
            faults=faults,
            log=log,
            url=url,
            http=http,
            person=person,
            bot=bot,
            aiogram=aiogram,
        )
    await session.close()
    await runner.cleanup()
