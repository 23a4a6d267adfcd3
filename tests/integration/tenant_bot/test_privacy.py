"""Every bot says what it keeps, hands it out, and forgets."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp
import pytest
from aiogram import Router
from aiogram.fsm.context import FSMContext
from aiogram.types import Message

from tenants.bot.features.api import Feature, Interest
from tenants.bot.features.builtin import our_features
from tenants.domain.model import UserId
from tests.support.inbox_cast import cast_of
from tests.support.runner_env import RunnerEnv, open_yard, until


@pytest.mark.case(69)
async def test_privacy_my_data_and_forget_me(yard: RunnerEnv) -> None:
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
async def test_a_visitor_is_greeted_in_their_language(
    yard: RunnerEnv, language: str, word: str
) -> None:
    owner = await yard.api.person("Olga")
    visitor = await yard.api.person("V", language_code=language)
    _, bot = await yard.online(owner)
    await visitor.send(bot.id, "/start")
    await visitor.wait_for(bot.id, lambda m: word in m.text, word)


async def test_help_lists_what_can_be_typed(yard: RunnerEnv) -> None:
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    _, bot = await yard.online(owner)
    await anna.send(bot.id, "/help")
    shown = await anna.wait_for(bot.id, lambda m: "/forgetme" in m.text, "the list")
    assert "/ban" not in shown.text
    await owner.send(bot.id, "/help")
    await owner.wait_for(bot.id, lambda m: "/ban" in m.text, "the owner's list")


async def test_a_ban_outlives_forget_me(yard: RunnerEnv) -> None:
    """U1: the id and the ban stay, and the person is told so."""
    cast = await cast_of(yard)
    await cast.anna.send(cast.bot.id, "spam")
    spam = await cast.owner_sees("spam")
    await cast.owner.send(cast.bot.id, "/ban", reply_to=spam.id)
    await cast.owner_sees("is blocked")
    await cast.anna.send(cast.bot.id, "/forgetme")
    await cast.anna.press(cast.bot.id, "Yes, delete it")
    await cast.anna_sees("You are blocked here")
    await cast.anna.send(cast.bot.id, "/start")
    await cast.anna.send(cast.bot.id, "spam again")
    await cast.handled()
    assert not any("again" in m.text for m in await cast.owner_chat())
    async with yard.services.db.read() as uow:
        kept = await uow.audience.get(cast.tenant.id, UserId(cast.anna.id))
    assert kept is not None
    assert (kept.name, kept.username, kept.language_code, kept.messages) == ("", "", "", 0)
    await cast.owner.send(cast.bot.id, "/blocked")
    await cast.owner.press(cast.bot.id, "Unblock")
    await cast.owner_sees("Nobody is blocked")


async def test_forget_me_is_not_undone_by_what_is_in_memory(tmp_path: Path) -> None:
    """B9: a dialog's state that was read before is forgotten as well."""
    async with open_yard(tmp_path, features=[*our_features(), _notes()]) as yard:
        cast = await cast_of(yard)
        await cast.anna.send(cast.bot.id, "my secret")
        await cast.anna_sees("noted after nothing")
        await cast.anna.send(cast.bot.id, "another")
        await cast.anna_sees("noted after my secret")
        await cast.anna.send(cast.bot.id, "/forgetme")
        await cast.anna.press(cast.bot.id, "Yes, delete it")
        await cast.anna_sees("is deleted")
        await cast.handled()
        await cast.anna.send(cast.bot.id, "third")
        await cast.handled()
        last = (await cast.anna_chat())[-1]
        assert last.text == "noted after nothing"


def _notes() -> Feature:
    """Remembers a person's last text in the conversation's data."""

    async def note(message: Message, state: FSMContext) -> None:
        before = (await state.get_data()).get("last", "nothing")
        await state.set_data({"last": message.text})
        await message.answer(f"noted after {before}")

    def build() -> Router:
        router = Router(name="notes")
        router.message.register(note)
        return router

    return Feature(
        key="notes",
        title="Notes",
        about="Notes",
        build_router=build,
        interests=(Interest(kind="message", matches=lambda seen: seen.private),),
        on_by_default=True,
        uses_state=True,
    )


async def test_where_nobody_reads_people_are_told_once(yard: RunnerEnv) -> None:
    """U: not silence."""
    cast = await cast_of(yard)
    actor = await yard.services.access.actor_for(cast.tenant.owner_id)
    await yard.services.features.set(actor, cast.tenant.id, "inbox", enabled=False, options={})

    async def off() -> bool:
        entry = yard.runner._parts.supervisor.entry(cast.tenant.id)
        runtime = entry.runtime if entry else None
        return runtime is not None and "inbox" not in runtime.context.features.options

    await until(off)
    await cast.anna.send(cast.bot.id, "hello?")
    await cast.anna_sees("not read by anybody")
    await cast.anna.send(cast.bot.id, "really?")
    await cast.handled()
    assert len(await cast.anna_chat()) == 1
