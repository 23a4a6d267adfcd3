"""A world behind the control API alone, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot as Aiogram
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from sandbox import botapi, control_api
from sandbox.call_log import CallLog
from sandbox.endpoints import ENDPOINTS, Endpoints
from sandbox.fault_injection import Faults
from sandbox.world import Account, Bot, World
from tests.integration.sandbox_control.client import Api


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def client(world: World) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    app = web.Application(client_max_size=60 * 2**20)
    app[ENDPOINTS] = Endpoints(
        url="http://127.0.0.1:1", mtproto="127.0.0.1:2", public_key_pem="PEM"
    )
    faults, log = Faults(), CallLog()
    bots = botapi.add_routes(app, world, faults, log, pace=0.02)
    control_api.add_routes(app, world, faults, log, bots)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
def api(client: TestClient[web.Request, web.Application]) -> Api:
    return Api(client)


@pytest.fixture
def maya(world: World) -> Account:
    return world.add_account(first_name="Maya", username="maya_cooks")


@pytest.fixture
def omid(world: World) -> Account:
    return world.add_account(first_name="Omid", username="omid_writes", language_code="fa")


@pytest.fixture
def bot(world: World, maya: Account) -> Bot:
    return world.add_bot(
        owner_id=maya.id, name="Helper", username="helper_bot", can_manage_bots=True
    )


@pytest.fixture
async def aiogram(
    client: TestClient[web.Request, web.Application], bot: Bot
) -> AsyncIterator[Aiogram]:
    """The bot as a program of its own."""
    server = TelegramAPIServer.from_base(str(client.make_url("/")).rstrip("/"))
    session = AiohttpSession(api=server)
    yield Aiogram(bot.token, session=session)
    await session.close()
