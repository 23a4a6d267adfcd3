"""Whatever befalls one bot, the other nineteen go on as if nothing were."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox.world import Content, MessageSent
from tenants.model import Observed, Tenant
from tests.faults.scale import FULL
from tests.support.people import NewBot, Person
from tests.support.steps import step
from tests.support.yard import Yard, open_yard, until
from tests.support.yard_features import Echo

BOTS = 20
EVERY = 0.2
ROUNDS = 10
NO_GAP = 5.0
"""Seconds to an answer that are no gap on a busy machine; a bot that backs off, hangs or
waits for its neighbour takes longer than the fault stands."""

BACKS_OFF = {Observed.BACKING_OFF}
REVOKED = {Observed.TOKEN_REVOKED}
FAULTS: dict[str, tuple[dict[str, Any], set[Observed]]] = {
    "http_status": ({"status": 502}, BACKS_OFF),
    "error": ({"error_code": 500, "description": "Internal Server Error"}, BACKS_OFF),
    "retry_after": ({"seconds": 1}, BACKS_OFF),
    "delay": ({"seconds": 0.5}, {Observed.ONLINE}),
    "hang": ({"seconds": 1}, BACKS_OFF),
    "reset": ({}, BACKS_OFF),
    "answer_lost": ({}, BACKS_OFF),
    "garbage": ({}, BACKS_OFF),
    "conflict": ({"method": "getUpdates"}, {Observed.USED_ELSEWHERE}),
    "token_revoked": ({}, REVOKED),
    "session_revoked": ({}, REVOKED),
    "unknown_key": ({}, REVOKED),
}
"""Each fault of the Bot API, and how the bot it hits is seen."""


@dataclass
class Street:
    """Twenty bots of twenty people, and when each message was sent and answered."""

    yard: Yard
    visitor: Person
    tenants: list[Tenant]
    bots: list[NewBot]
    sent: dict[tuple[int, str], float] = field(default_factory=dict)
    answered: dict[tuple[int, str], float] = field(default_factory=dict)

    def hear(self, event: object) -> None:
        if isinstance(event, MessageSent) and event.message.content.text.startswith("echo "):
            text = event.message.content.text.removeprefix("echo ")
            self.answered.setdefault((event.message.sender_id, text), time.monotonic())

    def write(self, bot: NewBot, text: str) -> None:
        world, person = self.yard.box.world, self.visitor.id
        self.sent[bot.id, text] = time.monotonic()
        world.send(person, world.chat(person, bot.id), Content(text=text))

    async def write_to_all(self) -> None:
        """Every 200 ms a message to each."""
        for number in range(ROUNDS):
            for bot in self.bots:
                self.write(bot, f"m{number}")
            await asyncio.sleep(EVERY)

    async def all_answered(self, bots: list[NewBot]) -> float:
        """Wait until these bots have answered everything. The longest wait, in seconds."""
        ids = {bot.id for bot in bots}
        expected = {key for key in self.sent if key[0] in ids}

        async def done() -> bool:
            return expected <= self.answered.keys()

        await until(done)
        return max(self.answered[key] - self.sent[key] for key in expected)


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    async with open_yard(tmp_path, features=[Echo().feature()]) as yard:
        owners = [await yard.api.person(f"Owner {number}") for number in range(BOTS)]
        brought = [await yard.bring(owner) for owner in owners]
        for tenant, _ in brought:
            await yard.seen(tenant.id, Observed.ONLINE)
        street = Street(
            yard,
            await yard.api.person("Anna"),
            [tenant for tenant, _ in brought],
            [bot for _, bot in brought],
        )
        unlisten = yard.box.world.hub.listen(street.hear)
        yield street
        unlisten()


@pytest.mark.parametrize("kind", list(FAULTS) if FULL else ["reset", "token_revoked"])
async def test_one_of_twenty_is_hit(street: Street, kind: str) -> None:
    """One of twenty bots is hit by a fault of Telegram's; the others show no gap"""
    details, expected = FAULTS[kind]
    yard, hit, bot = street.yard, street.tenants[7], street.bots[7]
    others = [one for one in street.bots if one.id != bot.id]
    await yard.api.fault(protocol="bot", kind=kind, bot=bot.id, **details)
    await street.write_to_all()
    gap = await street.all_answered(others)
    seen = [await yard.seen(hit.id, state) for state in expected]
    step(f"{kind}: the others' longest wait {gap * 1000:.0f} ms; the one is {seen[0].observed}")
    assert gap < NO_GAP
    for tenant in street.tenants:
        if tenant.id != hit.id:
            assert (await yard.tenant(tenant.id)).observed is Observed.ONLINE
    await yard.api.clear_faults()
    if expected == REVOKED:
        await yard.services.lifecycle.restart(await yard.staff(), hit.id)
    await yard.seen(hit.id, Observed.ONLINE)
    street.write(bot, "and now?")
    await street.all_answered([bot])


async def test_telegram_restarts_and_all_come_back(street: Street) -> None:
    """Telegram cuts every connection and takes none for a second; all twenty come back"""
    first = street.bots[0]
    await street.yard.api.fault(protocol="bot", kind="restart", bot=first.id, times=1, seconds=1)
    await street.write_to_all()
    gap = await street.all_answered(street.bots)
    step(f"the longest wait {gap * 1000:.0f} ms")


async def test_telegram_takes_no_messages_for_a_while(street: Street) -> None:
    """Sends fail for longer than an update is tried again; when they work, all is answered"""
    bot = street.bots[7]
    others = [one for one in street.bots if one.id != bot.id]
    await street.yard.api.fault(
        protocol="bot", kind="http_status", status=502, method="sendMessage", bot=bot.id
    )
    await street.write_to_all()
    assert await street.all_answered(others) < NO_GAP
    await street.yard.api.clear_faults()
    await street.all_answered([bot])
