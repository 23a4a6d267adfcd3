"""The inbox, as the three people who use it see it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from tenants.domain.events import OwnerUnreachable
from tests.support.runner_env import RunnerEnv, until
from tests.support.sandbox_client import Message, NewBot, Person


def has(text: str) -> Callable[[Message], bool]:
    return lambda message: text in message.text.replace("\u2068", "").replace("\u2069", "")


def says(text: str) -> Callable[[Message], bool]:
    return lambda message: message.text == text


async def _cast(yard: RunnerEnv) -> tuple[Person, Person, NewBot]:
    """An owner who has started their bot, and somebody of the audience."""
    owner = await yard.api.person("Olga")
    anna = await yard.api.person("Anna", username="anna_reads", language_code="ru")
    _, bot = await yard.online(owner)
    await owner.send(bot.id, "/start")
    await owner.wait_for(bot.id, has("at work"), "at work")
    return owner, anna, bot


async def test_what_is_written_reaches_the_owner_and_the_reply_goes_back(yard: RunnerEnv) -> None:
    owner, anna, bot = await _cast(yard)
    await anna.send(bot.id, "Do you have it in <blue>?")
    arrived = await owner.wait_for(bot.id, has("in <blue>?"), "in <blue>?")
    assert "Anna" in arrived.text
    assert "@anna_reads" in arrived.text
    await owner.send(bot.id, "Yes, in two sizes.", reply_to=arrived.id)
    answer = await anna.wait_for(bot.id, says("Yes, in two sizes."), "Yes, in two sizes.")
    assert not answer.outgoing


async def test_an_answer_can_be_answered(yard: RunnerEnv) -> None:
    owner, anna, bot = await _cast(yard)
    await anna.send(bot.id, "Hello?")
    first = await owner.wait_for(bot.id, has("Hello?"), "Hello?")
    await owner.send(bot.id, "Yes?", reply_to=first.id)
    answer = await anna.wait_for(bot.id, says("Yes?"), "Yes?")
    await anna.send(bot.id, "Just testing", reply_to=answer.id)
    again = await owner.wait_for(bot.id, has("Just testing"), "Just testing")
    assert again.raw["reply_to"]


async def test_media_goes_both_ways(yard: RunnerEnv, tmp_path: Path) -> None:
    owner, anna, bot = await _cast(yard)
    photo = tmp_path / "cat.png"
    photo.write_bytes(PNG)
    await anna.send_file(bot.id, photo, kind="photo", mime="image/png")
    arrived = await owner.wait_for(bot.id, lambda m: m.media is not None, "the photo")
    assert "Anna" in arrived.text
    await owner.send(bot.id, "", reply_to=arrived.id, file=_file(photo, "photo"))
    back = await anna.wait_for(bot.id, lambda m: m.media is not None, "the photo back")
    assert back.media is not None


async def test_a_reply_that_is_quicker_than_our_notes_arrives(
    yard: RunnerEnv, tmp_path: Path
) -> None:
    """Who wrote what is noted when the handler has ended; here that takes a while."""
    owner, anna, bot = await _cast(yard)
    photo = tmp_path / "cat.png"
    photo.write_bytes(PNG)
    await yard.api.fault(
        protocol="bot", kind="delay", method="sendMessage", bot=bot.id, seconds=1.5, times=1
    )
    await anna.send_file(bot.id, photo, kind="photo", mime="image/png")
    arrived = await owner.wait_for(bot.id, lambda m: m.media is not None, "the photo")
    await owner.send(bot.id, "At once!", reply_to=arrived.id)
    await anna.wait_for(bot.id, says("At once!"), "At once!")


async def test_an_answer_goes_only_where_a_stored_link_leads(yard: RunnerEnv) -> None:
    """R (low): a name in a message may be forged, so nobody is found by it."""
    owner, anna, bot = await _cast(yard)
    await anna.send(bot.id, "Are you there?")
    arrived = await owner.wait_for(bot.id, has("Are you there?"), "Are you there?")
    await yard.restart()
    async with yard.services.db.write() as uow:
        await uow.connection.execute(text("DELETE FROM relays"))
    await owner.send(bot.id, "Always!", reply_to=arrived.id)
    await owner.wait_for(bot.id, has("not known who wrote"), "not known who wrote")
    assert not any("Always!" in m.text for m in await anna.messages(bot.id))


async def test_an_edited_message_is_edited_at_the_owner(yard: RunnerEnv) -> None:
    owner, anna, bot = await _cast(yard)
    sent = await anna.send(bot.id, "I want one")
    await owner.wait_for(bot.id, has("I want one"), "I want one")
    await anna.edit(bot.id, sent.id, "I want two")
    corrected = await owner.wait_for(bot.id, has("I want two"), "I want two")
    assert corrected.edited


async def test_a_corrected_answer_is_corrected_at_the_visitor(yard: RunnerEnv) -> None:
    owner, anna, bot = await _cast(yard)
    await anna.send(bot.id, "How much?")
    asked = await owner.wait_for(bot.id, has("How much?"), "How much?")
    answer = await owner.send(bot.id, "Ten", reply_to=asked.id)
    await anna.wait_for(bot.id, says("Ten"), "Ten")
    await owner.edit(bot.id, answer.id, "Twelve")
    assert (await anna.wait_for(bot.id, says("Twelve"), "Twelve")).edited


async def test_what_comes_while_the_owner_is_away_waits_for_them(yard: RunnerEnv) -> None:
    owner = await yard.api.person("Olga")
    anna = await yard.api.person("Anna")
    tenant, bot = await yard.online(owner)
    await anna.send(bot.id, "Anybody there?")
    await anna.wait_for(bot.id, has("is kept"), "is kept")
    told = await until(lambda: _heard(yard))
    assert told[0].tenant_id == tenant.id
    assert told[0].waiting == 1
    await owner.send(bot.id, "/start")
    arrived = await owner.wait_for(bot.id, has("Anybody there?"), "Anybody there?")
    await owner.send(bot.id, "Now I am.", reply_to=arrived.id)
    await anna.wait_for(bot.id, says("Now I am."), "Now I am.")


async def _heard(yard: RunnerEnv) -> list[OwnerUnreachable]:
    return yard.events.of(OwnerUnreachable)


async def test_who_blocks_the_bot_is_told_and_an_answer_says_so(yard: RunnerEnv) -> None:
    owner, anna, bot = await _cast(yard)
    await anna.send(bot.id, "Bye")
    arrived = await owner.wait_for(bot.id, has("Bye"), "Bye")
    await anna.block(bot.id)
    await owner.wait_for(bot.id, has("has blocked your bot"), "has blocked your bot")
    await owner.send(bot.id, "Wait!", reply_to=arrived.id)
    await owner.wait_for(bot.id, has("was not delivered: they have blocked"), "not delivered")


async def test_a_banned_person_is_heard_no_more(yard: RunnerEnv) -> None:
    owner, anna, bot = await _cast(yard)
    await anna.send(bot.id, "spam one")
    arrived = await owner.wait_for(bot.id, has("spam one"), "spam one")
    await owner.send(bot.id, "/ban", reply_to=arrived.id)
    await owner.wait_for(bot.id, has("Anna · @anna_reads is blocked"), "is blocked")
    await anna.send(bot.id, "spam two")
    await owner.send(bot.id, "/unban", reply_to=arrived.id)
    await owner.wait_for(bot.id, has("is not blocked any more"), "is not blocked any more")
    await anna.send(bot.id, "sorry")
    await owner.wait_for(bot.id, has("sorry"), "sorry")
    assert not any("spam two" in m.text for m in await owner.messages(bot.id))


async def test_a_message_that_is_no_reply_gets_a_hint(yard: RunnerEnv) -> None:
    owner, _, bot = await _cast(yard)
    await owner.send(bot.id, "hello everybody")
    await owner.wait_for(bot.id, has("reply"), "a hint")


async def test_strangers_html_stays_text(yard: RunnerEnv) -> None:
    owner, _, bot = await _cast(yard)
    mallory = await yard.api.person("<b>M</b>\u202eallory")
    await mallory.send(bot.id, "<i>hi</i>")
    arrived = await owner.wait_for(bot.id, has("<i>hi</i>"), "<i>hi</i>")
    assert "<b>M</b>allory" in arrived.text.replace("\u2068", "").replace("\u2069", "")


async def test_chats_keep_their_order(yard: RunnerEnv) -> None:
    owner, anna, bot = await _cast(yard)
    for number in range(10):
        await anna.send(bot.id, f"line {number}")
    await owner.wait_for(bot.id, has("line 9"), "line 9")
    await asyncio.sleep(0)
    lines = [m.text.rpartition("line ")[2] for m in _lines(await owner.messages(bot.id))]
    assert lines == [str(number) for number in range(10)]


def _lines(messages: list[Message]) -> list[Message]:
    return [message for message in messages if "line " in message.text]


def _file(path: Path, kind: str) -> dict[str, str]:
    import base64

    data = base64.b64encode(path.read_bytes()).decode()
    return {"name": path.name, "data": data, "mime": "image/png", "kind": kind}


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
