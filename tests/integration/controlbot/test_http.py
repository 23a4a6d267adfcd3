"""The platform's own web server, as somebody sees it who should not be there."""

from __future__ import annotations

import asyncio
import io
import zlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from controlbot.app import App
from controlbot.http import serving
from controlbot.settings import Address
from tenants.metrics import Metrics
from tenants.runner.hookpath import HookPaths
from tenants.runner.hooks import CONTROL_BOT, SECRET_HEADER, Hooks
from tests.support.ground import Ground, sqlite_ground
from tests.support.stage import API_HASH, Stage

__all__ = ["sqlite_ground"]

MEGABYTE = 2**20


@pytest.fixture
async def web(platform: App) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(platform.http_url) as session:
        yield session


@pytest.mark.case(6)
async def test_its_pages_hold_no_secret(
    platform: App, stage: Stage, web: aiohttp.ClientSession
) -> None:
    paths = HookPaths(platform.services.vault)
    secrets = (
        stage.control.token.partition(":")[2],
        API_HASH,
        paths.path(CONTROL_BOT),
        paths.secret(CONTROL_BOT),
    )
    for page in ("/healthz", "/readyz", "/metrics", "/", "/hook/", "/hook/x", "/nothing"):
        async with web.get(page) as response:
            shown = await response.text() + str(response.headers)
        assert not [secret for secret in secrets if secret in shown], page
        assert "Traceback" not in shown


async def test_what_is_not_asked_for_is_refused(web: aiohttp.ClientSession) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        for page in ("/healthz", "/readyz", "/metrics"):
            async with web.request(method, page, data=b"x") as response:
                assert response.status == 405
    for page in ("/", "/.env", "/../data/master.key", "/hook/../metrics/x", "/data/controlbot.db"):
        async with web.get(page) as response:
            assert response.status == 404


async def test_a_huge_body_is_not_read(sqlite_ground: Ground) -> None:
    """Without the secret it is refused by its head alone; with it, at one megabyte."""
    paths = HookPaths(sqlite_ground.services.vault)
    nothing: Any = None
    hooks = Hooks(
        paths=paths,
        serving=nothing,
        intake=nothing,
        entry_of=lambda _: None,
        metrics=Metrics(),
    )
    taken: list[bytes] = []

    async def control(body: bytes) -> None:
        taken.append(body)

    hooks.control = control
    hook = f"/hook/{paths.path(CONTROL_BOT)}"
    right = {SECRET_HEADER: paths.secret(CONTROL_BOT)}
    huge = bytes(2 * MEGABYTE)
    async with (
        serving(Address(("127.0.0.1", 0)), hooks.routes()) as url,
        aiohttp.ClientSession(url) as web,
    ):
        assert await status_of(web.post(hook, data=io.BytesIO(huge))) == 401
        assert await status_of(web.post(hook, data=io.BytesIO(huge), headers=right)) == 413
        packed = {**right, "Content-Encoding": "deflate"}
        bomb = zlib.compress(bytes(64 * MEGABYTE))
        assert await status_of(web.post(hook, data=bomb, headers=packed)) == 413
        assert taken == []
        assert await status_of(web.post(hook, data=b"{}", headers=right)) == 200
        for method in ("GET", "PUT", "DELETE"):
            assert await status_of(web.request(method, hook, headers=right)) == 405
    assert taken == [b"{}"]


async def status_of(request: Any) -> int:
    async with request as response:
        return int(response.status)


async def test_it_listens_where_it_was_told_only(platform: App) -> None:
    assert platform.http_url.startswith("http://127.0.0.1:")
    async with serving(Address(("127.0.0.1", 0)), []) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(OSError, match=r"refused|Connect call failed|unreachable"):
            await asyncio.open_connection("127.0.0.2", port)
