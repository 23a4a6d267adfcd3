"""The platform's own web server, as somebody sees it who should not be there."""

from __future__ import annotations

import asyncio
import contextlib
import io
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from controlbot import http_limits
from controlbot.app import App
from controlbot.http_server import serving
from controlbot.settings import Address
from tenants.runner.webhook import request_bodies
from tenants.runner.webhook.endpoint import CONTROL_BOT, SECRET_HEADER, Hooks
from tenants.runner.webhook.paths import HookPaths
from tenants.runner.webhook.request_bodies import LARGEST
from tenants.support.metrics import Metrics
from tests.support.platform_env import API_HASH, Stage
from tests.support.services_env import ServicesEnv, sqlite_ground

__all__ = ["sqlite_ground"]

MEGABYTE = 2**20
SOON = 15.0
"""Seconds within which the server is to have closed a connection."""


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


@dataclass
class ControlHook:
    """The control bot's webhook, served as the platform serves it."""

    url: str
    path: str
    secret: dict[str, str]
    taken: list[bytes]

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        assert parts.port is not None
        return parts.hostname, parts.port

    def head(self, *more: str) -> bytes:
        """A request's head for a raw connection, with the right secret."""
        secret = [f"{name}: {value}" for name, value in self.secret.items()]
        lines = [f"POST {self.path} HTTP/1.1", "Host: hook", *secret, *more]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"


@pytest.fixture
async def hook(sqlite_ground: ServicesEnv) -> AsyncIterator[ControlHook]:
    paths = HookPaths(sqlite_ground.services.vault)
    nothing: Any = None
    hooks = Hooks(
        paths=paths,
        contexts=nothing,
        intake=nothing,
        entry_of=lambda _: None,
        metrics=Metrics(),
    )
    taken: list[bytes] = []

    async def control(body: bytes) -> None:
        taken.append(body)

    hooks.control = control
    path = f"/hook/{paths.path(CONTROL_BOT)}"
    right = {SECRET_HEADER: paths.secret(CONTROL_BOT)}
    async with serving(Address(("127.0.0.1", 0)), hooks.routes()) as url:
        yield ControlHook(url, path, right, taken)


async def test_updates_as_large_as_telegram_keeps_them_are_taken(hook: ControlHook) -> None:
    """R (low): bodies over 1 MiB got 413. Telegram keeps no update over 512 KiB."""
    largest = b"x" * LARGEST
    async with aiohttp.ClientSession(hook.url) as web:
        assert await status_of(web.post(hook.path, data=largest, headers=hook.secret)) == 200
        for method in ("GET", "PUT", "DELETE"):
            assert await status_of(web.request(method, hook.path, headers=hook.secret)) == 405
    assert hook.taken == [largest]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/nothing", {}, 404),
        ("/hook/unknown", {}, 404),
        ("/healthz", {}, 404),
        (None, {}, 401),
        (None, {SECRET_HEADER: "wrong"}, 401),
        (None, "right", 413),
    ],
)
async def test_the_rest_of_a_refused_body_is_not_read(
    hook: ControlHook, path: str | None, headers: Any, status: int
) -> None:
    """R1: the answer comes at once, and the connection is closed with the body unread."""
    path, headers = path or hook.path, hook.secret if headers == "right" else headers
    lines = [f"POST {path} HTTP/1.1", "Host: hook", f"Content-Length: {64 * MEGABYTE}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    reader, writer = await asyncio.open_connection(*hook.address)
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + b"begin")
    async with asyncio.timeout(SOON):
        assert await first_status(reader) == status
        await closed(reader)
    writer.close()
    assert hook.taken == []


async def test_a_body_without_a_length_is_read_to_its_cap_only(hook: ControlHook) -> None:
    reader, writer = await asyncio.open_connection(*hook.address)
    writer.write(hook.head("Transfer-Encoding: chunked"))
    chunk = f"{MEGABYTE:x}\r\n".encode() + bytes(MEGABYTE) + b"\r\n"
    with contextlib.suppress(ConnectionError):
        for _ in range(64):
            writer.write(chunk)
            await writer.drain()
    async with asyncio.timeout(SOON):
        with contextlib.suppress(ConnectionError):
            await reader.read(MEGABYTE)
            await closed(reader)
    writer.close()
    assert hook.taken == []


