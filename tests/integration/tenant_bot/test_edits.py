"""Corrections reach the other side, or their author learns why not (K6)."""

from __future__ import annotations

from tests.support.inbox_cast import album, cast_of, picture, plain
from tests.support.runner_env import RunnerEnv


async def test_a_replaced_photo_is_replaced_at_the_owner(yard: RunnerEnv) -> None:
    """K6."""
    cast = await cast_of(yard)
    sent = await cast.anna.send_part(cast.bot.id, picture("old.png"), "look")
    before = await cast.owner_sees("look")
    await cast.anna.edit_media(cast.bot.id, sent.id, picture("new.png"), "look again")
    after = await cast.owner_sees("look again")
    assert after.id == before.id
    assert after.media is not None
    assert before.media is not None
    assert after.media["file_id"] != before.media["file_id"]
    assert "Anna" in after.text


async def test_a_part_of_an_album_is_corrected_without_a_header(yard: RunnerEnv) -> None:
    """K6."""
    cast = await cast_of(yard)
    sent = await cast.anna.send_album(cast.bot.id, album("one", "two"))
    before = await cast.owner_sees("two")
    await cast.anna.edit(cast.bot.id, sent[1].id, "zwei")
    after = await cast.owner_sees("zwei")
    assert (after.id, after.text) == (before.id, "zwei")


async def test_an_edit_that_is_too_long_comes_as_a_new_message(yard: RunnerEnv) -> None:
    """K6."""
    cast = await cast_of(yard)
    sent = await cast.anna.send(cast.bot.id, "short")
    first = await cast.owner_sees("short")
    await cast.anna.edit(cast.bot.id, sent.id, "x" * 4090)
    await cast.owner_sees("x" * 4090)
    head = await cast.owner_sees("edited")
    assert head.raw["reply_to"] == first.id
    await cast.anna.edit(cast.bot.id, sent.id, "y" * 4090)
    await cast.owner_sees("y" * 4090)


async def test_an_edit_of_a_message_that_is_gone_comes_as_a_new_one(yard: RunnerEnv) -> None:
    """K6, K1."""
    cast = await cast_of(yard)
    sent = await cast.anna.send(cast.bot.id, "I want one")
    await cast.owner_sees("I want one")
    await cast.handled()
    await cast.refuse("edit_not_found", "editMessageText")
    await cast.anna.edit(cast.bot.id, sent.id, "I want two")
    assert "edited" in (await cast.owner_sees("I want two")).text


async def test_the_owner_learns_that_an_edit_did_not_arrive(yard: RunnerEnv) -> None:
    """K6, K1."""
    cast = await cast_of(yard)
    await cast.anna.send(cast.bot.id, "How much?")
    asked = await cast.owner_sees("How much?")
    answer = await cast.owner.send(cast.bot.id, "Ten", reply_to=asked.id)
    await cast.anna_sees("Ten")
    await cast.handled()
    await cast.refuse("cannot_edit", "editMessageText")
    await cast.owner.edit(cast.bot.id, answer.id, "Twelve")
    told = await cast.owner_sees("still has the old version")
    assert plain(told.text).startswith("Anna · @anna_reads")


async def test_the_owners_replaced_photo_is_replaced_at_the_visitor(yard: RunnerEnv) -> None:
    """K6."""
    cast = await cast_of(yard)
    await cast.anna.send(cast.bot.id, "show")
    asked = await cast.owner_sees("show")
    sent = await cast.owner.send_part(cast.bot.id, picture("old.png"), "here", reply_to=asked.id)
    before = await cast.anna.wait_for(cast.bot.id, lambda m: m.media is not None, "the photo")
    await cast.owner.edit_media(cast.bot.id, sent.id, picture("new.png"), "here it is")
    after = await cast.anna_sees("here it is")
    assert after.id == before.id
    assert after.media != before.media
