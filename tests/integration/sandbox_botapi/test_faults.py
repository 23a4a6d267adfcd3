"""Faults at the Bot API's door."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from sandbox.botapi.door import BotApi
from sandbox.botapi.flood import Flood
from sandbox.faults import Fault, Faults
from sandbox.world.errors import ApiError
from tests.integration.sandbox_botapi.bot_stage import BotStage
from tests.support.clock import FakeClock


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (Fault(kind="retry_after", seconds=7), (429, "Too Many Requests: retry after 7")),
        (Fault(kind="token_revoked"), (401, "Unauthorized")),
        (
            Fault(kind="conflict"),
            (
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot "
                "instance is running",
            ),
        ),
        (
            Fault(kind="error", error_code=403, description="Forbidden: user is deactivated"),
            (403, "Forbidden: user is deactivated"),
        ),
    ],
)
async def test_telegrams_errors(stage: BotStage, fault: Fault, answer: tuple[int, str]) -> None:
    stage.faults.add(fault)
    got = await stage.call("getMe")
    assert (got["error_code"], got["description"]) == answer
    if answer[0] == 429:
        assert got["parameters"] == {"retry_after": 7}


async def test_a_fault_of_one_bot_and_method_and_so_often(stage: BotStage) -> None:
    other = stage.world.add_bot(owner_id=stage.person.id, name="B", username="b2_bot")
    stage.faults.add(Fault(kind="token_revoked", method="getme", bot=stage.bot.id, times=2))
    assert (await stage.call("getMe", other.token))["ok"]
    assert (await stage.call("getMyName"))["ok"]
    assert [(await stage.call("getMe"))["ok"] for _ in range(3)] == [False, False, True]
    assert stage.faults.list() == []


async def test_proxies_and_garbage(stage: BotStage) -> None:
    stage.faults.add(Fault(kind="http_status", status=502, times=1))
    stage.faults.add(Fault(kind="garbage", times=1))
    url = f"{stage.url}/bot{stage.bot.token}/getMe"
    async with stage.http.get(url) as response:
        assert (response.status, response.content_type) == (502, "text/html")
    async with stage.http.get(url) as response:
        assert response.status == 200
        with pytest.raises(ValueError, match="line 1"):
            await response.json()


@pytest.mark.parametrize("kind", ["reset", "hang", "restart"])
async def test_connections_that_break(stage: BotStage, kind: str) -> None:
    stage.faults.add(Fault(kind=kind, times=1, seconds=0.1))
    with pytest.raises(aiohttp.ClientError):
        await stage.call("getMe")
    await asyncio.sleep(0.15)
    assert (await stage.call("getMe"))["ok"]


async def test_a_restart_cuts_held_polls(stage: BotStage) -> None:
    await stage.updates()
    poll = asyncio.gather(stage.call("getUpdates", timeout=20), return_exceptions=True)
    await asyncio.sleep(0.05)
    api: BotApi = stage.api
    api.restart(0.2)
    assert isinstance((await poll)[0], aiohttp.ClientError)


async def test_an_answer_that_is_lost_was_done(stage: BotStage) -> None:
    stage.faults.add(Fault(kind="answer_lost", method="sendMessage", times=1))
    with pytest.raises(aiohttp.ClientError):
        await stage.call("sendMessage", chat_id=stage.person.id, text="arrived")
    newest = stage.chat.newest()
    assert newest is not None
    assert newest.content.text == "arrived"


async def test_calls_are_logged_without_secrets(stage: BotStage) -> None:
    await stage.call("setWebhook", url="https://example.com", secret_token="hush")
    call = stage.log.list(bot_id=stage.bot.id, method="setwebhook")[0]
    assert call.params == {"url": "https://example.com", "secret_token": "•••"}
    assert stage.bot.token not in repr(stage.log.list())


def test_faults_as_json() -> None:
    faults = Faults()
    fault = Fault.from_json({"kind": "delay", "token": "1:secret", "seconds": 1, "times": 3})
    number = faults.add(fault)
    assert faults.list() == [
        {
            "id": number,
            "protocol": "bot",
            "kind": "delay",
            "token": "1:•••",
            "times": 3,
            "seconds": 1,
            "left": 3,
        }
    ]
    for wrong in ({}, {"kind": "nonsense"}, {"kind": "delay", "who": 1}):
        with pytest.raises(ApiError):
            Fault.from_json(wrong)


def test_flood_limits(fake_clock: FakeClock) -> None:
    flood = Flood(fake_clock.monotonic)
    for _ in range(5):
        flood.check(1, "sendMessage", 10)
    with pytest.raises(ApiError) as refused:
        flood.check(1, "sendMessage", 10)
    assert (refused.value.code, refused.value.retry_after) == (429, 1)
    flood.check(1, "getMe", 10)
    flood.check(1, "sendMessage", 11)
    for _ in range(20):
        flood.check(2, "sendMessage", -10)
    with pytest.raises(ApiError):
        flood.check(2, "sendMessage", -10)
