"""getUpdates and webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.world import Content
from tests.integration.sandbox_botapi.bot_stage import BotStage
from tests.integration.sandbox_botapi.webhook_receiver import receiver

HELD = 40
"""Seconds for which a poll is held."""


def say(stage: BotStage, *texts: str) -> None:
    for text in texts:
        stage.world.send(stage.person.id, stage.chat, Content(text=text))


def newest_text(stage: BotStage) -> str:
    newest = stage.chat.newest()
    return newest.content.text if newest else ""


async def polled(stage: BotStage, **params: Any) -> list[tuple[int, str]]:
    return [
        (one["update_id"], one["message"]["text"])
        for one in (await stage.call("getUpdates", **params))["result"]
    ]


async def test_unconfirmed_updates_are_kept(stage: BotStage) -> None:
    say(stage, "a", "b")
    first = await polled(stage)
    assert [text for _, text in first] == ["/start", "a", "b"]
    assert await polled(stage, limit=1) == first[:1]
    assert await polled(stage, offset=first[1][0]) == first[1:]
    assert await polled(stage, offset=-1) == first[2:]
    assert await polled(stage, offset=first[2][0] + 1) == []


async def test_a_held_poll_ends_with_the_first_update(stage: BotStage) -> None:
    await stage.updates()
    poll = asyncio.gather(polled(stage, timeout=HELD))
    await asyncio.sleep(0.05)
    say(stage, "now")
    async with asyncio.timeout(HELD / 2):
        ((found,),) = await poll
    assert found[1] == "now"
    assert await polled(stage, offset=found[0] + 1, timeout=1) == []


async def test_a_second_poller_ends_the_first(stage: BotStage) -> None:
    await stage.updates()
    first = asyncio.gather(stage.call("getUpdates", timeout=20))
    await asyncio.sleep(0.05)
    second = asyncio.gather(stage.call("getUpdates", timeout=1))
    (answer,) = await first
    assert (answer["error_code"], answer["description"]) == (
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance "
        "is running",
    )
    assert (await second)[0]["ok"]


async def test_allowed_updates(stage: BotStage) -> None:
    await stage.call("getUpdates", offset=-1, allowed_updates=["callback_query"])
    await stage.updates()
    say(stage, "unwanted")
    assert await polled(stage) == []
    await stage.call("getUpdates", allowed_updates=[])
    say(stage, "wanted")
    assert [text for _, text in await polled(stage)] == ["wanted"]


async def test_a_revoked_token_ends_the_poll(stage: BotStage) -> None:
    await stage.updates()
    poll = asyncio.gather(stage.call("getUpdates", timeout=20))
    await asyncio.sleep(0.05)
    stage.world.revoke_token(stage.bot.id)
    assert (await poll)[0]["description"] == "Unauthorized"


async def test_hundreds_of_polls_wake_nobody_while_nothing_comes(
    stage: BotStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bot API and client share the loop: a poll that looked again and again would show."""
    loop, scheduled = asyncio.get_running_loop(), 0

    def counted(schedule: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **more: Any) -> Any:
            nonlocal scheduled
            scheduled += 1
            return schedule(*args, **more)

        return wrapped

    monkeypatch.setattr(loop, "call_soon", counted(loop.call_soon))
    monkeypatch.setattr(loop, "call_at", counted(loop.call_at))
    bots = [
        stage.world.add_bot(
            owner_id=stage.world.add_account(first_name=str(n)).id,
            name="B",
            username=f"b{n:03}_bot",
        )
        for n in range(200)
    ]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        stage.http, old = http, stage.http
        polls = [asyncio.gather(stage.call("getUpdates", bot.token, timeout=HELD)) for bot in bots]
        async with asyncio.timeout(HELD / 2):
            while not scheduled or scheduled >= len(bots):
                scheduled = 0
                await asyncio.sleep(0.3)
        assert not any(poll.done() for poll in polls)
        for bot in bots:
            stage.world.start(bot.owner_id, bot.id)
        answers = await asyncio.gather(*polls)
        stage.http = old
    assert all(len(answer[0]["result"]) == 1 for answer in answers)


