"""Bots renamed, handed over, deleted; their updates changed; other programs with their token."""

from __future__ import annotations

import pytest
from aiogram import Bot as Aiogram
from aiogram.exceptions import ClientDecodeError, TelegramConflictError, TelegramUnauthorizedError

from sandbox.world import Account, Bot, Content, World
from tests.integration.sandbox_control.client import Api


@pytest.fixture
def started(world: World, maya: Account, bot: Bot) -> int:
    world.start(maya.id, bot.id)
    return maya.id


async def test_a_bot_is_renamed(api: Api, bot: Bot, aiogram: Aiogram) -> None:
    changes = {"name": "Aide", "username": "aide_bot", "topics_enabled": True}
    await api.ask("PATCH", f"bots/{bot.id}", changes)
    me = await aiogram.get_me()
    assert (me.first_name, me.username, me.has_topics_enabled) == ("Aide", "aide_bot", True)
    assert (await api.ask("PATCH", f"bots/{bot.id}", {"username": "aide"}, status=400))["field"]


async def test_a_managed_bot_is_handed_over_and_revoked(
    api: Api, bot: Bot, started: int, omid: Account, aiogram: Aiogram
) -> None:
    body = {"chat": bot.id, "name": "Shop", "username": "my_shop_bot"}
    made = await api.post(f"accounts/{started}/create-managed-bot", body, status=201)
    await api.post(f"bots/{made['id']}/transfer", {"owner": omid.id})
    await api.post(f"bots/{made['id']}/revoke", {})
    updates = [one.managed_bot for one in await aiogram.get_updates() if one.managed_bot]
    assert [one.user.id for one in updates] == [started, omid.id, omid.id]


async def test_a_deleted_bot_is_unauthorized(api: Api, bot: Bot, aiogram: Aiogram) -> None:
    await api.delete(f"bots/{bot.id}")
    with pytest.raises(TelegramUnauthorizedError):
        await aiogram.get_me()
    await api.delete(f"bots/{bot.id}", status=404)


async def test_raw_updates(api: Api, bot: Bot, started: int, aiogram: Aiogram) -> None:
    await aiogram.get_updates(offset=-1)
    update = {"update_id": 2**63, "from_the_future": {"chat": {"id": 5}}}
    assert (await api.post(f"bots/{bot.id}/updates", {"update": update}, status=201)) == {
        "update_id": 2**63
    }
    assert (await aiogram.get_updates())[-1].update_id == 2**63
    assert await aiogram.get_updates(offset=2**63 + 1, timeout=0) == []
    await api.post(f"bots/{bot.id}/updates", {"json": '{"update_id": 1, "mess'}, status=201)
    assert await api.get(f"bots/{bot.id}/updates") == ['{"update_id": 1, "mess']
    for wrong in ({}, {"update": 5}, {"update": {}, "json": "x"}):
        assert (await api.post(f"bots/{bot.id}/updates", wrong, status=400))["field"] == "update"


async def test_changed_updates(
    api: Api, bot: Bot, world: World, started: int, aiogram: Aiogram
) -> None:
    await aiogram.get_updates()
    path = f"bots/{bot.id}/update-overrides"
    changes = {
        "kind": "message",
        "set": {"message.forward_origin": {"type": "from_the_moon", "date": 1}},
        "drop": ["message.from.is_bot"],
        "times": 1,
    }
    await api.post(path, changes, status=201)
    chat = world.chat(started, bot.id)
    world.send(started, chat, Content(text="one"))
    world.send(started, chat, Content(text="two"))
    _, odd, plain = await api.get(f"bots/{bot.id}/updates")
    assert '"from_the_moon"' in odd
    assert "is_bot" not in odd
    assert "is_bot" in plain
    with pytest.raises(ClientDecodeError):
        await aiogram.get_updates()
    await api.post(path, {"set": {"message.photo.0.width": 3}}, status=201)
    world.send(started, chat, Content(text="three"))
    assert '"photo":[{"width":3}]' in (await api.get(f"bots/{bot.id}/updates"))[-1]
    await api.delete(path)
    assert (await api.post(path, {}, status=400))["field"] == "set"


async def test_update_ids_start_anew(
    api: Api, bot: Bot, world: World, started: int, aiogram: Aiogram
) -> None:
    before = (await aiogram.get_updates())[-1].update_id
    path = f"bots/{bot.id}/update-id"
    assert (await api.post(path, {"next": 1}, status=400))["field"] == "next"
    await aiogram.get_updates(offset=before + 1, timeout=0)
    assert (await api.post(path, {"next": 7})) == {"next": 7}
    world.send(started, world.chat(started, bot.id), Content(text="anew"))
    assert (await aiogram.get_updates(offset=before + 1))[0].update_id == 7
    assert await aiogram.get_updates(offset=8, timeout=0) == []
    assert (await api.post(path, {}))["next"] > 0


async def test_a_webhook_of_another_program(api: Api, bot: Bot, aiogram: Aiogram) -> None:
    body = {"url": "https://elsewhere.example/hook", "error": "Wrong response: 301"}
    await api.post(f"bots/{bot.id}/webhook", body, status=201)
    info = await aiogram.get_webhook_info()
    assert (info.url, info.last_error_message) == (body["url"], body["error"])
    with pytest.raises(TelegramConflictError, match="webhook is active"):
        await aiogram.get_updates()
    await api.delete(f"bots/{bot.id}/webhook")
    assert await aiogram.get_updates() == []


async def test_a_poller_of_another_program(
    api: Api, bot: Bot, world: World, started: int, aiogram: Aiogram
) -> None:
    await api.post(f"bots/{bot.id}/poller", {}, status=201)
    await aiogram.get_updates(offset=-1)
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates"):
        await aiogram.get_updates(offset=2**40, timeout=20)
    world.send(started, world.chat(started, bot.id), Content(text="who gets it?"))
    assert (await api.delete(f"bots/{bot.id}/poller"))["taken"] > 0
