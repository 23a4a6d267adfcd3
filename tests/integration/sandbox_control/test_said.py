"""What people send over the control API, as a bot reads it with aiogram's types."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import MessageOriginChannel, MessageOriginChat, MessageOriginHiddenUser

from sandbox.seed_images import landscape
from sandbox.world import Account, Bot, World
from tests.integration.sandbox_control.client import Api
from tests.support.sandbox_client import file_part

SEA, HILLS = landscape("sea")[0], landscape("hills")[0]


@pytest.fixture
def started(world: World, maya: Account, bot: Bot) -> int:
    world.start(maya.id, bot.id)
    return maya.id


async def newest(aiogram: Any) -> Any:
    """The newest update; all are confirmed."""
    updates = await aiogram.get_updates()
    await aiogram.get_updates(offset=updates[-1].update_id + 1, timeout=0)
    return updates[-1]


async def test_an_album(api: Api, started: int, bot: Bot, aiogram: Any) -> None:
    items = [
        {"file": file_part(SEA, "a.png", kind="photo", spoiler=True), "text": "The sea"},
        {"file": file_part(b"film", "b.mp4", kind="video", duration=9, width=4, height=3)},
    ]
    said = await api.post(
        f"accounts/{started}/send-album",
        {"chat": bot.id, "items": items, "protected": True},
        status=201,
    )
    first, second = (update.message for update in (await aiogram.get_updates())[-2:])
    assert [one["id"] for one in said] == [first.message_id, second.message_id]
    assert first.media_group_id == second.media_group_id
    assert (first.caption, first.has_media_spoiler, second.video.duration) == ("The sea", True, 9)
    assert first.has_protected_content
    with pytest.raises(TelegramBadRequest, match="message can't be forwarded"):
        await aiogram.forward_message(started, started, first.message_id)


async def test_entities_and_quotes(api: Api, started: int, bot: Bot, aiogram: Any) -> None:
    entities = [
        {"type": "pre", "offset": 0, "length": 4, "language": '"><b>x'},
        {"type": "text_mention", "offset": 5, "length": 3, "user": started},
    ]
    body = {"chat": bot.id, "text": "code you 😀 end", "entities": entities}
    sent = await api.post(f"accounts/{started}/send", body, status=201)
    message = (await newest(aiogram)).message
    assert [one.type for one in message.entities] == ["pre", "text_mention"]
    assert (message.entities[0].language, message.entities[1].user.id) == ('"><b>x', started)
    quote = {"text": "end", "entities": [{"type": "italic", "offset": 0, "length": 3}]}
    answer = {"chat": bot.id, "text": "why?", "reply_to": sent["id"], "quote": quote}
    await api.post(f"accounts/{started}/send", answer, status=201)
    message = (await newest(aiogram)).message
    assert (message.quote.text, message.quote.position, message.quote.is_manual) == (
        "end",
        12,
        True,
    )
    assert message.quote.entities[0].type == "italic"
    for wrong in ({"quote": "nowhere"}, {"quote": "x", "reply_to": None}):
        assert (await api.post(f"accounts/{started}/send", answer | wrong, status=400))["field"]


async def test_an_external_reply(
    api: Api, started: int, omid: Account, bot: Bot, aiogram: Any
) -> None:
    elsewhere = await api.post(
        f"accounts/{started}/send", {"chat": omid.id, "text": "a private word"}, status=201
    )
    answer = {"chat": bot.id, "text": "look", "reply_to": elsewhere["id"], "reply_chat": omid.id}
    await api.post(f"accounts/{started}/send", answer | {"quote": "private"}, status=201)
    message = (await newest(aiogram)).message
    assert message.external_reply.origin.sender_user.id == started
    assert (message.quote.text, message.reply_to_message) == ("private", None)


async def test_origins_of_every_kind(
    api: Api, started: int, world: World, bot: Bot, aiogram: Any
) -> None:
    channel = world.add_channel(started, "News", "news_here")
    group = world.add_group(started, "Talk")
    origins: list[tuple[dict[str, Any], Any]] = [
        ({"hidden_name": "Nobody"}, MessageOriginHiddenUser),
        ({"chat": channel.id, "message_id": 7, "signature": "M"}, MessageOriginChannel),
        ({"chat": group.id, "signature": "admin"}, MessageOriginChat),
    ]
    for origin, kind in origins:
        body = {"chat": bot.id, "text": "said before", "origin": origin}
        await api.post(f"accounts/{started}/send", body, status=201)
        assert isinstance((await newest(aiogram)).message.forward_origin, kind)
    body = {"chat": bot.id, "text": "x", "origin": {"user": 5}}
    await api.post(f"accounts/{started}/send", body, status=404)
    body["origin"] = {"user": started, "hidden_name": "both"}
    assert (await api.post(f"accounts/{started}/send", body, status=400))["field"] == "origin"


async def test_forwards_of_a_person_who_hides(
    api: Api, started: int, omid: Account, bot: Bot, aiogram: Any
) -> None:
    await api.ask("PATCH", f"accounts/{omid.id}", {"hides_forwards": True, "first_name": "O."})
    said = await api.post(
        f"accounts/{omid.id}/send", {"chat": started, "text": "from me"}, status=201
    )
    onward = {"chat": bot.id, "from_chat": omid.id, "message_ids": [said["id"]]}
    await api.post(f"accounts/{started}/forward", onward, status=201)
    assert (await newest(aiogram)).message.forward_origin.sender_user_name == "O."


async def test_captions_and_media_are_replaced(
    api: Api, started: int, bot: Bot, aiogram: Any
) -> None:
    body = {"chat": bot.id, "file": file_part(SEA, "sea.png", kind="photo"), "text": "old"}
    sent = await api.post(f"accounts/{started}/send", body, status=201)
    before = (await newest(aiogram)).message
    path = f"accounts/{started}/chats/{bot.id}/messages/{sent['id']}"
    await api.ask("PATCH", path, {"text": "new"})
    captioned = (await newest(aiogram)).edited_message
    assert (captioned.caption, captioned.photo[-1].file_unique_id) == (
        "new",
        before.photo[-1].file_unique_id,
    )
    await api.ask("PATCH", path, {"file": file_part(HILLS, "hills.png", kind="photo")})
    replaced = (await newest(aiogram)).edited_message
    assert replaced.caption == "new"
    assert replaced.photo[-1].file_unique_id != before.photo[-1].file_unique_id
    await api.ask("PATCH", path, {"file": file_part(b"x", "notes.txt", kind="document")})
    assert (await newest(aiogram)).edited_message.document.file_name == "notes.txt"
    assert (await api.ask("PATCH", path, {}, status=400))["field"] == "text"


async def test_pins(api: Api, started: int, bot: Bot, aiogram: Any) -> None:
    sent = await api.post(f"accounts/{started}/send", {"chat": bot.id, "text": "this"}, status=201)
    path = f"accounts/{started}/chats/{bot.id}/messages/{sent['id']}"
    assert (await api.post(f"{path}/pin", {}))["pinned"]
    assert (await newest(aiogram)).message.pinned_message.text == "this"
    assert (await aiogram.get_chat(started)).pinned_message.text == "this"
    assert not (await api.post(f"{path}/unpin", {}))["pinned"]


async def test_a_deactivated_account(api: Api, started: int, aiogram: Any) -> None:
    await api.post(f"accounts/{started}/deactivate", {})
    with pytest.raises(TelegramForbiddenError, match="user is deactivated"):
        await aiogram.send_message(started, "hello?")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await aiogram.get_chat("@maya_cooks")
    assert started not in [person["id"] for person in await api.get("accounts")]


async def test_a_profile_photo(api: Api, started: int, maya: Account, aiogram: Any) -> None:
    """https://core.telegram.org/bots/api#getuserprofilephotos"""
    data, width, height = landscape("sea")
    await api.ask(
        "PATCH", f"accounts/{maya.id}", {"photo": file_part(data, "me.png", kind="photo")}
    )
    found = await aiogram.get_user_profile_photos(maya.id)
    assert found.total_count == 1
    assert (found.photos[0][-1].width, found.photos[0][-1].height) == (width, height)
