"""Where processes are killed: a sandbox with our bots and the rival's, and people who write."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.world import Content
from tenants.domain.model import BotToken
from tests.faults import effect_log
from tests.faults.effect_log import Tally
from tests.faults.forked_process import Forge, Victim
from tests.support.processes import free_port
from tests.support.runner_env import RunnerEnv, open_yard
from tests.support.sandbox_client import Person

BOTS = 5
PEOPLE = 10
_SETTLES_WITHIN = 60.0
"""Seconds without any progress, or until Telegram has nothing left for the rival."""
_QUIET = 3.0


@dataclass
class CrashEnv:
    """Numbers are written to our bots and, beside them, to the rival's."""

    yard: RunnerEnv
    forge: Forge
    people: list[Person]
    ours: list[int]
    rivals: list[int]
    tokens: list[str]
    hook_port: int
    sent: list[int] = field(default_factory=list)

    @property
    def our_file(self) -> Path:
        return self.yard.folder / "controlbot.db"

    @property
    def rival_file(self) -> Path:
        return self.yard.folder / "rival.db"

    def platform(self, *, hooks: bool = False, **more: Any) -> Victim:
        """The platform in a process of its own. ``more``: see tests.faults.platform_process."""
        settings: dict[str, Any] = {"folder": str(self.yard.folder), "api": self.yard.box.url}
        if hooks:
            settings["hook_port"] = self.hook_port
        else:
            settings["health_port"] = self.hook_port
        return self.forge.fork("platform", settings | more)

    async def health(self) -> tuple[int, dict[str, Any]]:
        """What /healthz says of a platform that polls."""
        url = f"http://127.0.0.1:{self.hook_port}/healthz"
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return response.status, await response.json()

    def rival(self) -> Victim:
        """aiogram's own polling of as many bots."""
        settings = {
            "file": str(self.rival_file),
            "api": self.yard.box.url,
            "tokens": self.tokens,
        }
        return self.forge.fork("rival", settings)

    def write(self) -> int:
        """Somebody writes the next number to one of our bots, and to the rival's beside it."""
        n = len(self.sent)
        person = self.people[n % len(self.people)].id
        world = self.yard.box.world
        for bots in (self.ours, self.rivals):
            chat = world.chat(person, bots[n % len(bots)])
            world.send(person, chat, Content(text=f"n {n}"))
        self.sent.append(n)
        return n

    async def entered(self, n: int, within: float = 20.0) -> None:
        """Wait until our side has entered ``n``."""
        deadline = time.monotonic() + within
        while n not in effect_log.entries(self.our_file):
            assert time.monotonic() < deadline, f"{n} did not come\n{self.forge.words()}"
            await asyncio.sleep(0.05)

    def account(self) -> str:
        """What is where, for when something is missing."""
        with contextlib.closing(sqlite3.connect(self.our_file, timeout=10)) as db:
            rows = db.execute("SELECT tenant_id, update_id, state, error FROM updates_inbox")
            inbox = rows.fetchall()[-20:]
        missing = sorted(set(self.sent) - effect_log.entries(self.our_file).keys())[:20]
        return f"missing {missing}; inbox {inbox}\n{self.forge.words()}"

    async def settle_ours(self, **more: Any) -> Tally:
        """One more life, until everything that was written is entered; then the count."""
        victim = self.platform(**more)
        try:
            await self._come_to_rest(self.our_file)
            return effect_log.tally(self.our_file, self.sent)
        finally:
            victim.kill()

    async def settle_rival(self) -> Tally:
        """One more life, until Telegram has nothing left for it and nothing more comes."""
        victim = self.rival()
        try:
            deadline = time.monotonic() + _SETTLES_WITHIN
            while await self._left_for_rival() and time.monotonic() < deadline:
                await asyncio.sleep(0.2)
            await self._come_to_rest(self.rival_file, quiet=_QUIET)
            return effect_log.tally(self.rival_file, self.sent)
        finally:
            victim.kill()

    async def _left_for_rival(self) -> int:
        bots = [self.yard.telegram.bot(BotToken.parse(token)) for token in self.tokens]
        return sum([(await bot.get_webhook_info()).pending_update_count for bot in bots])

    async def _come_to_rest(self, file: Path, *, quiet: float = _SETTLES_WITHIN) -> None:
        """Until everything was entered, or nothing more for ``quiet`` seconds."""
        total, since = -1, time.monotonic()
        while time.monotonic() - since < quiet:
            found = effect_log.entries(file)
            if len(found.keys() | effect_log.dead_letters(file)) == len(self.sent):
                break
            if found.total() != total:
                total, since = found.total(), time.monotonic()
            await asyncio.sleep(0.1)
        # What comes twice would come now.
        await asyncio.sleep(0.5)


@asynccontextmanager
async def open_field(forge: Forge, folder: Path) -> AsyncIterator[CrashEnv]:
    """Bots and people, all connected; neither platform nor rival runs yet."""
    async with open_yard(folder, start=False) as yard:
        owner = await yard.api.person("Olga")
        people = [await yard.api.person(f"P{number}") for number in range(PEOPLE)]
        ours = [(await yard.bring(owner))[1].id for _ in range(BOTS)]
        rivals = [await yard.api.bot(owner, "Rival", f"rival{n}_bot") for n in range(BOTS)]
        effect_log.lay_out(folder / "controlbot.db")
        effect_log.lay_out(folder / "rival.db")
        yield CrashEnv(
            yard=yard,
            forge=forge,
            people=people,
            ours=ours,
            rivals=[bot.id for bot in rivals],
            tokens=[bot.token for bot in rivals],
            hook_port=free_port(),
        )
