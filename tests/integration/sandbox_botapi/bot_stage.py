"""A person who has started a bot, and the ways to reach both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp

from sandbox import botapi
from sandbox.call_log import CallLog
from sandbox.fault_injection import Faults
from sandbox.world import Account, Chat, World
from sandbox.world import Bot as SandboxBot


@dataclass(slots=True)
class BotStage:
    """A person who has started a bot, and the ways to reach both."""

    world: World
    api: botapi.BotApi
    faults: Faults
    log: CallLog
    url: str
    http: aiohttp.ClientSession
    person: Account
    bot: SandboxBot
    aiogram: Any
    """aiogram's Bot; Any, since nearly every field of its answers may be None by its types."""

    @property
    def chat(self) -> Chat:
        return self.world.chat(self.person.id, self.bot.id)

    async def call(self, method: str, token: str | None = None, **params: Any) -> dict[str, Any]:
        """Call a method with JSON; the whole answer."""
        url = f"{self.url}/bot{token or self.bot.token}/{method}"
        async with self.http.post(url, json=params) as response:
            answer: dict[str, Any] = await response.json()
        return answer

    async def updates(self, **params: Any) -> list[Any]:
        """New updates as aiogram reads them; they are confirmed."""
        found: list[Any] = await self.aiogram.get_updates(**params)
        if found:
            await self.aiogram.get_updates(offset=found[-1].update_id + 1, timeout=0)
        return found
