"""The page in a real browser, over a world in this process."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, async_playwright

from sandbox import botapi, control_api
from sandbox.botfather.bot import BotFather
from sandbox.call_log import CallLog
from sandbox.endpoints import ENDPOINTS, Endpoints
from sandbox.fault_injection import Faults
from sandbox.seed import seed
from sandbox.world import World
from tests.integration.sandbox_web.phones import Phones

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture
def world() -> World:
    world = World()
    BotFather(world)
    seed(world, "demo")
    return world


@pytest_asyncio.fixture(loop_scope="module")
async def server(world: World) -> AsyncIterator[TestServer]:
    app = web.Application(client_max_size=60 * 2**20)
    app[ENDPOINTS] = Endpoints()
    faults, log = Faults(), CallLog()
    bots = botapi.add_routes(app, world, faults, log, pace=0.02)
    control_api.add_routes(app, world, faults, log, bots)
    server = TestServer(app)
    async with server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("there is no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=list(ARGUMENTS), headless=True
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page whose errors fail the test."""
    context = await browser.new_context(viewport={"width": 1500, "height": 880})
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    await context.close()
    assert errors == []


@pytest_asyncio.fixture(loop_scope="module")
async def phones(page: Page, server: TestServer, world: World) -> Phones:
    phones = Phones(page, str(server.make_url("/")), world)
    await phones.load()
    return phones
