"""What the owner types is answered or sent, never both and never the wrong one (K3, K4, U)."""

from __future__ import annotations

import aiohttp
import pytest

from tests.support.inbox_cast import Cast, album, cast_of, plain
from tests.support.runner_env import RunnerEnv


@pytest.mark.parametrize("typed", ["/status", "/bna", "/ban@other_bot", "/Unbann please"])
async def test_a_command_is_never_sent_to_the_visitor(yard: RunnerEnv, typed: str) -> None:
    """K4."""
    cast = await cast_of(yard)
    await cast.anna.send(cast.bot.id, "hi")
    asked = await cast.owner_sees("hi")
    await cast.owner.send(cast.bot.id, typed, reply_to=asked.id)
    await cast.owner_sees("was not sent to anybody")
    await cast.handled()
    assert not any(typed in m.text for m in await cast.anna_chat())


@pytest.mark.parametrize("typed", ["/Ban", "/BAN now", "\u200e/ban", "/ban@{bot}"])
async def test_a_command_counts_however_it_is_typed(yard: RunnerEnv, typed: str) -> None:
    """K4, U: and the answer names the person."""
    cast = await cast_of(yard)
    await cast.anna.send(cast.bot.id, "spam")
    spam = await cast.owner_sees("spam")
    await cast.owner.send(
        cast.bot.id, typed.format(bot=cast.bot.username.upper()), reply_to=spam.id
    )
    await cast.owner_sees("Anna · @anna_reads is blocked")


async def test_the_visitors_start_and_help_count_however_they_are_typed(yard: RunnerEnv) -> None:
    """K4."""
    cast = await cast_of(yard)
    await cast.anna.send(cast.bot.id, "/START")
    await cast.anna_sees("Hello, Anna!")
    await cast.anna.send(cast.bot.id, "/help\nplease\nnow")
    await cast.anna_sees("/forgetme")
    await cast.handled()
    assert len(await cast.owner_chat()) == 1, "nothing was passed on"


async def test_an_albums_answer_keeps_pairs_though_a_part_is_refused(yard: RunnerEnv) -> None:
    """K3."""
    cast = await cast_of(yard)
    await cast.anna.send(cast.bot.id, "show me")
    asked = await cast.owner_sees("show me")
    await cast.refuse("album_cannot_copy", "copyMessages")
    await cast.refuse("cannot_copy", "copyMessage", times=2)
    sent = await cast.owner.send_album(cast.bot.id, album("one", "two", "three"), reply_to=asked.id)
    await cast.owner_sees("1 part is missing")
    three = await cast.anna_sees("three")
    await cast.handled()
    assert sorted(m.text for m in await cast.anna_chat() if m.media) == ["three", "two"]
    await cast.owner.edit(cast.bot.id, sent[2].id, "four")
    await cast.anna_sees("four")
    assert next(m for m in await cast.anna_chat() if m.text == "four").id == three.id


async def test_an_answer_to_a_deleted_account_says_so(yard: RunnerEnv) -> None:
    """K7: not "blocked"."""
    cast = await cast_of(yard)
    await cast.anna.send(cast.bot.id, "bye")
    asked = await cast.owner_sees("bye")
    await cast.anna.deactivate()
    await cast.owner.send(cast.bot.id, "wait", reply_to=asked.id)
    told = await cast.owner_sees("was not delivered")
    assert "Anna" in told.text
    assert "no longer exists" in told.text


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ("blocked", "blocked the bot"),
        ("voice_forbidden", "no voice and video messages"),
        ("caption_too_long", "longer than Telegram lets bots send"),
        ("cannot_copy", "can't pass on this kind"),
        ("protected", "protected from forwarding"),
        ("copy_not_found", "deleted before"),
    ],
)
async def test_the_owner_learns_why_an_answer_did_not_arrive(
    yard: RunnerEnv, refusal: str, words: str
) -> None:
    """K1, U4."""
    cast = await cast_of(yard)
    await cast.anna.send(cast.bot.id, "question")
    asked = await cast.owner_sees("question")
    await cast.handled()
    await cast.refuse(refusal, "copyMessage", times=9)
    await cast.owner.send(cast.bot.id, "answer", reply_to=asked.id)
    assert plain((await cast.owner_sees(words)).text).startswith(
        "Your answer to Anna · @anna_reads was not delivered"
    )