# --- Webhooks ---------------------------------------------------------------------------------


async def test_a_webhook_gets_what_waits_and_what_comes(stage: BotStage) -> None:
    async with receiver() as (hook, url):
        answer = await stage.call("setWebhook", url=url, secret_token="s3cret")
        assert answer["description"] == "Webhook was set"
        say(stage, "a")
        await hook.wait(2)
        assert hook.texts() == ["/start", "a"]
        assert hook.got[0][1] == "s3cret"
        refused = await stage.call("getUpdates")
        assert refused["description"] == (
            "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to "
            "delete the webhook first"
        )
        assert (await stage.call("deleteWebhook"))["description"] == "Webhook was deleted"
        assert (await stage.call("deleteWebhook"))["description"] == "Webhook is already deleted"
        assert await polled(stage) == []


async def test_a_webhook_is_tried_again_in_order(stage: BotStage) -> None:
    async with receiver() as (hook, url):
        hook.answers = [web.Response(status=503) for _ in range(3)] + [
            web.Response(status=301, headers={"Location": url})
        ]
        await stage.call("setWebhook", url=url, drop_pending_updates=True)
        say(stage, "a", "b")
        await hook.wait(6)
        assert hook.texts() == ["a"] * 5 + ["b"]
        times = [when for when, _, _ in hook.got]
        pauses = [later - sooner for sooner, later in pairwise(times)]
        assert pauses[1] < pauses[2] < pauses[3]
        info = (await stage.call("getWebhookInfo"))["result"]
        assert (
            info["last_error_message"] == "Wrong response from the webhook: 301 Moved Permanently"
        )
        assert info["url"] == url
        assert info["last_error_date"] > 0


async def test_a_webhook_says_when_to_try_again(stage: BotStage) -> None:
    async with receiver() as (hook, url):
        hook.answers = [
            web.Response(status=503),
            web.Response(status=429, headers={"Retry-After": "20"}),
        ]
        await stage.call("setWebhook", url=url, drop_pending_updates=True)
        say(stage, "a")
        await hook.wait(3)
        times = [when for when, _, _ in hook.got]
        assert times[2] - times[1] >= 20 * 0.02
        assert times[1] - times[0] < times[2] - times[1]


async def test_an_error_is_shown_until_the_webhook_is_set_anew(stage: BotStage) -> None:
    await stage.call("setWebhook", url="http://127.0.0.1:9/hook")
    async with asyncio.timeout(5):
        while "last_error_message" not in (info := await stage.call("getWebhookInfo"))["result"]:
            await asyncio.sleep(0.02)
    assert info["result"]["last_error_message"] == "Connection refused"
    assert info["result"]["pending_update_count"] == 1
    async with receiver() as (hook, url):
        await stage.call("setWebhook", url=url)
        await hook.wait(1)
        assert "last_error_message" not in (await stage.call("getWebhookInfo"))["result"]


async def test_a_webhook_answers_with_a_method(stage: BotStage) -> None:
    async with receiver() as (hook, url):
        reply = {"method": "sendMessage", "chat_id": stage.person.id, "text": "from the hook"}
        hook.answers = [web.json_response(reply)]
        await stage.call("setWebhook", url=url)
        await hook.wait(1)
        async with asyncio.timeout(5):
            while newest_text(stage) != "from the hook":
                await asyncio.sleep(0.01)


async def test_a_webhook_elsewhere_is_kept_but_not_called(stage: BotStage) -> None:
    await stage.call("setWebhook", url="https://example.com/hook", secret_token="x")
    say(stage, "a")
    await asyncio.sleep(0.1)
    info = (await stage.call("getWebhookInfo"))["result"]
    assert (info["url"], info["pending_update_count"]) == ("https://example.com/hook", 2)
    assert info["last_error_message"].startswith("Failed to resolve host")
    wrong = await stage.call("setWebhook", url="https://example.com", secret_token="ü")
    assert wrong["description"] == "Bad Request: secret token contains unallowed characters"
