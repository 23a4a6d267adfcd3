"""Webhook mode: Telegram knocks, and who it is and whether there is room is seen first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tenants.domain.events import UpdatesReleased
from tenants.domain.model import BotToken, Observed, Throttle, UserId
from tenants.runner.webhook.endpoint import SECRET_HEADER
from tenants.runner.webhook.paths import HookPaths
from tenants.store.inbox_sqlite import Aside, InboxState, Incoming
from tests.integration.runner.test_supervising import echoed
from tests.support.misbehaving_features import Echo
from tests.support.raw_updates import message_of, update_of
from tests.support.runner_env import RunnerEnv, open_hooked_yard, until


@pytest.fixture
async def hooked(tmp_path: Path, echo: Echo) -> AsyncIterator[tuple[RunnerEnv, str]]:
    """A runner in webhook mode, and where it listens."""
    async with open_hooked_yard(tmp_path, features=[echo.feature()]) as yard:
        assert yard.settings.webhook_url is not None
        yield yard, yard.settings.webhook_url


async def test_an_update_is_taken_in_and_answered(hooked: tuple[RunnerEnv, str]) -> None:
    yard, _ = hooked
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    _, bot = await yard.online(owner)
    await anna.send(bot.id, "hello")
    await echoed(anna, bot.id, "hello")


@pytest.mark.case(26)
@pytest.mark.parametrize("secret", [None, "wrong", "не тот", "\udcff"])
async def test_without_the_secret_nothing_is_taken(
    hooked: tuple[RunnerEnv, str], echo: Echo, secret: str | None
) -> None:
    yard, url = hooked
    owner = await yard.api.person("Olga")
    tenant, _ = await yard.online(owner)
    path = HookPaths(yard.services.vault).path(tenant.id)
    headers = {} if secret is None else {SECRET_HEADER: secret}
    assert await _post(f"{url}/hook/{path}", headers) == 401
    assert not echo.calls


@pytest.mark.case(27)
async def test_unknown_paths_are_not_there(hooked: tuple[RunnerEnv, str]) -> None:
    yard, url = hooked
    owner = await yard.api.person("Olga")
    tenant, _ = await yard.online(owner)
    path = HookPaths(yard.services.vault).path(tenant.id)
    for wrong in ("x", "A" * 32, path[:-1] + ("A" if path[-1] != "A" else "B"), path.lower()):
        assert await _post(f"{url}/hook/{wrong}", {}) == 404


async def test_a_paused_bot_lets_telegram_keep_its_updates(hooked: tuple[RunnerEnv, str]) -> None:
    yard, url = hooked
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    tenant, bot = await yard.online(owner)
    actor = await yard.services.access.actor_for(UserId(owner.id))
    await yard.services.lifecycle.pause(actor, tenant.id, None)
    await yard.seen(tenant.id, Observed.STOPPED)
    paths = HookPaths(yard.services.vault)
    headers = {SECRET_HEADER: paths.secret(tenant.id)}
    assert await _post(f"{url}/hook/{paths.path(tenant.id)}", headers) == 503
    await anna.send(bot.id, "later")
    await yard.services.lifecycle.unpause(actor, tenant.id, None)
    await echoed(anna, bot.id, "later")


@pytest.mark.case(42)
async def test_a_webhook_changed_by_somebody_is_healed_and_told(
    hooked: tuple[RunnerEnv, str],
) -> None:
    yard, _ = hooked
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    tenant, bot = await yard.online(owner)
    serving = yard.runner._parts.hook_serving
    assert serving is not None
    thief = yard.telegram.bot(BotToken.parse(bot.token))
    await thief.set_webhook("https://thief.example/")
    entry = yard.runner._parts.supervisor.entry(tenant.id)
    assert entry is not None

    async def told() -> bool:
        await serving.check(entry)  # nothing while its greeting goes on
        return (await yard.tenant(tenant.id)).observed_detail == "webhook_changed:thief.example"

    await until(told)
    assert [n.kind for n in await yard.services.notices.claim(9)] == ["webhook_changed"]
    assert await serving.check(entry)
    await asyncio.sleep(0.2)
    assert await told(), "it stays on the card"
    await anna.send(bot.id, "ours again")
    await echoed(anna, bot.id, "ours again")


async def test_an_idle_context_goes_and_comes_back(hooked: tuple[RunnerEnv, str]) -> None:
    yard, _ = hooked
    owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
    tenant, bot = await yard.online(owner)
    parts = yard.runner._parts
    entry = parts.supervisor.entry(tenant.id)
    assert entry is not None
    assert parts.hook_serving is not None
    await parts.hook_serving.contexts.evict([entry], 0.0)
    assert entry.runtime is None
    await anna.send(bot.id, "awake?")
    await echoed(anna, bot.id, "awake?")


async def _post(url: str, headers: dict[str, str]) -> int:
    raw = {
        key: value.encode("utf-8", "surrogateescape").decode("latin-1")
        for key, value in headers.items()
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=b'{"update_id": 1}', headers=raw) as response,
    ):
        return response.status


async def test_a_throttled_bot_takes_in_what_comes_and_handles_it_at_its_rate(
    hooked: tuple[RunnerEnv, str], echo: Echo
) -> None:
    """Decision 4: 503 only when the backlog is full."""
    yard, _ = hooked
    owner = await yard.api.person("Olga")
    tenant, bot = await yard.online(owner)
    people = [await yard.api.person(f"P{number}") for number in range(12)]
    staff = await yard.staff()
    await yard.services.lifecycle.set_throttle(staff, tenant.id, None, Throttle.SLOW, "noise")
    await asyncio.sleep(0.5)
    began = time.monotonic()
    await asyncio.gather(*(person.send(bot.id, "hello") for person in people))
    info = await yard.telegram.bot(BotToken.parse(bot.token)).get_webhook_info()
    await yard.api.settle(bot.token)
    assert len(echo.calls) < 12, "3 a second, the first three at once"
    for person in people:
        await echoed(person, bot.id, "hello")
    assert time.monotonic() - began > 2.0
    assert info.last_error_message is None
    assert b'hook_requests_total{status="503"}' not in yard.runner.metrics.render()


async def test_handling_again_reaches_an_idle_bot_once(
    hooked: tuple[RunnerEnv, str], echo: Echo
) -> None:
    """B8: for an idle webhook bot it did nothing, or handled twice."""
    yard, _ = hooked
    owner = await yard.api.person("Olga")
    tenant, _bot = await yard.online(owner)
    supervisor, serving = yard.runner._parts.supervisor, yard.runner._parts.hook_serving
    entry = supervisor.entry(tenant.id)
    assert entry is not None
    assert serving is not None
    raw = update_of(9_000_000_000, message=message_of(77, "hush again"))
    async with yard.services.db.write() as uow:
        await uow.inbox.add([Incoming(tenant.id, 9_000_000_000, 77, raw, 1_000)])
        aside = Aside(tenant.id, 9_000_000_000, InboxState.QUARANTINED, "ValueError")
        await uow.inbox.put_aside([aside])
    await serving.contexts.drop(entry)
    assert await yard.services.quarantine.release(await yard.staff(), tenant.id) == 1

    async def handled() -> bool:
        return echo.calls[tenant.id, "hush again"] > 0

    await until(handled)
    await yard.events.publish(UpdatesReleased(tenant_id=tenant.id, update_ids=(9_000_000_000,)))
    await asyncio.sleep(0.3)
    assert echo.calls[tenant.id, "hush again"] == 1


async def test_an_idle_bots_context_is_built_once_for_many_updates(
    hooked: tuple[RunnerEnv, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """B17: two were built side by side, and an update was handled twice or its usage lost."""
    yard, _ = hooked
    owner = await yard.api.person("Olga")
    tenant, bot = await yard.online(owner)
    people = [await yard.api.person(f"P{number}") for number in range(8)]
    serving = yard.runner._parts.hook_serving
    entry = yard.runner._parts.supervisor.entry(tenant.id)
    assert serving is not None
    assert entry is not None
    build, building, most, built = serving.contexts._build, 0, 0, 0

    async def slowly(*args: object) -> object:
        nonlocal building, most, built
        building, built = building + 1, built + 1
        most = max(most, building)
        try:
            await asyncio.sleep(0.1)
            return await build(*args)  # type: ignore[arg-type]
        finally:
            building -= 1

    monkeypatch.setattr(serving.contexts, "_build", slowly)
    await until_idle(yard)
    built = 0
    await asyncio.gather(*(person.send(bot.id, "hello") for person in people))
    for person in people:
        await echoed(person, bot.id, "hello")
    assert most == 1
    assert built == 1


async def until_idle(yard: RunnerEnv) -> None:
    """Wait until no context is there, and drop those that are."""
    serving = yard.runner._parts.hook_serving
    assert serving is not None

    async def idle() -> bool:
        entries = list(yard.runner._parts.supervisor.entries())
        await serving.contexts.evict(entries, 0.0)
        return not serving._setting and all(entry.runtime is None for entry in entries)

    await until(idle)
