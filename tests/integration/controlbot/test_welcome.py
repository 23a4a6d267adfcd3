"""The first steps, and what works before and after them."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from controlbot.bot.dispatcher import build_dispatcher, register_handlers
from controlbot.bot.fsm_storage import WindowStorage
from tenants.domain.model import Desired
from tests.integration.controlbot.conftest import ADA, TOKEN, House, Screen


async def test_language_consent_token_account_home(house: House) -> None:
    ada = house.person(ADA)
    await ada.send("/start")
    assert "Choose your language" in (house.last().text or "")
    await house.press(ada, ".*English")
    assert "What we keep" in (house.last().text or "")
    await house.press(ada, "✅ I agree, let's start")
    assert "Step 1 of 3" in (house.last().text or "")
    await house.press(ada, "🔑 I have a token")
    await ada.send(TOKEN.reveal())
    assert "Step 2 of 3" in (house.last().text or "")
    await house.press(ada, "➡️ Continue")
    assert "Step 3 of 3" in (house.last().text or "")
    assert "@ada_bot" in (house.last().text or "")
    assert "Ada's &lt;Bakery&gt;" in (house.last().text or "").replace("&#x27;", "'")


@pytest.mark.case(70)
async def test_without_consent_nothing_is_connected(house: House) -> None:
    ada = house.person(ADA)
    await ada.send("/start")
    await house.press(ada, ".*English")
    await house.press(ada, "No, thank you")
    for command in ("/newbot", "/connect", "/settings", "/status"):
        await ada.send(command)
        assert "What we keep" in (house.last().text or ""), command
    await ada.send(TOKEN.reveal())
    actor = await house.services.access.actor_for(ADA)
    assert await house.services.directory.mine(actor) == []
    assert "First please read this" in (house.last().text or "")


@pytest.mark.parametrize("command", ["/privacy", "/help"])
async def test_some_things_are_open_to_everybody(house: House, command: str) -> None:
    ada = house.person(ADA)
    await ada.send(command)
    assert command[1:].capitalize() in (house.last().text or "")


async def test_a_bad_token_is_explained_where_it_was_sent(house: House) -> None:
    await house.agree(ADA)
    ada = house.person(ADA)
    await ada.send("/newbot")
    await house.press(ada, "🔑 I have a token")
    await ada.send("123456789:" + "x" * 35)
    assert "Telegram does not accept this token" in (house.last().text or "")
    await ada.send("hello")
    assert "That is not a bot token" in (house.last().text or "")
    await ada.send(TOKEN.reveal())
    assert "Step 2 of 3" in (house.last().text or "")


@pytest.mark.case(13)
async def test_a_webhook_elsewhere_is_asked_about_first(house: House) -> None:
    await house.agree(ADA)
    house.telegram.webhook = "https://other.example/hook"
    ada = house.person(ADA)
    await ada.send(TOKEN.reveal())
    assert "other.example" in (house.last().text or "")
    await house.press(ada, "No, leave it")
    assert len(house.platform.secrets) == 0
    await ada.send(TOKEN.reveal())
    await house.press(ada, "Yes, take it over")
    assert "@ada_bot" in (house.last().text or "")


@pytest.mark.case(6)
async def test_no_token_in_the_conversation(house: House) -> None:
    await house.agree(ADA)
    house.telegram.webhook = "https://other.example/hook"
    ada = house.person(ADA)
    await ada.send(TOKEN.reveal())
    async with house.services.db.read() as uow:
        rows = (await uow.connection.execute(text("SELECT data FROM fsm"))).scalars().all()
    assert rows
    assert not any(TOKEN.reveal() in row or "A" * 35 in row for row in rows)


async def test_a_window_survives_a_restart(house: House) -> None:
    await house.agree(ADA)
    tenant = await house.tenant_of(ADA)
    await house.person(ADA).send("/status")
    window = house.last()
    again = build_dispatcher(WindowStorage(house.services.db, house.services.clock))
    screen = Screen()
    register_handlers(again, house.platform, screen)
    await again.emit_startup()
    reborn = House(house.services, house.platform, again, house.telegram, screen)
    screen.sent_messages.append(window)
    await reborn.press(reborn.person(ADA), "⏸ Pause")
    assert "Paused" in (reborn.last().text or "")
    actor = await house.services.access.actor_for(ADA)
    assert (await house.services.directory.get(actor, tenant.id)).desired is Desired.PAUSED


async def test_a_button_of_an_old_window_brings_the_present_one(house: House) -> None:
    await house.agree(ADA)
    ada = house.person(ADA)
    await ada.send("/help")
    old = house.last()
    await ada.send("/settings")
    house.shown.sent_messages.append(old)
    await house.press(ada, "🔒 Privacy")
    assert "Settings" in (house.last().text or "")
    assert any("This window was old" in said for said in house.bot.said())
