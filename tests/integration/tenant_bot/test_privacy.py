"""Every bot says what it keeps, hands it out, and forgets."""

from __future__ import annotations

import json

import aiohttp
import pytest

from tenants.model import UserId
from tests.support.yard import Yard, until


@pytest.mark.case(69)
async def test_privacy_my_data_and_forget_me(yard: Yard) -> None:
    owner = await yard.api.person("Olga")
    anna = await yard.api.person("Anna", language_code="en")
    tenant, bot = await yard.online(owner, "Bakery")
    await owner.send(bot.id, "/start")
    await anna.send(bot.id, "/start")
    await anna.wait_for(bot.id, lambda m: "Hello, " in m.text, "a greeting")
    await anna.send(bot.id, "Two rolls, please")
    await owner.wait_for(bot.id, lambda m: "Two rolls" in m.text, "the message")
    await anna.send(bot.id, "/privacy")
    await anna.wait_for(bot.id, lambda m: "Your data in" in m.text, "/privacy")
    await anna.send(bot.id, "/mydata")
    sent = await anna.wait_for(bot.id, lambda m: m.media is not None, "the file")
    assert sent.media is not None
    async with (
        aiohttp.ClientSession(yard.box.url) as session,
        session.get(sent.media["url"]) as response,
    ):
        data = json.loads(await response.text())
    assert data["privacy"]["name"] == "Anna"
    assert data["inbox"] == {"messages linked with answers": 1}
    await anna.send(bot.id, "/forgetme")
    await anna.press(bot.id, "Yes, delete it")
    await anna.wait_for(bot.id, lambda m: "is deleted" in m.text, "the receipt")

    async def forgotten() -> bool:
        async with yard.services.db.read() as uow:
            return await uow.audience.get(tenant.id, UserId(anna.id)) is None

    await until(forgotten)


@pytest.mark.parametrize(
    ("language", "word"), [("ru", "Здравствуйте"), ("fa-IR", "سلام"), ("xx", "Hello")]
)
async def test_a_visitor_is_greeted_in_their_language(yard: Yard, language: str, word: str) -> None:
    owner = await yard.api.person("Olga")
    visitor = await yard.api.person("V", language_code=language)
    _, bot = await yard.online(owner)
    await visitor.send(bot.id, "/start")
    await visitor.wait_for(bot.id, lambda m: word in m.text, word)


async def test_help_lists_what_can_be_typed(yard: Yard) -> None:
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    _, bot = await yard.online(owner)
    await anna.send(bot.id, "/help")
    shown = await anna.wait_for(bot.id, lambda m: "/forgetme" in m.text, "the list")
    assert "/ban" not in shown.text
    await owner.send(bot.id, "/help")
    await owner.wait_for(bot.id, lambda m: "/ban" in m.text, "the owner's list")
