"""An owner, somebody of the audience and a bot between them, with what they see."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from tenants.domain.model import Tenant
from tenants.store.inbox import InboxState
from tenants.support.rate_limits import KeyedRates, Rate
from tests.support.runner_env import RunnerEnv
from tests.support.sandbox_client import Message, NewBot, Person, file_part

_ISOLATES = str.maketrans("", "", "\u2068\u2069\u200e\u200f")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


def plain(marked: str) -> str:
    """Without marks of direction."""
    return marked.translate(_ISOLATES)


def has(words: str) -> Callable[[Message], bool]:
    return lambda message: words in plain(message.text)


def says(words: str) -> Callable[[Message], bool]:
    return lambda message: plain(message.text) == words


def picture(name: str = "a.png") -> dict[str, object]:
    return file_part(PNG + name.encode(), name, kind="photo", mime="image/png")


def album(*captions: str) -> list[dict[str, object]]:
    return [
        {"file": picture(f"{number}.png"), "text": caption}
        for number, caption in enumerate(captions)
    ]


def unlimited(yard: RunnerEnv) -> None:
    """Let the bot send to one chat as fast as it can."""
    yard.telegram.limits._chats = KeyedRates(Rate(per_second=10_000, burst=10_000))


@dataclass
class Cast:
    """Olga owns the bot; Anna writes to it."""

    yard: RunnerEnv
    tenant: Tenant
    bot: NewBot
    owner: Person
    anna: Person

    async def owner_sees(self, words: str) -> Message:
        return await self.owner.wait_for(self.bot.id, has(words), words)

    async def anna_sees(self, words: str) -> Message:
        return await self.anna.wait_for(self.bot.id, has(words), words)

    async def handled(self) -> None:
        """Wait until every update has been taken in and handled, well or not."""
        await self.yard.api.settle(self.bot.token)
        async with asyncio.timeout(20):
            while True:
                states = await self.states()
                if not states["pending"] and not states["deferred"]:
                    return
                await asyncio.sleep(0.02)

    async def states(self) -> dict[str, int]:
        """How many updates are in which state."""
        rows = await self._select(
            "SELECT state, count(*) FROM updates_inbox WHERE tenant_id = :tenant GROUP BY state"
        )
        counts = dict(rows)
        return {state.name.lower(): counts.get(state, 0) for state in InboxState}

    async def owner_chat(self) -> list[Message]:
        return [m for m in await self.owner.messages(self.bot.id) if not m.outgoing]

    async def anna_chat(self) -> list[Message]:
        return [m for m in await self.anna.messages(self.bot.id) if not m.outgoing]

    async def links(self) -> list[Any]:
        """Stored pairs: (owner's message, visitor's message, incoming), in order."""
        return await self._select(
            "SELECT owner_message_id, audience_message_id, incoming FROM relays"
            " WHERE tenant_id = :tenant ORDER BY id"
        )

    async def _select(self, query: str) -> list[Any]:
        async with self.yard.services.db.read() as uow:
            rows = await uow.connection.execute(text(query), {"tenant": self.tenant.id})
            return [tuple(row) for row in rows]

    async def refuse(self, refusal: str, method: str, *, times: int = 1, **more: Any) -> None:
        await self.yard.api.fault(
            kind="refusal", refusal=refusal, method=method, bot=self.bot.id, times=times, **more
        )


async def cast_of(yard: RunnerEnv, *, owner_started: bool = True, **anna: object) -> Cast:
    owner = await yard.api.person("Olga")
    visitor = await yard.api.person("Anna", **({"username": "anna_reads"} | anna))
    tenant, bot = await yard.online(owner)
    cast = Cast(yard, tenant, bot, owner, visitor)
    if owner_started:
        await owner.send(bot.id, "/start")
        await cast.owner_sees("at work")
        await cast.handled()
    return cast
