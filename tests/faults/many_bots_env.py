"""Twenty bots side by side, and how long people wait for an answer of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.world import Content, MessageSent
from tenants.domain.model import Observed, Tenant
from tests.support.misbehaving_features import Echo
from tests.support.runner_env import RunnerEnv, open_hooked_yard, open_yard, until
from tests.support.sandbox_client import NewBot, Person

BOTS = 20
EVERY = 0.2
ROUNDS = 8
NO_GAP = 5.0
"""Seconds to an answer that are no gap on a busy machine; a bot that backs off, hangs or
waits for its neighbour takes longer than the fault stands."""


@dataclass
class ManyBotsEnv:
    """Twenty bots of twenty people, and when each message was sent and answered."""

    yard: RunnerEnv
    visitor: Person
    tenants: list[Tenant]
    bots: list[NewBot]
    sent: dict[tuple[int, str], float] = field(default_factory=dict)
    answered: dict[tuple[int, str], float] = field(default_factory=dict)

    def hear(self, event: object) -> None:
        if isinstance(event, MessageSent) and event.message.content.text.startswith("echo "):
            text = event.message.content.text.removeprefix("echo ")
            self.answered.setdefault((event.message.sender_id, text), time.monotonic())

    def write(self, bot: NewBot, text: str, person_id: int | None = None) -> None:
        world, person = self.yard.box.world, person_id or self.visitor.id
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


@asynccontextmanager
async def open_street(folder: Path, *, hooks: bool = False) -> AsyncIterator[ManyBotsEnv]:
    """All twenty online, by polls or by webhooks."""
    opened = open_hooked_yard if hooks else open_yard
    async with opened(folder, features=[Echo().feature()]) as yard:
        owners = [await yard.api.person(f"Owner {number}") for number in range(BOTS)]
        brought = [await yard.bring(owner) for owner in owners]
        for tenant, _ in brought:
            await yard.seen(tenant.id, Observed.ONLINE)
        street = ManyBotsEnv(
            yard,
            await yard.api.person("Anna"),
            [tenant for tenant, _ in brought],
            [bot for _, bot in brought],
        )
        unlisten = yard.box.world.hub.listen(street.hear)
        yield street
        unlisten()
