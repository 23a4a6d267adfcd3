"""What visitors write arrives as they wrote it, and what can't arrive is said (K2, K3, K7)."""

from __future__ import annotations

from typing import Any

import pytest

from tenants.domain.model import ChatId
from tests.support.inbox_cast import PNG, album, cast_of, picture, plain
from tests.support.runner_env import RunnerEnv
from tests.support.sandbox_client import file_part

HOSTILE = [
    {"type": "pre", "offset": 0, "length": 4, "language": '"><b>x'},
    {"type": "text_link", "offset": 5, "length": 4, "url": 'http://a.b/"><b>'},
]


async def test_entities_arrive_as_they_were_written(yard: RunnerEnv) -> None:
    """K2, K1: twenty of these once quarantined the bot."""
    cast = await cast_of(yard)
    for _ in range(3):
        await cast.anna.send(cast.bot.id, "code link 😀", entities=HOSTILE)
    arrived = await cast.owner_sees("code link")
    await cast.handled()
    offset = len(arrived.text[: arrived.text.index("code")].encode("utf-16-le")) // 2
    found = {e["type"]: e for e in arrived.raw["entities"] if e["type"] in {"pre", "text_link"}}
    assert found["pre"]["offset"] == offset
    assert found["pre"]["language"] == '"><b>x'
    assert found["text_link"]["offset"] == offset + 5
    assert (await cast.states())["quarantined"] == 0
    assert sum("code link" in m.text for m in await cast.owner_chat()) == 3


@pytest.mark.parametrize("length", [2047, 2048])
async def test_lengths_are_counted_as_telegram_counts_them(yard: RunnerEnv, length: int) -> None:
    """K2: with the header this is too long, so header and text are apart."""
    cast = await cast_of(yard)
    await cast.anna.send(cast.bot.id, "😀" * length)
    arrived = await cast.owner_sees("😀" * 100)
    assert arrived.text == "😀" * length
    head = next(m for m in await cast.owner_chat() if "Anna" in m.text)
    await cast.owner.send(cast.bot.id, "Many!", reply_to=head.id)
    await cast.anna_sees("Many!")


async def test_an_album_keeps_its_pairs_though_a_part_is_refused(yard: RunnerEnv) -> None:
    """K3: one part can't be copied; an answer to another part meets that part."""
    cast = await cast_of(yard)
    await cast.refuse("cannot_copy", "copyMessages")
    await cast.refuse("cannot_copy", "copyMessage", times=1, skip=1)
    sent = await cast.anna.send_album(cast.bot.id, album("one", "two", "three"))
    third = await cast.owner_sees("three")
    await cast.handled()
    chat = await cast.owner_chat()
    assert sum("Anna" in m.text and m.media is None for m in chat) == 1, "one header"
    assert {m.text for m in chat if m.media} == {"one", "two", "three"}, "the second is forwarded"
    await cast.owner.send(cast.bot.id, "The third!", reply_to=third.id)
    answer = await cast.anna_sees("The third!")
    assert answer.raw["reply_to"] == sent[2].id
    await cast.anna.edit(cast.bot.id, sent[0].id, "first")
    await cast.owner_sees("first")
    texts = [m.text for m in await cast.owner_chat() if m.media]
    assert sorted(texts) == ["first", "three", "two"]


async def test_an_albums_header_comes_once_through_an_outage(yard: RunnerEnv) -> None:
    """K3."""
    cast = await cast_of(yard)
    await cast.yard.api.fault(
        kind="http_status", status=502, method="copyMessages", bot=cast.bot.id, times=2
    )
    await cast.anna.send_album(cast.bot.id, album("one", "two"))
    await cast.owner_sees("two")
    await cast.handled()
    assert sum("Anna" in m.text for m in await cast.owner_chat()) == 1


async def test_a_protected_photo_is_named_on_both_sides(yard: RunnerEnv) -> None:
    """K3."""
    cast = await cast_of(yard)
    await cast.anna.send_part(cast.bot.id, picture(), "look", protected=True)
    seen = await cast.owner_sees("protected from forwarding")
    assert "Anna" in seen.text
    assert "Photo" in seen.text
    await cast.anna_sees("did not arrive")
    await cast.owner.send(cast.bot.id, "Please describe it", reply_to=seen.id)
    await cast.anna_sees("Please describe it")


async def test_a_protected_album_is_named_on_both_sides(yard: RunnerEnv) -> None:
    """K3."""
    cast = await cast_of(yard)
    await cast.anna.send_album(cast.bot.id, album("one", "two"), protected=True)
    await cast.owner_sees("2 parts are missing")
    await cast.anna_sees("did not arrive")
    await cast.handled()
    assert len([m for m in await cast.owner_chat() if "Anna" in m.text]) == 1


