"""A world behind a Bot API door, and a real aiogram bot that knows no difference."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiohttp import web

from sandbox import botapi
from sandbox.call_log import CallLog
from sandbox.fault_injection import Faults
from sandbox.world import World
from tests.integration.sandbox_botapi.bot_stage import BotStage


@pytest.fixture
async def stage() -> AsyncIterator[BotStage]:
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
        yield BotStage(
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
