"""What Telegram's answers to getMe and getWebhookInfo come to."""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tenants.domain.errors import PlatformError, TelegramUnavailable, TokenRejected
from tenants.domain.model import BotToken
from tenants.telegram.http_client import Telegram
from tenants.telegram.token_probe import BotProber

TOKEN = BotToken.parse("712345678:" + "Q" * 35)
ME = {"id": 712345678, "is_bot": True, "first_name": "Shop", "username": "shop_bot"}
NO_WEBHOOK = {"url": "", "has_custom_certificate": False, "pending_update_count": 3}


@dataclass
class Answers:
    """A Bot API server that says what a test tells it."""

    get_me: web.Response = field(default_factory=lambda: ok(ME))
    webhook: web.Response = field(default_factory=lambda: ok(NO_WEBHOOK))

    async def answer(self, request: web.Request) -> web.Response:
        return self.get_me if request.path.lower().endswith("/getme") else self.webhook


def ok(result: object) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def error(status: int, description: str, **more: object) -> web.Response:
    body = {"ok": False, "error_code": status, "description": description, **more}
    return web.json_response(body, status=status)


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
async def prober(answers: Answers) -> AsyncIterator[BotProber]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answers.answer)
    async with TestServer(app) as server:
        telegram = Telegram(str(server.make_url("")))
        yield BotProber(telegram.bot)
        await telegram.close()


async def test_a_good_token(prober: BotProber, answers: Answers) -> None:
    answers.get_me = ok({**ME, "can_manage_bots": True})
    probe = await prober.probe(TOKEN)
    assert (probe.profile.bot_id, probe.profile.username) == (712345678, "shop_bot")
    assert (probe.profile.name, probe.profile.can_manage_bots) == ("Shop", True)
    assert (probe.webhook_url, probe.pending_updates) == ("", 3)


@pytest.mark.parametrize("status", [401, 404])
async def test_a_token_that_is_none(prober: BotProber, answers: Answers, status: int) -> None:
    answers.get_me = error(status, "Unauthorized" if status == 401 else "Not Found")
    with pytest.raises(TokenRejected):
        await prober.probe(TOKEN)


async def test_being_asked_to_wait(prober: BotProber, answers: Answers) -> None:
    answers.webhook = error(429, "Too Many Requests", parameters={"retry_after": 600})
    with pytest.raises(TelegramUnavailable) as waiting:
        await prober.probe(TOKEN)
    assert waiting.value.params == {"retry_after": 600}


@pytest.mark.case(44)
@pytest.mark.parametrize(
    "answer",
    [
        lambda: error(502, "Bad Gateway"),
        lambda: web.Response(text=f"<html>bot{TOKEN.reveal()}</html>", content_type="text/html"),
        lambda: ok({"surprise": TOKEN.reveal()}),
        lambda: ok({**ME, "id": 5}),
        lambda: web.Response(status=302, headers={"Location": f"/bot{TOKEN.reveal()}/elsewhere"}),
        lambda: error(400, f"Bad Request: {TOKEN.reveal()}"),
    ],
    ids=["5xx", "html", "drift", "another bot", "redirect", "400"],
)
async def test_answers_without_sense(prober: BotProber, answers: Answers, answer: object) -> None:
    assert callable(answer)
    answers.get_me = answer()
    with pytest.raises(TelegramUnavailable) as failed:
        await prober.probe(TOKEN)
    assert failed.value.params == {"retry_after": None}
    assert_no_token(failed.value)


async def test_nobody_there() -> None:
    telegram = Telegram("http://127.0.0.1:1")
    with pytest.raises(TelegramUnavailable) as failed:
        await BotProber(telegram.bot).probe(TOKEN)
    assert_no_token(failed.value)
    await telegram.close()


def assert_no_token(error: PlatformError) -> None:
    assert error.__cause__ is None
    assert error.__context__ is None
    assert "Q" * 35 not in "".join(traceback.format_exception(error))
