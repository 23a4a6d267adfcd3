"""Telegram is looked at again: what changed there shows here, and is mended where it can be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from controlbot.http_server import serving
from controlbot.settings import Address
from tenants.domain.events import BotRenamed, TenantObserved
from tenants.domain.model import Observed, TenantId
from tenants.runner.supervision.circuit_breaker import HANDLERS_FAIL
from tenants.runner.webhook.webhook_mode import FAILING
from tests.integration.runner.test_supervising import echoed
from tests.support.misbehaving_features import Echo
from tests.support.processes import free_port
from tests.support.runner_env import FAST, RunnerEnv, open_hooked_yard, open_yard, until


def hooked(folder: Path, echo: Echo) -> AbstractAsyncContextManager[RunnerEnv]:
    return open_hooked_yard(folder, features=[echo.feature()])


@pytest.fixture(params=["polling", "webhooks"])
async def either(
    request: pytest.FixtureRequest, tmp_path: Path, echo: Echo
) -> AsyncIterator[RunnerEnv]:
    if request.param == "webhooks":
        async with hooked(tmp_path, echo) as yard:
            yield yard
    else:
        async with open_yard(tmp_path, features=[echo.feature()]) as yard:
            yield yard


async def look(yard: RunnerEnv, *tenant_ids: TenantId) -> None:
    """Have these bots looked at now."""
    parts = yard.runner._parts
    for tenant_id in tenant_ids:
        entry = parts.supervisor.entry(tenant_id)
        assert entry is not None
        parts.inspector.soon(entry)
    await parts.inspector.round()

    async def looked() -> bool:
        return not parts.inspector._looking

    await until(looked)


async def test_a_renamed_bot_is_known_by_its_new_name(either: RunnerEnv) -> None:
    """K5: links on the card stayed dead, and /command@newname went to nobody."""
    yard = either
    owner = await yard.api.person("Olga")
    tenant, bot = await yard.online(owner)
    await yard.api.call(
        "PATCH", f"bots/{bot.id}", {"name": "Another", "username": "another_name_bot"}
    )
    await look(yard, tenant.id)
    now = await yard.tenant(tenant.id)
    assert (now.bot_username, now.bot_name) == ("another_name_bot", "Another")
    (event,) = yard.events.of(BotRenamed)
    assert (event.owner_id, event.former_username) == (owner.id, bot.username)
    entry = yard.runner._parts.supervisor.entry(tenant.id)
    assert entry is not None

    async def taken_over() -> bool:
        if entry.runtime is None:
            return True
        return entry.runtime.context.tenant.bot_username == "another_name_bot"

    await until(taken_over)
    await look(yard, tenant.id)
    assert len(yard.events.of(BotRenamed)) == 1


@pytest.mark.case(40)
async def test_a_revoked_token_is_noticed_soon(either: RunnerEnv) -> None:
    """P5: in webhook mode at the hourly check only."""
    yard = either
    owner = await yard.api.person("Olga")
    tenant, bot = await yard.online(owner)
    await yard.api.revoke(bot)
    await look(yard, tenant.id)
    await yard.seen(tenant.id, Observed.TOKEN_REVOKED)


async def test_a_send_that_is_refused_has_the_token_looked_at(tmp_path: Path, echo: Echo) -> None:
    """P5: no look is due, but an answer got 401."""
    async with hooked(tmp_path, echo) as yard:
        owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
        tenant, bot = await yard.online(owner)
        await look(yard, tenant.id)
        entry = yard.runner._parts.supervisor.entry(tenant.id)
        assert entry is not None
        assert entry.look_at > 0
        for method in ("sendMessage", "getMe"):
            await yard.api.fault(protocol="bot", kind="token_revoked", method=method, bot=bot.id)
        await anna.send(bot.id, "hello")
        await yard.seen(tenant.id, Observed.TOKEN_REVOKED)
        await yard.api.clear_faults()
        await look(yard, tenant.id)
        await yard.seen(tenant.id, Observed.ONLINE)


@pytest.mark.parametrize("refusals", [1, 2])
async def test_one_passing_401_stops_nothing(either: RunnerEnv, refusals: int) -> None:
    """P4: outages bring them."""
    yard = either
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    tenant, bot = await yard.online(owner)
    await yard.api.fault(protocol="bot", kind="token_revoked", bot=bot.id, times=refusals)
    await anna.send(bot.id, "hello")
    await look(yard, tenant.id)
    await yard.seen(tenant.id, Observed.ONLINE)
    await echoed(anna, bot.id, "hello")
    seen = [event.observed for event in yard.events.of(TenantObserved)]
    assert Observed.TOKEN_REVOKED not in seen


async def test_a_token_that_was_refused_for_long_is_tried_again(yard: RunnerEnv) -> None:
    """P4: the owner had to bring a new token."""
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    tenant, bot = await yard.online(owner)
    await yard.api.fault(protocol="bot", kind="token_revoked", bot=bot.id)
    await anna.send(bot.id, "hello")
    await yard.seen(tenant.id, Observed.TOKEN_REVOKED)
    await yard.api.clear_faults()
    await yard.seen(tenant.id, Observed.ONLINE)
    await echoed(anna, bot.id, "hello")


async def test_the_check_revives_no_quarantined_bot(tmp_path: Path, echo: Echo) -> None:
    """B4: its card said online, and its updates were answered 503."""
    async with hooked(tmp_path, echo) as yard:
        owner = await yard.api.person("Olga")
        tenant, _ = await yard.online(owner)
        yard.runner._parts.supervisor.set_aside(tenant.id, HANDLERS_FAIL)
        await yard.seen(tenant.id, Observed.QUARANTINED)
        await look(yard, tenant.id)
        await asyncio.sleep(0.3)
        assert (await yard.tenant(tenant.id)).observed is Observed.QUARANTINED


async def test_a_tenant_without_a_secret_ends_the_check_for_nobody(
    tmp_path: Path, echo: Echo
) -> None:
    """B4"""
    async with hooked(tmp_path, echo) as yard:
        owner = await yard.api.person("Olga")
        broken, _ = await yard.online(owner)
        sound, bot = await yard.online(owner)
        async with yard.services.db.write() as uow:
            await uow.secrets.delete(broken.id, "bot_token")
        await yard.api.call("PATCH", f"bots/{bot.id}", {"username": "still_looked_at_bot"})
        await look(yard, broken.id, sound.id)
        assert (await yard.tenant(sound.id)).bot_username == "still_looked_at_bot"


async def test_a_webhook_that_telegram_cannot_deliver_to_shows(tmp_path: Path, echo: Echo) -> None:
    """K5: a proxy that answers 301, updates pending, and the card said online."""
    port = free_port()
    settings = replace(FAST, webhook_url=f"http://127.0.0.1:{port}")

    async def moved(_: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": "https://elsewhere.example/"})

    features = [echo.feature()]
    async with open_yard(tmp_path, settings=settings, features=features) as yard:
        owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
        tenant, bot = await yard.online(owner)
        proxy = [web.post("/hook/{path}", moved)]
        async with serving(Address(("127.0.0.1", port)), proxy):
            await anna.send(bot.id, "hello")
            await asyncio.sleep(0.5)
            await look(yard, tenant.id)
        seen = await yard.seen(tenant.id, Observed.BACKING_OFF)
        assert seen.observed_detail.startswith(FAILING)
        assert "301" in seen.observed_detail
        async with serving(Address(("127.0.0.1", port)), yard.runner.hook_routes()):
            await echoed(anna, bot.id, "hello")

            async def healed() -> bool:
                # Telegram counts the update as pending until it has our answer to it.
                await look(yard, tenant.id)
                return (await yard.tenant(tenant.id)).observed is Observed.ONLINE

            await until(healed)


async def test_a_429_at_one_bots_start_is_that_bots_pause(yard: RunnerEnv) -> None:
    """R6: it held up every other start, and the card went on saying online."""
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    refused, bot = await yard.online(owner)
    _, sound = await yard.online(owner)
    await yard.api.fault(
        protocol="bot", kind="retry_after", method="getUpdates", bot=bot.id, seconds=60
    )
    await yard.restart()
    await anna.send(sound.id, "hello")
    async with asyncio.timeout(5):
        await echoed(anna, sound.id, "hello")
    seen = await yard.seen(refused.id, Observed.BACKING_OFF)
    assert seen.observed_detail == "flood"
    _, late = await yard.online(owner)
    await anna.send(late.id, "hello")
    await echoed(anna, late.id, "hello")