async def test_a_forbidden_voice_message_is_named_on_both_sides(yard: RunnerEnv) -> None:
    """K3."""
    cast = await cast_of(yard)
    await cast.refuse("voice_forbidden", "copyMessage", times=9)
    voice = file_part(b"voice", "v.ogg", kind="voice", mime="audio/ogg")
    await cast.anna.send_part(cast.bot.id, voice)
    assert "Anna" in (await cast.owner_sees("voice and video messages")).text
    await cast.anna_sees("Please write it as text")


@pytest.mark.parametrize("refusal", ["cannot_copy", "album_cannot_copy", "caption_too_long"])
async def test_what_can_not_be_copied_is_forwarded(yard: RunnerEnv, refusal: str) -> None:
    """K3: quizzes, stories, giveaways, long premium captions."""
    cast = await cast_of(yard)
    await cast.refuse(refusal, "copyMessage", times=9)
    sticker = file_part(PNG, "s.webp", kind="sticker", mime="image/webp")
    sent = await cast.anna.send_part(cast.bot.id, sticker)
    arrived = await cast.owner.wait_for(cast.bot.id, lambda m: m.media is not None, "the sticker")
    assert arrived.raw["forwarded_from"]
    await yard.api.clear_faults()
    await cast.owner.send(cast.bot.id, "Nice", reply_to=arrived.id)
    answer = await cast.anna_sees("Nice")
    assert answer.raw["reply_to"] == sent.id


async def test_what_can_not_be_passed_on_at_all_is_named(yard: RunnerEnv) -> None:
    """K3, U4."""
    cast = await cast_of(yard)
    await cast.refuse("cannot_copy", "copyMessage", times=9)
    await cast.refuse("cannot_forward", "forwardMessage", times=9)
    await cast.anna.send_location(cast.bot.id, latitude=1.0, longitude=2.0)
    seen = await cast.owner_sees("Location: Telegram can't show this")
    assert "Anna" in seen.text
    await cast.anna_sees("did not arrive")
    await cast.handled()
    async with yard.services.db.read() as uow:
        totals = await uow.usage.totals(cast.tenant.id, yard.services.clock.now().replace(hour=0))
    assert totals["messages_undelivered"] == 1


@pytest.mark.parametrize(
    ("origin", "named"),
    [
        ({"hidden_name": "Mister X"}, "forwarded from Mister X"),
        ({"hidden_name": "\u3164"}, "forwarded from somebody without a name"),
    ],
)
async def test_a_forward_names_its_origin(
    yard: RunnerEnv, origin: dict[str, Any], named: str
) -> None:
    """K7."""
    cast = await cast_of(yard)
    await cast.anna.send_forwarded(cast.bot.id, "I said it first", origin)
    arrived = await cast.owner_sees("I said it first")
    header, origin_line, _ = plain(arrived.text).split("\n")
    assert header == "Anna · @anna_reads"
    assert named in origin_line


async def test_quotes_are_kept(yard: RunnerEnv) -> None:
    """K7: a quote of a known message is one there too; of another it is shown as words."""
    cast = await cast_of(yard)
    await cast.anna.send(cast.bot.id, "red or blue?")
    asked = await cast.owner_sees("red or blue?")
    await cast.owner.quote(cast.bot.id, asked.id, "blue", "this one")
    answer = await cast.anna_sees("this one")
    assert answer.raw["quote"] == "blue"
    await cast.anna.quote(cast.bot.id, answer.id, "one", "sure?")
    back = await cast.owner_sees("sure?")
    assert back.raw["quote"] == "one"
    async with yard.services.db.write() as uow:
        await uow.relays.delete_person(cast.tenant.id, ChatId(cast.anna.id))
    await cast.anna.quote(cast.bot.id, answer.id, "one", "really?")
    unknown = await cast.owner_sees("really?")
    assert plain(unknown.text).split("\n") == ["Anna · @anna_reads", "one", "really?"]
    assert "expandable_blockquote" in {e["type"] for e in unknown.raw["entities"]}


@pytest.mark.parametrize("blank", ["\u3164", "\u2800", "\u200b\u2060", "\u0301"])
async def test_a_blank_name_gets_a_label(yard: RunnerEnv, blank: str) -> None:
    """K7."""
    cast = await cast_of(yard)
    nobody = await yard.api.person(blank)
    await nobody.send(cast.bot.id, "who am I")
    arrived = await cast.owner_sees("who am I")
    assert plain(arrived.text).split("\n")[0] == f"User {nobody.id}"


async def test_pins_disturb_nobody(yard: RunnerEnv) -> None:
    """K7."""
    cast = await cast_of(yard)
    sent = await cast.anna.send(cast.bot.id, "pin me")
    arrived = await cast.owner_sees("pin me")
    await cast.handled()
    before = len(await cast.owner_chat()), len(await cast.anna_chat())
    await cast.anna.pin(cast.bot.id, sent.id)
    await cast.owner.pin(cast.bot.id, arrived.id)
    await cast.handled()
    assert (len(await cast.owner_chat()), len(await cast.anna_chat())) == before
    assert (await cast.states())["quarantined"] == 0
