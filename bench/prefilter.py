"""A realistic mix of updates: nine of ten have no handler."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvloop
from aiogram import Bot, Dispatcher
from aiogram.types import TelegramObject

from bench import aiogram_baseline, handlers
from bench.measurement import answer, cpu_seconds
from bench.platform_setup import our_platform
from bench.sample_updates import chatter_update, text_update
from bench.update_feeder import Feeding
from tenants.domain.model import Desired, TenantId

TENANTS = 60
"""Every twentieth is suspended."""
PEOPLE = 2_000


def _mix(n: int) -> list[tuple[int, bytes]]:
    """``(tenant index, update)``: one of ten is a command, the rest are group messages."""
    mix = []
    for index in range(n):
        person, tenant = 1 + index % PEOPLE, index // 10 % TENANTS
        if index % 10 == 9:
            update = text_update(index + 1, person, "/help")
        else:
            update = chatter_update(index + 1, person)
        mix.append((tenant, json.dumps(update).encode()))
    return mix


def _suspended(tenant: int) -> bool:
    return tenant % 20 == 0


async def ours(n: int, url: str, ca: Path) -> None:
    hook = "https://127.0.0.1:1/"
    async with our_platform(
        TENANTS, url, ca, webhook_url=hook, features=[handlers.COMMANDS_FEATURE]
    ) as platform:
        suspended, now = platform.tenants[::20], platform.services.clock.now()
        async with platform.services.db.write() as uow:
            for tenant_id in suspended:
                await uow.tenants.wish(tenant_id, None, now, desired=Desired.SUSPENDED)
        await platform.runner.start()
        await asyncio.sleep(2)  # Webhooks are being set.
        shares: dict[TenantId, list[bytes]] = defaultdict(list)
        for index, raw in _mix(n):
            shares[platform.tenants[index]].append(raw)
        feeding = Feeding(platform)
        await feeding.feed({tenant: raws[:1] for tenant, raws in shares.items()})
        cpu, before = cpu_seconds(), handlers.handled[0]
        await feeding.feed({tenant: raws[1:] for tenant, raws in shares.items()})
        cpu = cpu_seconds() - cpu
        answer((n - len(shares)) / cpu, handled=handlers.handled[0] - before)


Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


async def rival(n: int) -> None:
    """A middleware drops updates of suspended tenants, as in a tutorial."""
    parsed = [(_suspended(index), json.loads(raw)) for index, raw in _mix(n)]
    dispatcher = Dispatcher()

    async def drop_suspended(handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        return None if data["suspended"] else await handler(event, data)

    dispatcher.update.outer_middleware(drop_suspended)
    dispatcher.include_router(handlers.build_command_router())
    bot = Bot(aiogram_baseline.token(0))
    for suspended, update in parsed[:100]:
        await dispatcher.feed_raw_update(bot, update, suspended=suspended)
    cpu, before = cpu_seconds(), handlers.handled[0]
    for suspended, update in parsed[100:]:
        await dispatcher.feed_raw_update(bot, update, suspended=suspended)
    answer((n - 100) / (cpu_seconds() - cpu), handled=handlers.handled[0] - before)


if __name__ == "__main__":
    arm, size, base, trusted = sys.argv[1:]
    if arm == "ours":
        uvloop.run(ours(int(size), base, Path(trusted)))
    else:
        uvloop.run(rival(int(size)))
