"""Chats and messages over the control API, from both sides."""

from __future__ import annotations

import asyncio
import base64

import pytest
from aiohttp import FormData

from sandbox.seed_images import landscape
from sandbox.world import Account, Bot, Button, Content, Entity, Markup, World
from tests.integration.sandbox_control.client import Api


async def test_a_message_is_seen_from_both_sides(
    api: Api, world: World, maya: Account, omid: Account
) -> None:
    sent = await api.post(
        f"accounts/{maya.id}/send", {"chat": "@omid_writes", "text": "See @maya_cooks"}, status=201
    )
    assert sent["outgoing"] is True
    assert sent["entities"] == [{"type": "mention", "offset": 4, "length": 11}]
    [seen] = await api.get(f"accounts/{omid.id}/chats/{maya.id}/messages")
    assert seen["outgoing"] is False
    assert seen["chat"] == maya.id
    assert seen["from"]["name"] == "Maya"
    [row] = await api.get(f"accounts/{omid.id}/chats")
    assert (row["title"], row["unread"], row["last_message"]["id"]) == ("Maya", 1, sent["id"])
    read = {"chat": maya.id, "message_id": sent["id"]}
    assert await api.post(f"accounts/{omid.id}/read", read) == {"unread": 0}


async def test_pages_of_messages(api: Api, world: World, maya: Account, omid: Account) -> None:
    chat = world.chat(maya.id, omid.id)
    ids = [world.send(maya.id, chat, Content(text=f"{n}")).id for n in range(130)]
    root = f"accounts/{omid.id}/chats/{maya.id}/messages"

    async def page(query: str) -> list[int]:
        return [message["id"] for message in await api.get(f"{root}?{query}")]

    assert await page("") == ids[-100:]
    assert await page(f"after={ids[9]}&limit=5") == ids[10:15]
    assert await page(f"before={ids[9]}&limit=5") == ids[4:9]
    assert await page(f"after={ids[-1]}") == []
    for wrong in ("after=x", "limit=0", "limit=5000"):
        assert (await api.get(f"{root}?{wrong}", status=400))["field"] == wrong.partition("=")[0]


async def test_waiting_for_a_message(api: Api, world: World, maya: Account, omid: Account) -> None:
    path = f"accounts/{omid.id}/chats/{maya.id}/messages?after=0&wait=20"
    asked = asyncio.get_running_loop().create_task(api.get(path))
    await asyncio.sleep(0.05)
    assert not asked.done()
    world.send(maya.id, world.chat(maya.id, omid.id), Content(text="here"))
    [message] = await asyncio.wait_for(asked, 5)
    assert message["text"] == "here"


async def test_edit_delete_and_clear(api: Api, world: World, maya: Account, omid: Account) -> None:
    chat = world.chat(maya.id, omid.id)
    message = world.send(maya.id, chat, Content(text="frist"))
    path = f"accounts/{maya.id}/chats/{omid.id}/messages/{message.id}"
    edited = await api.ask("PATCH", path, {"text": "first"})
    assert (edited["text"], edited["edited"]) == ("first", True)
    await api.delete(path)
    await api.delete(path, status=404)
    world.send(omid.id, chat, Content(text="again"))
    await api.delete(f"accounts/{maya.id}/chats/{omid.id}")
    assert await api.get(f"accounts/{maya.id}/chats/{omid.id}/messages") == []
    assert len(await api.get(f"accounts/{omid.id}/chats/{maya.id}/messages")) == 1


async def test_reply_forward_and_react(
    api: Api, world: World, maya: Account, omid: Account, bot: Bot
) -> None:
    root = f"accounts/{maya.id}"
    first = await api.post(f"{root}/send", {"chat": omid.id, "text": "one"}, status=201)
    answer = {"chat": omid.id, "text": "two", "reply_to": first["id"]}
    assert (await api.post(f"{root}/send", answer, status=201))["reply_to"] == first["id"]
    wrong = await api.post(f"{root}/send", answer | {"reply_to": 999}, status=400)
    assert wrong["field"] == "reply_to"
    onward = {"chat": bot.id, "from_chat": omid.id, "message_ids": [first["id"]]}
    [said] = await api.post(f"{root}/forward", onward, status=201)
    assert said["forwarded_from"] == {"id": maya.id, "name": "Maya"}
    for ids in ([], "x", ["x"]):
        refused = await api.post(f"{root}/forward", onward | {"message_ids": ids}, status=400)
        assert refused["field"] == "message_ids"
    path = f"accounts/{omid.id}/chats/{maya.id}/messages/{first['id']}/react"
    assert (await api.post(path, {"emoji": "👍"}))["reactions"] == [{"emoji": "👍", "count": 1}]


