"""People write while the platform is away, or Telegram stumbles: every message is counted at
the owner's end, none twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path

import pytest
from aiohttp import web

from tenants.limits import KeyedRates, Rate
from tenants.model import Observed, TenantId, UserId
from tests.support.people import Person
from tests.support.processes import free_port
from tests.support.yard import FAST, Yard, open_yard, until

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
DOUBLES = frozenset({"garbage"})
"""Telegram's answer to a send is unreadable: it may have been made, and is made again."""


def cases() -> list[tuple[str, str, str]]:
    """Each fault once, modes and ways of being away in turn."""
    turns = list(product(MODES, WAYS))
    return [(turns[at % 4][0], fault, turns[at % 4][1]) for at, fault in enumerate(FAULTS)]


@asynccontextmanager
async def in_mode(folder: Path, mode: str) -> AsyncIterator[Yard]:
    settings = replace(FAST, deferred_rate=1_000.0, poll_timeout=2)
    if mode == "polling":
        async with open_yard(folder, settings=settings) as yard:
            yield yard
        return
    port = free_port()
    settings = replace(settings, webhook_url=f"http://127.0.0.1:{port}")
    async with open_yard(folder, settings=settings, start=False) as yard:
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


async def _hook(yard: Yard, request: web.Request) -> web.StreamResponse:
    (route,) = yard.runner.hook_routes()
    response: web.StreamResponse = await route.handler(request)
    return response


def unpaced(yard: Yard) -> None:
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
        calls: Counter[str] = Counter()

        async def all_there() -> bool:
            calls.clear()
            calls.update(await arrived(yard, bot.id, owner.id))
            return set(expected) <= set(calls)

        try:
            await until(all_there, patience=60.0)
        except TimeoutError:
            raise AssertionError(f"{len(expected - set(calls))} are lost") from None
        if fault not in DOUBLES:
            assert {calls[text] for text in expected} == {1}
        assert (await yard.tenant(tenant.id)).observed is Observed.ONLINE


async def write(yard: Yard, bot_id: int, amounts: Sequence[int]) -> set[str]:
    """New people, who write so much each. Returns all they wrote."""
    people = [await yard.api.person(f"P{number}") for number in amounts]
    texts = {p: [f"{p.name} {n}." for n in range(a)] for p, a in zip(people, amounts, strict=True)}

    async def of_one(person: Person) -> None:
        for text in texts[person]:
            await person.send(bot_id, text)

    await asyncio.gather(*map(of_one, people))
    return {text for some in texts.values() for text in some}


async def away(yard: Yard, owner: Person, tenant_id: TenantId, way: str) -> None:
    if way == "restart":
        await yard.runner.stop(3.0)
        return
    actor = await yard.services.access.actor_for(UserId(owner.id))
    await yard.services.lifecycle.pause(actor, tenant_id, None)
    await yard.seen(tenant_id, Observed.STOPPED)


async def back(yard: Yard, owner: Person, tenant_id: TenantId, way: str) -> None:
    if way == "restart":
        await yard.restart()
        return
    actor = await yard.services.access.actor_for(UserId(owner.id))
    await yard.services.lifecycle.unpause(actor, tenant_id, None)


async def arrived(yard: Yard, bot_id: int, owner_id: int) -> list[str]:
    """The visitors' texts that were sent to the owner, with what the bot put before them."""
    calls = await yard.api.log(bot=bot_id, method="sendMessage")
    return [
        str(call["params"]["text"]).rpartition("\n")[2]
        for call in calls
        if call["status"] == 200 and str(call["params"].get("chat_id")) == str(owner_id)
    ]
