"""Webhook mode: the control bot's own webhook is looked at again, and what is wrong shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from controlbot.app import App
from controlbot.http_server import serving
from controlbot.settings import Address
from tests.support.platform_env import Stage
from tests.support.processes import free_port


@pytest.fixture
async def hooked(stage: Stage) -> AsyncIterator[App]:
    address = f"127.0.0.1:{free_port()}"
    settings = stage.settings(CONTROLBOT_LISTEN=address, CONTROLBOT_WEBHOOK_URL=f"http://{address}")
    async with App(settings) as app:
        yield app


async def look(app: App) -> None:
    webhook = app.runner._control_webhook
    assert webhook is not None
    await webhook.check()


async def test_a_changed_webhook_is_set_back(hooked: App, stage: Stage) -> None:
    """K5: nobody reached the control bot until the next start."""
    await hooked.platform.bot.set_webhook("https://thief.example/")
    await look(hooked)
    ada = await stage.api.person("Ada", language_code="en")
    await ada.send(stage.chat, "/start")
    await ada.find_button(stage.chat, "English")


async def test_a_webhook_that_cannot_be_delivered_to_shows(hooked: App, stage: Stage) -> None:
    """K5: a proxy that answers 301, and every page said that all is well."""
    port = free_port()
    info = await hooked.platform.bot.get_webhook_info()
    path = info.url.rpartition(":")[2].partition("/")[2]

    async def moved(_: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": "https://elsewhere.example/"})

    webhook = hooked.runner._control_webhook
    assert webhook is not None
    webhook._webhooks._base = f"http://127.0.0.1:{port}"
    async with serving(Address(("127.0.0.1", port)), [web.post(f"/{path}", moved)]):
        await look(hooked)
        ada = await stage.api.person("Ada", language_code="en")
        await ada.send(stage.chat, "/start")
        await asyncio.sleep(0.5)
        await look(hooked)
    async with (
        aiohttp.ClientSession(hooked.http_url) as session,
        session.get("/healthz") as response,
    ):
        assert response.status == 503
        (problem,) = (await response.json())["problems"]
    assert "301" in problem


async def test_what_is_no_update_is_acknowledged(hooked: App) -> None:
    """It would be delivered again and again."""
    webhook = hooked.runner._control_webhook
    assert webhook is not None
    for body in (b"", b"[]", b"{", b'{"update_id": "x"}', b"\xff"):
        async with asyncio.timeout(5):
            await webhook.take(body)
