"""People write while the platform is away, or Telegram stumbles: every message is counted at
the owner's end, none twice."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tenants.domain.events import DowntimeExceeded
from tenants.domain.model import Observed, TenantId, UserId
from tenants.services.downtime import KEPT_BY_TELEGRAM, DowntimeDetector
from tenants.services.notices import NoticeKind
from tenants.support.rate_limits import KeyedRates, Rate
from tests.support.clock import FakeClock
from tests.support.processes import free_port
from tests.support.runner_env import FAST, RunnerEnv, open_yard, until
from tests.support.sandbox_client import Person
from tests.support.services_env import a_database

AMOUNTS = (1, 2, 25, 80)
"""Messages of each person. 80 at once is a flood by any measure. tests/faults has more."""
FAULTS: dict[str, dict[str, object]] = {
    "no fault": {},
    "500": {"kind": "error", "error_code": 500, "description": "Internal", "times": 3},
    "429": {"kind": "retry_after", "seconds": 1, "times": 3},
    "garbage": {"kind": "garbage", "times": 3},
    "reset": {"kind": "reset", "times": 3},
    "delay": {"kind": "delay", "seconds": 0.3, "times": 5},
    "unknown fields": {"kind": "unknown_fields", "times": 50},
}
WAYS = ("restart", "pause")
MODES = ("polling", "webhooks")
HOURS = ("since", "lost_until")
"""What a notice of a gap says."""
DOUBLES = frozenset({"garbage"})
"""Telegram's answer to a send is unreadable: it may have been made, and is made again."""


def cases() -> list[tuple[str, str, str]]:
    """Each fault once, modes and ways of being away in turn."""
    turns = list(product(MODES, WAYS))
    return [(turns[at % 4][0], fault, turns[at % 4][1]) for at, fault in enumerate(FAULTS)]


@asynccontextmanager
async def in_mode(folder: Path, mode: str, **more: Any) -> AsyncIterator[RunnerEnv]:
    """``more`` goes to :func:`open_yard`."""
    settings = replace(FAST, deferred_rate=1_000.0, poll_timeout=2)
    if mode == "polling":
        async with open_yard(folder, settings=settings, **more) as yard:
            yield yard
        return
    port = free_port()
    settings = replace(settings, webhook_url=f"http://127.0.0.1:{port}")
    async with open_yard(folder, settings=settings, start=False, **more) as yard:
        app = web.Application()
        # The runner changes at a restart, its address doesn't.
        app.router.add_post("/hook/{path}", partial(_hook, yard))
        server = web.AppRunner(app, access_log=None)
        await server.setup()
        await web.TCPSite(server, "127.0.0.1", port).start()
        await yard.runner.start()
        try:
            yield yard
        finally:
            await server.cleanup()


async def _hook(yard: RunnerEnv, request: web.Request) -> web.StreamResponse:
    (route,) = yard.runner.hook_routes()
    response: web.StreamResponse = await route.handler(request)
    return response


def unpaced(yard: RunnerEnv) -> None:
    """Telegram takes one message a second in a chat; a test has no minutes."""
    yard.telegram.limits._chats = KeyedRates(Rate(per_second=1e6, burst=1e6))
    yard.telegram.limits._bots = KeyedRates(Rate(per_second=1e6, burst=1e6))


@pytest.mark.parametrize(("mode", "fault", "way"), cases(), ids=map("-".join, cases()))
async def test_every_message_written_meanwhile_arrives(
    tmp_path: Path, mode: str, fault: str, way: str
) -> None:
    """P1: 20 of 50 were lost after every outage, restart or pause."""
    async with in_mode(tmp_path, mode) as yard:
        unpaced(yard)
        owner = await yard.api.person("Olga")
        tenant, bot = await yard.online(owner)
        await owner.send(bot.id, "/start")
        await away(yard, owner, tenant.id, way)
        expected = await write(yard, bot.id, AMOUNTS)
        if FAULTS[fault]:
            await yard.api.fault(**FAULTS[fault], bot=bot.id)
        await back(yard, owner, tenant.id, way)
        unpaced(yard)
        await all_arrive(yard, bot.id, owner.id, expected, doubles=fault in DOUBLES)
        assert (await yard.tenant(tenant.id)).observed is Observed.ONLINE


@pytest.mark.postgres
async def test_every_message_written_meanwhile_arrives_on_postgresql(tmp_path: Path) -> None:
    """P1, once on the other database."""
    async with (
        a_database("postgresql", tmp_path) as url,
        in_mode(tmp_path, "polling", database_url=url) as yard,
    ):
        unpaced(yard)
        owner = await yard.api.person("Olga")
        tenant, bot = await yard.online(owner)
        await owner.send(bot.id, "/start")
        await away(yard, owner, tenant.id, "restart")
        expected = await write(yard, bot.id, AMOUNTS)
        await yard.api.fault(**FAULTS["500"], bot=bot.id)
        await back(yard, owner, tenant.id, "restart")
        unpaced(yard)
        await all_arrive(yard, bot.id, owner.id, expected)


