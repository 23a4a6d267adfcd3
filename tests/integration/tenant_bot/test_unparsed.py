"""Messages that the installed aiogram can't read are passed on by their ids (K1)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.inbox_cast import cast_of, picture, plain
from tests.support.runner_env import RunnerEnv

UNREADABLE: list[tuple[str, dict[str, Any]]] = [
    ("a new origin", {"set": {"message.forward_origin": {"type": "hologram"}}}),
    ("new paid media", {"set": {"message.paid_media": {"star_count": 1, "paid_media": [{}]}}}),
    ("a missing field", {"drop": ("message.photo.0.width",)}),
]


@pytest.mark.parametrize(("kind", "change"), UNREADABLE)
async def test_an_unreadable_message_is_passed_on_and_answered(
    yard: RunnerEnv, kind: str, change: dict[str, Any]
) -> None:
    """K1."""
    cast = await cast_of(yard)
    control = yard.api.bot_control(cast.bot.id)
    await control.override_updates(kind="message", times=1, **change)
    sent = await cast.anna.send_part(cast.bot.id, picture(), kind)
    head = await cast.owner_sees("Anna")
    assert plain(head.text) == "Anna · @anna_reads"
    copy = await cast.owner_sees(kind)
    await cast.owner.send(cast.bot.id, "Got it", reply_to=copy.id)
    answer = await cast.anna_sees("Got it")
    assert answer.raw["reply_to"] == sent.id
    await cast.handled()
    states = await cast.states()
    assert (states["quarantined"], states["unparsed"]) == (0, 0)


async def test_an_unreadable_answer_is_sent(yard: RunnerEnv) -> None:
    """K1."""
    cast = await cast_of(yard)
    await cast.anna.send(cast.bot.id, "question")
    asked = await cast.owner_sees("question")
    await cast.handled()
    change = {"message.forward_origin": {"type": "hologram"}}
    await yard.api.bot_control(cast.bot.id).override_updates(kind="message", times=1, set=change)
    await cast.owner.send(cast.bot.id, "the answer", reply_to=asked.id)
    await cast.anna_sees("the answer")


async def test_an_unreadable_message_waits_for_an_absent_owner(yard: RunnerEnv) -> None:
    """K1, K8."""
    cast = await cast_of(yard, owner_started=False)
    change = {"message.forward_origin": {"type": "hologram"}}
    await yard.api.bot_control(cast.bot.id).override_updates(kind="message", times=1, set=change)
    await cast.anna.send(cast.bot.id, "from tomorrow")
    await cast.handled()
    await cast.owner.send(cast.bot.id, "/start")
    await cast.owner_sees("from tomorrow")


async def test_an_unreadable_edit_is_kept_for_a_later_parser(yard: RunnerEnv) -> None:
    """K1: there is nothing to copy, and nothing is quarantined."""
    cast = await cast_of(yard)
    sent = await cast.anna.send(cast.bot.id, "first")
    await cast.owner_sees("first")
    change = {"edited_message.forward_origin": {"type": "hologram"}}
    await yard.api.bot_control(cast.bot.id).override_updates(
        kind="edited_message", times=1, set=change
    )
    await cast.anna.edit(cast.bot.id, sent.id, "second")
    await cast.handled()
    states = await cast.states()
    assert (states["quarantined"], states["unparsed"]) == (0, 1)