@pytest.mark.parametrize("packed", ["gzip", "deflate"])
@pytest.mark.parametrize("where", ["hook", "hook with the secret", "nowhere"])
async def test_nothing_is_unpacked(
    hook: ControlHook, packed: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R1: a body that unpacks to many times its size costs nothing."""
    path = "/nowhere" if where == "nowhere" else hook.path
    headers = {"Content-Encoding": packed}
    if where == "hook with the secret":
        headers |= hook.secret
    bomb = zipped(MEGABYTE, packed)
    unpackers: list[object] = []
    monkeypatch.setattr(zlib, "decompressobj", lambda *args, **_: unpackers.append(args))
    async with aiohttp.ClientSession(hook.url) as web:
        sending = [
            try_status(web.post(path, data=io.BytesIO(bomb), headers=headers)) for _ in range(8)
        ]
        statuses = set(await asyncio.gather(*sending))
    wanted = {"hook": 401, "hook with the secret": 415, "nowhere": 404}[where]
    assert statuses <= {wanted, None}
    assert unpackers == []
    assert hook.taken == []


async def test_a_head_that_comes_slowly_is_not_waited_for(
    hook: ControlHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_limits, "HEAD_SECONDS", 0.4)
    reader, writer = await asyncio.open_connection(*hook.address)
    async with asyncio.timeout(30):
        with contextlib.suppress(ConnectionError):
            writer.write(b"POST /hook/x HTTP/1.1\r\n")
            while not reader.at_eof():
                writer.write(b"X-A: b\r\n")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1), 0.1)
    writer.close()


async def test_an_idle_connection_outlives_the_limit_of_a_head(
    hook: ControlHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram keeps its connections open between two updates."""
    monkeypatch.setattr(http_limits, "HEAD_SECONDS", 0.2)
    reader, writer = await asyncio.open_connection(*hook.address)
    for _ in range(2):
        writer.write(hook.head("Content-Length: 2") + b"{}")
        assert await first_status(reader) == 200
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.4)
    writer.close()
    assert hook.taken == [b"{}", b"{}"]


async def test_a_body_that_comes_slowly_is_not_waited_for(
    hook: ControlHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_bodies, "SECONDS", 0.3)
    reader, writer = await asyncio.open_connection(*hook.address)
    writer.write(hook.head("Content-Length: 100") + b"{")
    async with asyncio.timeout(SOON):
        assert await first_status(reader) == 408
        await closed(reader)
    writer.close()


async def test_there_is_a_most_number_of_connections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_limits, "most_connections", lambda: 3)
    async with serving(Address(("127.0.0.1", 0)), []) as url:
        port = int(url.rpartition(":")[2])
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(SOON):
            await closed(reader)
        for _, other in idle:
            other.close()
        writer.close()
        await asyncio.sleep(0.1)
        async with aiohttp.ClientSession(url) as web:
            assert await status_of(web.get("/nothing")) == 404


def zipped(size: int, coding: str) -> bytes:
    """``size`` zero bytes, compressed."""
    packer = zlib.compressobj(1, wbits=31 if coding == "gzip" else 15)
    block = bytes(MEGABYTE)
    parts = [packer.compress(block) for _ in range(size // MEGABYTE)]
    return b"".join([*parts, packer.flush()])


async def first_status(reader: asyncio.StreamReader) -> int:
    return int((await reader.readline()).split()[1])


async def closed(reader: asyncio.StreamReader) -> None:
    """Read until the other side has closed the connection."""
    with contextlib.suppress(ConnectionError):
        while await reader.read(65536):
            pass


async def try_status(request: Any) -> int | None:
    """None where the connection was closed before the answer could be read."""
    try:
        return await status_of(request)
    except aiohttp.ClientError:
        return None


async def status_of(request: Any) -> int:
    async with request as response:
        return int(response.status)


async def test_it_listens_where_it_was_told_only(platform: App) -> None:
    assert platform.http_url.startswith("http://127.0.0.1:")
    async with serving(Address(("127.0.0.1", 0)), []) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(OSError, match=r"refused|Connect call failed|unreachable"):
            await asyncio.open_connection("127.0.0.2", port)