async def test_the_list_of_blocked_people_undoes_a_ban(yard: RunnerEnv) -> None:
    """U: and /ban stands in the owner's menu alone."""
    cast = await cast_of(yard)
    await cast.anna.send(cast.bot.id, "spam")
    spam = await cast.owner_sees("spam")
    await cast.owner.send(cast.bot.id, "/ban", reply_to=spam.id)
    await cast.owner_sees("is blocked")
    await cast.owner.send(cast.bot.id, "/blocked")
    await cast.owner_sees("People you blocked")
    hers = (await cast.anna_chat())[-1]
    await cast.anna.press_data(cast.bot.id, hers.id, f"inbox:unban:{cast.anna.id}")
    await cast.anna.send(cast.bot.id, "forged")
    await cast.handled()
    assert not any("forged" in m.text for m in await cast.owner_chat())
    await cast.owner.press(cast.bot.id, "Unblock")
    await cast.owner_sees("Nobody is blocked")
    await cast.anna.send(cast.bot.id, "sorry")
    await cast.owner_sees("sorry")
    assert "unban" in await _menu(cast, {"type": "chat", "chat_id": cast.owner.id})
    assert "unban" not in await _menu(cast, {"type": "all_private_chats"})


async def _menu(cast: Cast, scope: dict[str, object]) -> set[str]:
    url = f"{cast.yard.box.url}/bot{cast.bot.token}/getMyCommands"
    async with aiohttp.ClientSession() as session, session.post(url, json={"scope": scope}) as got:
        return {entry["command"] for entry in (await got.json())["result"]}


async def test_a_reaction_is_passed_on(yard: RunnerEnv) -> None:
    """U."""
    cast = await cast_of(yard)
    sent = await cast.anna.send(cast.bot.id, "thank you")
    arrived = await cast.owner_sees("thank you")
    await cast.handled()
    await cast.owner.react(cast.bot.id, arrived.id, "❤")
    await cast.handled()
    mine = next(m for m in await cast.anna.messages(cast.bot.id) if m.id == sent.id)
    assert "❤" in str(mine.raw["reactions"])


async def test_a_ban_is_stored_though_its_own_message_is_gone(yard: RunnerEnv) -> None:
    """K1."""
    cast = await cast_of(yard)
    await cast.anna.send(cast.bot.id, "spam one")
    spam = await cast.owner_sees("spam one")
    await cast.handled()
    await cast.refuse("reply_not_found", "sendMessage", times=9)
    await cast.owner.send(cast.bot.id, "/ban", reply_to=spam.id)
    await cast.handled()
    await yard.api.clear_faults()
    await cast.anna.send(cast.bot.id, "spam two")
    await cast.handled()
    assert not any("spam two" in m.text for m in await cast.owner_chat())


async def test_an_albums_answer_stays_in_its_topic(yard: RunnerEnv) -> None:
    """K3: an album can't be a reply, so the topic is named."""
    cast = await cast_of(yard)
    await yard.api.bot_control(cast.bot.id).change(topics_enabled=True)
    topic = await _topic(cast)
    await cast.anna.send(cast.bot.id, "in here", topic=topic)
    asked = await cast.owner_sees("in here")
    await cast.owner.send_album(cast.bot.id, album("one", "two"), reply_to=asked.id)
    two = await cast.anna_sees("two")
    assert two.raw["topic"] == topic
    await cast.owner.send(cast.bot.id, "and three", reply_to=asked.id)
    assert (await cast.anna_sees("and three")).raw["topic"] == topic


async def _topic(cast: Cast) -> int:
    """A topic of the visitor's chat, which the bot makes."""
    await cast.anna.send(cast.bot.id, "hi")
    url = f"{cast.yard.box.url}/bot{cast.bot.token}/createForumTopic"
    body = {"chat_id": cast.anna.id, "name": "Orders"}
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as got:
        return int((await got.json())["result"]["message_thread_id"])


async def test_the_question_may_be_declined_as_often_as_one_likes(yard: RunnerEnv) -> None:
    """K1: three taps on "no", of which two change nothing."""
    cast = await cast_of(yard)
    await cast.anna.send(cast.bot.id, "/forgetme")
    shown = await cast.anna.find_button(cast.bot.id, "No")
    for _ in range(3):
        await cast.anna.press_data(cast.bot.id, shown.id, "privacy:keep")
    await cast.anna_sees("Nothing was deleted")
    await cast.handled()
    assert (await cast.states())["quarantined"] == 0
