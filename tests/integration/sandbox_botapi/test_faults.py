"""Faults at the Bot API's door."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from sandbox.botapi.flood_limits import Flood
from sandbox.botapi.malformed_responses import NOVELTY
from sandbox.botapi.server import BotApi
from sandbox.fault_injection import Fault, Faults, WrongFault
from sandbox.world import Content
from sandbox.world.errors import ApiError
from sandbox.world.refusals import REFUSALS
from tests.integration.sandbox_botapi.bot_stage import BotStage
from tests.integration.sandbox_botapi.webhook_receiver import receiver
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


@pytest.mark.parametrize("name", REFUSALS)
async def test_any_refusal_on_demand(stage: BotStage, name: str) -> None:
    stage.faults.add(Fault(kind="refusal", refusal=name, method="sendMessage", seconds=9))
    answer = await stage.call("sendMessage", chat_id=stage.person.id, text="x")
    assert answer["ok"] is False
    assert answer["error_code"] == REFUSALS[name].code
    assert answer["description"] == REFUSALS[name].description.format(seconds=9)
    assert ("parameters" in answer) == (name in ("flood", "group_upgraded"))
    newest = stage.chat.newest()
    assert newest is not None
    assert newest.content.text == "/start"


async def test_a_fault_of_one_chat_after_some_calls(stage: BotStage) -> None:
    stage.faults.add(
        Fault(kind="refusal", refusal="blocked", chat=stage.person.id, skip=1, times=1)
    )
    to = stage.person.id
    texts = [(await stage.call("sendMessage", chat_id=to, text="x"))["ok"] for _ in range(3)]
    assert texts == [True, False, True]
    stage.faults.add(Fault(kind="refusal", refusal="blocked", chat=1))
    assert (await stage.call("sendMessage", chat_id=to, text="x"))["ok"]


async def test_lists_that_are_done_in_part(stage: BotStage) -> None:
    """K3: copyMessages skips messages, or is refused after some of them."""
    said = [stage.world.send(stage.person.id, stage.chat, Content(text=text)).id for text in "abc"]
    copy: dict[str, Any] = {
        "chat_id": stage.person.id,
        "from_chat_id": stage.person.id,
        "message_ids": said,
    }
    stage.faults.add(Fault(kind="partial", count=2, times=1))
    assert len((await stage.call("copyMessages", **copy))["result"]) == 2
    stage.faults.add(Fault(kind="partial", count=1, refusal="cannot_copy", times=1))
    before = len(stage.chat.messages)
    assert (await stage.call("copyMessages", **copy))["error_code"] == 400
    assert len(stage.chat.messages) == before + 1
    stage.faults.add(Fault(kind="refused_after", refusal="internal", times=1))
    answer = await stage.call("sendMessage", chat_id=stage.person.id, text="arrived")
    assert (answer["ok"], answer["error_code"]) == (False, 500)
    newest = stage.chat.newest()
    assert newest is not None
    assert newest.content.text == "arrived"


async def raw_updates(stage: BotStage) -> bytes:
    async with stage.http.get(f"{stage.url}/bot{stage.bot.token}/getUpdates") as response:
        return await response.read()


async def test_answers_that_are_not_utf8(stage: BotStage) -> None:
    stage.world.send(stage.person.id, stage.chat, Content(text="hello"))
    stage.faults.add(Fault(kind="bad_utf8", times=1))
    with pytest.raises(UnicodeDecodeError):
        (await raw_updates(stage)).decode()
    stage.faults.add(Fault(kind="lone_surrogate", times=1))
    updates = json.loads(await raw_updates(stage))["result"]
    assert updates[-1]["message"]["text"] == "\ud83dhello"
    stage.faults.add(Fault(kind="bad_utf8", times=1, method="deleteWebhook"))
    async with stage.http.get(f"{stage.url}/bot{stage.bot.token}/deleteWebhook") as response:
        assert b"\xff" in await response.read()


async def test_updates_of_a_newer_bot_api(stage: BotStage) -> None:
    stage.world.send(stage.person.id, stage.chat, Content(text="hello"))
    stage.faults.add(Fault(kind="unknown_fields", times=1))
    update = (await stage.call("getUpdates"))["result"][-1]
    assert NOVELTY in update
    assert NOVELTY in update["message"]["from"]
    stage.faults.add(Fault(kind="unknown_update", times=1))
    update = (await stage.call("getUpdates"))["result"][-1]
    assert set(update) == {"update_id", NOVELTY}
    stage.faults.add(Fault(kind="missing_field", field="date", times=1))
    assert "date" not in (await stage.call("getUpdates"))["result"][-1]["message"]
    stage.faults.add(Fault(kind="huge_ids", field="update_id", times=1))
    assert (await stage.call("getUpdates"))["result"][-1]["update_id"] >= 2**63
    stage.world.block(stage.person.id, stage.bot.id)
    stage.faults.add(Fault(kind="unknown_type", times=1))
    update = (await stage.call("getUpdates"))["result"][-1]
    assert update["my_chat_member"]["new_chat_member"]["status"] == NOVELTY
    assert update["my_chat_member"]["chat"]["type"] == "private"
    assert (await stage.call("getUpdates"))["result"][-1]["my_chat_member"]["new_chat_member"][
        "status"
    ] == "kicked"


async def test_a_clock_that_is_off(stage: BotStage) -> None:
    true = (await stage.call("getUpdates"))["result"][0]["message"]["date"]
    stage.faults.add(Fault(kind="clock_skew", seconds=-7200))
    assert (await stage.call("getUpdates"))["result"][0]["message"]["date"] == true - 7200
    stage.faults.clear()
    assert (await stage.call("getUpdates"))["result"][0]["message"]["date"] == true


async def test_an_answer_cut_in_the_middle(stage: BotStage) -> None:
    stage.faults.add(Fault(kind="answer_cut", method="sendMessage", times=1))
    with pytest.raises(aiohttp.ClientError):
        await stage.call("sendMessage", chat_id=stage.person.id, text="arrived")
    newest = stage.chat.newest()
    assert newest is not None
    assert newest.content.text == "arrived"


async def test_a_webhook_gets_changed_updates(stage: BotStage) -> None:
    async with receiver() as (hook, url):
        stage.faults.add(Fault(kind="unknown_update", method="webhook", times=1))
        stage.faults.add(Fault(kind="reset", method="sendMessage"))
        await stage.call("setWebhook", url=url)
        await hook.wait(1)
        assert set(hook.got[0][2]) == {"update_id", NOVELTY}


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


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "kind"),
        ({"kind": "nonsense"}, "kind"),
        ({"kind": ["delay"]}, "kind"),
        ({"kind": "delay", "who": 1}, "who"),
        ({"kind": "delay"}, "seconds"),
        ({"kind": "delay", "seconds": "1"}, "seconds"),
        ({"kind": "delay", "seconds": -1}, "seconds"),
        ({"kind": "delay", "seconds": True}, "seconds"),
        ({"kind": "delay", "seconds": float("nan")}, "seconds"),
        ({"kind": "refusal"}, "refusal"),
        ({"kind": "refusal", "refusal": "blokked"}, "refusal"),
        ({"kind": "migrate"}, "kind"),
        ({"kind": "refusal", "protocol": "mtproto"}, "kind"),
        ({"kind": "reset", "protocol": "ftp"}, "protocol"),
        ({"kind": "reset", "times": 0}, "times"),
        ({"kind": "reset", "times": 1.5}, "times"),
        ({"kind": "reset", "skip": -1}, "skip"),
        ({"kind": "reset", "method": 5}, "method"),
        ({"kind": "reset", "bot": "7"}, "bot"),
        ({"kind": "http_status", "status": 42}, "status"),
        ({"kind": "error", "error_code": 100}, "error_code"),
        ({"kind": "missing_field"}, "field"),
        ({"kind": "partial"}, "count"),
        ({"kind": "partial", "count": -1}, "count"),
    ],
)
def test_faults_that_could_never_take_effect_are_refused(
    wrong: dict[str, object], field: str
) -> None:
    """S2: fault values are checked."""
    with pytest.raises(WrongFault) as refused:
        Fault.from_json(wrong)
    assert refused.value.field == field


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
