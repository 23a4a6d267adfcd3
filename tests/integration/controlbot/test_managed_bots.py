"""Managed bots over the whole platform: new tokens and new owners, as Telegram announces them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from controlbot.app import App
from tenants.domain.events import TenantObserved
from tenants.domain.model import Desired, Observed, Tenant
from tests.support.platform_env import Stage, set_stage
from tests.support.runner_env import until
from tests.support.sandbox_client import ControlApi, NewBot, Person

BOT = "adas_bakery_bot"


@pytest.fixture
async def managing(api: ControlApi, tmp_path: Path) -> AsyncIterator[tuple[App, Stage]]:
    stage = await set_stage(api, tmp_path, can_manage_bots=True)
    async with App(stage.settings()) as app:
        yield app, stage


async def welcomed(stage: Stage, name: str) -> Person:
    person = await stage.api.person(name, username=f"{name.lower()}_here", language_code="en")
    await person.send(stage.chat, "/start")
    await person.press(stage.chat, "English")
    await person.press(stage.chat, "I agree")
    return person


async def bakery(stage: Stage, owner: Person) -> NewBot:
    raw = await owner.create_managed_bot(stage.chat, "Ada's Bakery", BOT)
    await owner.see(stage.chat, f"@{BOT}")
    return NewBot(id=raw["id"], username=BOT, token="")


async def tenant_of(app: App, bot: NewBot) -> Tenant:
    async with app.services.db.read() as uow:
        (tenant,) = [t for t in await uow.tenants.changed(None) if t.bot_id == bot.id]
    return tenant


async def test_a_revoked_token_is_renewed_without_an_alarm(managing: tuple[App, Stage]) -> None:
    """U (minor), K5: it alarmed and then healed."""
    app, stage = managing
    ada = await welcomed(stage, "Ada")
    bot = await bakery(stage, ada)
    seen: list[Observed] = []

    async def note(event: TenantObserved) -> None:
        seen.append(event.observed)

    async def online() -> bool:
        return (await tenant_of(app, bot)).observed is Observed.ONLINE

    await until(online)
    app.services.events.listen(TenantObserved, note)
    generation = (await tenant_of(app, bot)).generation
    await stage.api.revoke(bot)

    async def renewed() -> bool:
        return (await tenant_of(app, bot)).generation > generation

    await until(renewed)
    await ada.send(f"@{BOT}", "/start")
    await ada.see(f"@{BOT}", "")
    assert Observed.TOKEN_REVOKED not in seen
    assert not [m for m in await ada.messages(stage.chat) if "has stopped" in m.text]


async def test_a_transferred_bot_stops_for_its_former_owner_at_once(
    managing: tuple[App, Stage],
) -> None:
    """K5"""
    app, stage = managing
    ada, boris = await welcomed(stage, "Ada"), await welcomed(stage, "Boris")
    visitor = await stage.api.person("Vera")
    bot = await bakery(stage, ada)
    await ada.send(f"@{BOT}", "/start")
    await stage.api.call("POST", f"bots/{bot.id}/transfer", {"owner": boris.id})
    await boris.see(stage.chat, f"@{BOT}", "belongs to you now")
    await ada.see(stage.chat, f"@{BOT}", "belongs to another person now")
    tenant = await tenant_of(app, bot)
    assert (tenant.owner_id, tenant.desired) == (boris.id, Desired.PAUSED)
    await visitor.send(f"@{BOT}", "who gets this?")
    await asyncio.sleep(0.5)
    assert not [m for m in await ada.messages(f"@{BOT}") if "who gets this?" in m.text]
    await boris.send(f"@{BOT}", "/start")
    actor = await app.services.access.actor_for(tenant.owner_id)
    await app.services.lifecycle.unpause(actor, tenant.id, None)
    await boris.see(f"@{BOT}", "who gets this?")
    assert not [m for m in await ada.messages(f"@{BOT}") if "who gets this?" in m.text]