class SlowClock:
    """A clock of the sandbox that is ``behind`` by some time at first."""

    def __init__(self, behind: timedelta) -> None:
        self.behind = behind

    def __call__(self) -> float:
        return time.time() - self.behind.total_seconds()


async def stop_before(yard: RunnerEnv, clock: SlowClock) -> None:
    """The runner stops; for the store it was at the sandbox's time."""
    await yard.runner.stop(3.0)
    then = FakeClock(datetime.fromtimestamp(clock(), UTC))
    await DowntimeDetector(yard.services.db, yard.events, yard.services.notices, then).here()


@pytest.mark.case(51)
@pytest.mark.parametrize("mode", MODES)
async def test_all_that_was_written_during_a_day_arrives(tmp_path: Path, mode: str) -> None:
    """P1: Telegram keeps updates for 24 hours; an absence of a little less loses nothing."""
    clock = SlowClock(KEPT_BY_TELEGRAM - timedelta(minutes=2))
    async with in_mode(tmp_path, mode, now=clock) as yard:
        unpaced(yard)
        owner = await yard.api.person("Olga")
        _, bot = await yard.online(owner)
        await owner.send(bot.id, "/start")
        await stop_before(yard, clock)
        expected = await write(yard, bot.id, AMOUNTS)
        clock.behind = timedelta()
        await yard.restart()
        unpaced(yard)
        await all_arrive(yard, bot.id, owner.id, expected)
        assert yard.events.of(DowntimeExceeded) == []


@pytest.mark.case(51)
async def test_the_gap_of_a_longer_absence_is_told_to_owners(tmp_path: Path) -> None:
    """P1: what Telegram no longer has is named by its hours; what it has arrives."""
    absence = timedelta(hours=30)
    clock = SlowClock(absence)
    async with in_mode(tmp_path, "polling", now=clock) as yard:
        unpaced(yard)
        owner = await yard.api.person("Olga")
        _, bot = await yard.online(owner)
        await owner.send(bot.id, "/start")
        await stop_before(yard, clock)
        gone = await write(yard, bot.id, (2, 25))
        clock.behind = timedelta(hours=23)
        expected = await write(yard, bot.id, (3, 20))
        clock.behind = timedelta()
        await yard.restart()
        unpaced(yard)
        await all_arrive(yard, bot.id, owner.id, expected)
        assert not (gone - expected) & set(await arrived(yard, bot.id, owner.id))
        async with yard.services.db.read() as uow:
            due = await uow.notices.due(datetime.now(UTC), 10)
        (told,) = [notice for notice in due if notice.kind == NoticeKind.DOWNTIME]
        assert told.user_id == owner.id
        since, lost_until = (datetime.fromisoformat(told.params[key]) for key in HOURS)
        assert abs(lost_until - since - (absence - KEPT_BY_TELEGRAM)) < timedelta(minutes=1)


async def all_arrive(
    yard: RunnerEnv, bot_id: int, owner_id: int, expected: set[str], *, doubles: bool = False
) -> None:
    """Wait until the owner has all of it; each once, unless there may be doubles."""
    calls: Counter[str] = Counter()

    async def all_there() -> bool:
        await asyncio.sleep(0.2)  # The log of all calls is long.
        calls.clear()
        calls.update(await arrived(yard, bot_id, owner_id))
        return expected <= set(calls)

    try:
        await until(all_there, patience=120.0)
    except TimeoutError:
        raise AssertionError(f"{len(expected - set(calls))} are lost") from None
    if not doubles:
        assert {calls[text] for text in expected} == {1}


async def write(yard: RunnerEnv, bot_id: int, amounts: Sequence[int]) -> set[str]:
    """New people, who write so much each. Returns all they wrote."""
    people = [await yard.api.person(f"P{number}") for number in amounts]
    texts = {p: [f"{p.name} {n}." for n in range(a)] for p, a in zip(people, amounts, strict=True)}

    async def of_one(person: Person) -> None:
        for text in texts[person]:
            await person.send(bot_id, text)

    await asyncio.gather(*map(of_one, people))
    return {text for some in texts.values() for text in some}


async def away(yard: RunnerEnv, owner: Person, tenant_id: TenantId, way: str) -> None:
    if way == "restart":
        await yard.runner.stop(3.0)
        return
    actor = await yard.services.access.actor_for(UserId(owner.id))
    await yard.services.lifecycle.pause(actor, tenant_id, None)
    await yard.seen(tenant_id, Observed.STOPPED)


async def back(yard: RunnerEnv, owner: Person, tenant_id: TenantId, way: str) -> None:
    if way == "restart":
        await yard.restart()
        return
    actor = await yard.services.access.actor_for(UserId(owner.id))
    await yard.services.lifecycle.unpause(actor, tenant_id, None)


async def arrived(yard: RunnerEnv, bot_id: int, owner_id: int) -> list[str]:
    """The visitors' texts that were sent to the owner, with what the bot put before them."""
    calls = await yard.api.log(bot=bot_id, method="sendMessage")
    return [
        str(call["params"]["text"]).rpartition("\n")[2]
        for call in calls
        if call["status"] == 200 and str(call["params"].get("chat_id")) == str(owner_id)
    ]