async def test_a_photo_by_multipart_and_a_file_by_base64(
    api: Api, maya: Account, omid: Account
) -> None:
    data, width, height = landscape("sea")
    form = FormData()
    form.add_field("chat", str(omid.id))
    form.add_field("text", "The sea")
    form.add_field("file", data, filename="sea.png", content_type="image/png")
    async with api.client.post(f"/sandbox/accounts/{maya.id}/send", data=form) as response:
        assert response.status == 201, await response.text()
        media = (await response.json())["media"]
    assert (media["kind"], media["width"], media["height"]) == ("photo", width, height)
    async with api.client.get(media["url"]) as response:
        assert await response.read() == data
        assert response.headers["Content-Type"] == "image/png"
        assert "sandbox" in response.headers["Content-Security-Policy"]
    note = {"name": "notes.txt", "data": base64.b64encode(b"beans").decode()}
    sent = await api.post(f"accounts/{maya.id}/send", {"chat": omid.id, "file": note}, status=201)
    assert sent["media"] | {"file_id": "", "url": ""} == {
        "kind": "document", "name": "notes.txt", "mime": "text/plain", "size": 5,
        "file_id": "", "url": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"chat": 0}, "text"),
        ({"text": "hi"}, "chat"),
        ({"chat": True, "text": "hi"}, "chat"),
        ({"chat": 0, "text": " "}, "text"),
        ({"chat": 0, "text": "a" * 5000}, "text"),
        ({"chat": 0, "text": "hi", "reply_to": "x"}, "reply_to"),
        ({"chat": 0, "text": "hi", "topic": 77}, "topic"),
        ({"chat": 0, "file": "x"}, "file"),
        ({"chat": 0, "file": {"name": "a", "data": "%%%"}}, "file"),
        ({"chat": 0, "file": {"name": "a", "data": "AA==", "kind": "smell"}}, "file"),
        ({"chat": 0, "file": {"name": "a", "data": ""}}, "file"),
        ({"chat": 0, "location": {"latitude": 91, "longitude": 0}}, "location"),
        ({"chat": 0, "contact": "me"}, "contact"),
    ],
)
async def test_a_wrong_message_is_answered_with_the_field(
    api: Api, maya: Account, omid: Account, body: dict[str, object], field: str
) -> None:
    if body.get("chat") == 0 and body["chat"] is not False:
        body = body | {"chat": omid.id}
    refused = await api.post(f"accounts/{maya.id}/send", body, status=400)
    assert refused["field"] == field


async def test_the_chat_in_full(api: Api, world: World, maya: Account, bot: Bot) -> None:
    path = f"accounts/{maya.id}/chats/@helper_bot"
    fresh = await api.get(path)
    assert (fresh["kind"], fresh["started"], fresh["commands"]) == ("bot", False, [])
    chat = world.chat(maya.id, bot.id)
    world.start(maya.id, bot.id)
    keyboard = Markup(kind="reply", rows=((Button(text="Yes"),),), resize=True)
    asked = world.send(bot.id, chat, Content(text="Sure?"), markup=keyboard)
    world.pin(bot.id, chat, asked.id)
    full = await api.get(path)
    assert full["started"] is True
    assert full["pinned"]["id"] == asked.id
    assert full["reply_keyboard"]["id"] == asked.id
    assert full["reply_keyboard"]["keyboard"]["reply"] == [[{"text": "Yes"}]]
    service = (await api.get(f"accounts/{maya.id}/chats/{bot.id}/messages"))[-1]["service"]
    assert service["kind"] == "pinned_message"
    assert service["text"] == "Helper pinned a message"


async def test_entities_and_topics(api: Api, world: World, maya: Account, omid: Account) -> None:
    group = await api.post(
        "groups",
        {"owner": maya.id, "title": "Table", "forum": True, "members": [omid.id]},
        status=201,
    )
    chat = world.chat(maya.id, group["id"])
    topic = world.create_topic(maya.id, chat, "Recipes").id
    entity = Entity(type="text_mention", offset=0, length=2, user_id=omid.id)
    world.send(maya.id, chat, Content(text="Hi", entities=(entity,)), topic=topic)
    path = f"accounts/{omid.id}/chats/{group['id']}"
    [_, said] = await api.get(f"{path}/messages?topic={topic}")
    assert said["topic"] == topic
    assert said["entities"][0]["user"]["name"] == "Omid"
    full = await api.get(path)
    assert [one["name"] for one in full["topics"]] == ["General", "Recipes"]
    assert full["members_count"] == 2
