"""Files as big as somebody likes: taken up to the cap and no further."""

from __future__ import annotations

import gzip
import io
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tenants.domain.model import BotToken
from tenants.telegram.http_client import FILE_LIMIT, FileTooBig, Telegram

TOKEN = BotToken.parse("712345678:" + "Q" * 35)
CHUNK = bytes(2**18)


async def endless(request: web.Request) -> web.StreamResponse:
    """Says nothing of its size, and goes on for ever."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(CHUNK)


async def bomb(_request: web.Request) -> web.Response:
    """A few kilobytes that unfold to three times the cap."""
    folded = gzip.compress(bytes(3 * FILE_LIMIT), 9)
    assert len(folded) < FILE_LIMIT / 100
    return web.Response(body=folded, headers={"Content-Encoding": "gzip"})


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    app = web.Application()
    app.router.add_get("/file/{bot}/endless", endless)
    app.router.add_get("/file/{bot}/bomb", bomb)
    async with TestServer(app) as server:
        telegram = Telegram(str(server.make_url("")))
        yield telegram
        await telegram.close()


@pytest.mark.case(36)
@pytest.mark.parametrize("path", ["endless", "bomb"])
async def test_a_huge_file_is_refused_at_the_cap(telegram: Telegram, path: str) -> None:
    into = io.BytesIO()
    with pytest.raises(FileTooBig) as refused:
        await telegram.bot(TOKEN).download_file(path, into)
    assert into.tell() <= FILE_LIMIT
    assert "Q" * 35 not in str(refused.value)
