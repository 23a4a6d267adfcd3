"""Messages both ways, histories, channels, and what a client missed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from telethon import TelegramClient, errors, events, functions, types
from telethon.sessions import MemorySession

from sandbox.world import (
    Account,
    Bot,
    Button,
    CallbackPressed,
    Content,
    Entity,
    Markup,
    MessageSent,
    World,
    WorldEvent,
)


@pytest.fixture
def bot(box: Any, ann: Account) -> Bot:
    made: Bot = box.world.add_bot(owner_id=ann.id, name="Helper", username="helper_bot")
    box.world.start(ann.id, made.id)
    return made


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.02)


def collect(client: TelegramClient, **more: Any) -> list[str]:
    texts: list[str] = []

    async def note(event: Any) -> None:
        texts.append(event.raw_text)

    client.add_event_handler(note, events.NewMessage(**more))
    return texts


async def test_message_to_a_bot_reaches_the_world(
    box: Any, ann: Account, bot: Bot, log_in: Any
) -> None:
    client = await log_in(ann)
    seen: list[MessageSent] = []

    def note(event: WorldEvent) -> None:
        if isinstance(event, MessageSent):
            seen.append(event)

    box.world.hub.listen(note)
    sent = await client.send_message("helper_bot", "hello **you**")
    assert [(one.message.sender_id, one.message.content.text) for one in seen] == [
        (ann.id, "hello you")
    ]
    assert seen[0].message.content.entities == (Entity(type="bold", offset=6, length=3),)
    assert sent.id == seen[0].message.id
    assert sent.out


async def test_message_of_a_bot_is_pushed(box: Any, ann: Account, bot: Bot, log_in: Any) -> None:
    client = await log_in(ann)
    texts = collect(client, incoming=True)
    box.say(bot.id, ann.id, "good morning")
    await until(lambda: texts == ["good morning"])
    client.session.save()
    await client.send_message("helper_bot", "to you too")
    box.say(bot.id, ann.id, "bye")
    await until(lambda: texts == ["good morning", "bye"])


async def test_own_message_reaches_the_other_device_once(
    box: Any, ann: Account, bot: Bot, log_in: Any
) -> None:
    phone, laptop = await log_in(ann), await log_in(ann)
    on_phone, on_laptop = collect(phone), collect(laptop)
    await phone.send_message("helper_bot", "from the phone")
    await until(lambda: on_laptop == ["from the phone"])
    assert on_phone == []


async def test_random_id_is_used_once(box: Any, ann: Account, bot: Bot, log_in: Any) -> None:
    client = await log_in(ann)
    peer = await client.get_input_entity("helper_bot")
    request = functions.messages.SendMessageRequest(peer, "once", random_id=77)
    await client(request)
    client._request_retries = 0
    with pytest.raises(ValueError, match="unsuccessful"):
        await client(request)
    texts = [one.content.text for one in box.chat(ann.id, bot.id).messages.values()]
    assert texts.count("once") == 1


async def test_keyboard_is_shown_and_pressed(box: Any, ann: Account, bot: Bot, log_in: Any) -> None:
    world: World = box.world
    rows = ((Button(text="Yes", data="yes"), Button(text="Site", url="https://example.org")),)
    chat = world.chat(bot.id, ann.id)
    world.send(bot.id, chat, Content(text="Sure?"), markup=Markup(kind="inline", rows=rows))

    def answer(event: Any) -> None:
        if isinstance(event, CallbackPressed):
            world.answer_callback(bot.id, event.callback_id, text="so be it", alert=True)

    world.hub.listen(answer)
    client = await log_in(ann)
    message = (await client.get_messages("helper_bot", limit=1))[0]
    first, second = message.reply_markup.rows[0].buttons
    assert (first.text, first.type.data) == ("Yes", b"yes")
    assert second.type.url == "https://example.org"
    said = await client(
        functions.messages.GetBotCallbackAnswerRequest(message.input_chat, message.id, data=b"yes")
    )
    assert (said.message, said.alert) == ("so be it", True)


async def test_edit_delete_and_reply(box: Any, ann: Account, bot: Bot, log_in: Any) -> None:
    client = await log_in(ann)
    sent = await client.send_message("helper_bot", "frist")
    edited = await client.edit_message(sent, "first")
    assert edited.raw_text == "first"
    answer = await client.send_message("helper_bot", "second", reply_to=sent)
    assert answer.reply_to_msg_id == sent.id
    with pytest.raises(errors.MessageNotModifiedError):
        await client.edit_message(sent, "first")
    await client.delete_messages("helper_bot", [sent.id])
    assert sent.id not in box.chat(ann.id, bot.id).messages


async def test_history_pages_and_dialogs(box: Any, ann: Account, bot: Bot, log_in: Any) -> None:
    for number in range(230):
        box.say(bot.id, ann.id, f"line {number}")
    client = await log_in(ann)
    texts = [one.raw_text async for one in client.iter_messages("helper_bot")]
    assert texts == [f"line {number}" for number in range(229, -1, -1)] + ["/start"]
    oldest = [one.raw_text async for one in client.iter_messages("helper_bot", reverse=True)]
    assert oldest == texts[::-1]
    dialogs = await client.get_dialogs()
    assert {one.name for one in dialogs} == {"Helper", "Telegram"}
    helper = next(one for one in dialogs if one.name == "Helper")
    assert helper.message.raw_text == "line 229"
    assert helper.unread_count == 230
    await client.send_read_acknowledge("helper_bot")
    assert box.world.unread(ann.id, box.chat(ann.id, bot.id)) == 0


async def test_forwarding_a_code_over_mtproto_spoils_it(
    box: Any, ann: Account, bot: Bot, log_in: Any, connect: Any
) -> None:
    client, other = await log_in(ann), await connect()
    await other.send_code_request(ann.phone)
    code = box.code(ann)
    newest = (await client.get_messages(777000, limit=1))[0]
    await client.forward_messages("helper_bot", newest)
    with pytest.raises(errors.PhoneCodeExpiredError):
        await other.sign_in(ann.phone, code)


async def test_channel_figures(box: Any, ann: Account, log_in: Any) -> None:
    channel = box.world.add_channel(ann.id, "Daily news", "daily_news")
    for name in ("Bob", "Cid"):
        box.world.join(box.world.add_account(first_name=name).id, channel.id)
    chat = box.chat(ann.id, channel.id)
    post = box.world.send(ann.id, chat, Content(text="Good news"))
    post.views = 41
    client = await log_in(ann)
    entity = await client.get_entity("daily_news")
    assert (entity.title, entity.broadcast, entity.creator) == ("Daily news", True, True)
    full = await client(functions.channels.GetFullChannelRequest(entity))
    assert full.full_chat.participants_count == 3
    views = [one.views async for one in client.iter_messages(entity) if one.raw_text]
    assert views == [41]
    seen = await client(functions.messages.GetMessagesViewsRequest(entity, [post.id], True))
    assert seen.views[0].views == 42
    sent = await client.send_message(entity, "More news")
    assert chat.messages[sent.id].author_id == ann.id


async def test_strangers_channel_is_closed(box: Any, ann: Account, log_in: Any) -> None:
    bob = box.world.add_account(first_name="Bob")
    secret = box.world.add_channel(bob.id, "Secret")
    client = await log_in(ann)
    wrong = types.InputChannel(-1_000_000_000_000 - secret.id, 1)
    with pytest.raises(errors.ChannelInvalidError):
        await client(functions.channels.GetFullChannelRequest(wrong))
    with pytest.raises(errors.UsernameNotOccupiedError):
        await client(functions.contacts.ResolveUsernameRequest("nobody_here"))


async def test_group_and_channel_posts_are_pushed(box: Any, ann: Account, log_in: Any) -> None:
    bob = box.world.add_account(first_name="Bob")
    channel = box.world.add_channel(bob.id, "News", "bobs_news")
    group = box.world.add_group(bob.id, "Friends")
    for room in (channel, group):
        box.world.join(ann.id, room.id)
    client = await log_in(ann)
    await client.get_dialogs()
    texts = collect(client)
    for number in range(3):
        box.say(bob.id, channel.id, f"post {number}")
        box.say(bob.id, group.id, f"talk {number}")
    await until(lambda: len(texts) == 6)
    assert sorted(texts) == [f"post {n}" for n in range(3)] + [f"talk {n}" for n in range(3)]


@pytest.mark.case(60)
async def test_client_that_was_away_catches_up(
    box: Any, ann: Account, bot: Bot, log_in: Any, connect: Any
) -> None:
    session = MemorySession()
    session.set_dc(2, box.server.host, box.server.port)
    client = await log_in(ann, session=session)
    texts = collect(client, incoming=True)
    box.say(bot.id, ann.id, "before")
    await until(lambda: texts == ["before"])
    await client.disconnect()

    for number in range(150):
        box.say(bot.id, ann.id, f"missed {number}")
    gone = box.world.send(bot.id, box.chat(bot.id, ann.id), Content(text="deleted"))
    box.world.delete(bot.id, box.chat(bot.id, ann.id), [gone.id])

    again = TelegramClient(session, 1, "a" * 32, catch_up=True)
    heard = collect(again, incoming=True)
    await again.connect()
    try:
        await until(lambda: len(heard) >= 150)
        box.say(bot.id, ann.id, "live")
        await until(lambda: "live" in heard)
        assert sorted(heard[:-1]) == sorted(f"missed {number}" for number in range(150))
    finally:
        await again.disconnect()


async def test_too_far_behind_is_told(box: Any, ann: Account, bot: Bot, log_in: Any) -> None:
    client = await log_in(ann)
    state = await client(functions.updates.GetStateRequest())
    for number in range(30):
        box.say(bot.id, ann.id, f"line {number}")
    part = await client(
        functions.updates.GetDifferenceRequest(state.pts, state.date, 0, pts_total_limit=10)
    )
    assert isinstance(part, types.updates.DifferenceTooLong)
    whole = await client(functions.updates.GetDifferenceRequest(state.pts, state.date, 0))
    assert [one.message for one in whole.new_messages] == [f"line {n}" for n in range(30)]
    assert whole.state.pts == state.pts + 30 == part.pts
    nothing = await client(functions.updates.GetDifferenceRequest(part.pts, state.date, 0))
    assert isinstance(nothing, types.updates.DifferenceEmpty)
