"""Updates a second of one core: ours with the durable inbox, bare aiogram without any."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import defaultdict
from pathlib import Path

import uvloop
from aiogram import Bot, Dispatcher

from bench import aiogram_baseline, handlers
from bench.measurement import answer, cpu_seconds
from bench.platform_setup import our_platform
from bench.sample_updates import text_update
from bench.update_feeder import Feeding
from tenants.domain.model import TenantId

TENANTS = 50
PEOPLE = 2_000


def _texts(n: int) -> list[bytes]:
    # Different people, so that none of them counts as a flood.
    return [json.dumps(text_update(i + 1, 1 + i % PEOPLE, "hello")).encode() for i in range(n)]


async def ours(n: int, url: str, ca: Path) -> None:
    """Admission, inbox row, dispatch, handler and done-mark; SQLite's threads included."""
    raws = _texts(n)
    hook = "https://127.0.0.1:1/"
    async with our_platform(
        TENANTS, url, ca, webhook_url=hook, features=[handlers.FEATURE]
    ) as platform:
        await platform.runner.start()
        feeding = Feeding(platform)
        shares: dict[TenantId, list[bytes]] = defaultdict(list)
        for index, raw in enumerate(raws):
            shares[platform.tenants[index // 100 % TENANTS]].append(raw)
        await asyncio.sleep(2)  # Webhooks are being set.
        await feeding.feed({tenant: few[:2] for tenant, few in shares.items()})
        cpu, wall, before = cpu_seconds(), time.perf_counter(), handlers.handled[0]
        await feeding.feed({tenant: most[2:] for tenant, most in shares.items()})
        done = handlers.handled[0] - before
        cpu, wall = cpu_seconds() - cpu, time.perf_counter() - wall
        answer(done / cpu, wall_updates_per_second=done / wall, handled=done)


async def rival(n: int) -> None:
    """feed_raw_update one after another, already parsed; nothing is stored."""
    updates = [json.loads(raw) for raw in _texts(n)]
    dispatcher = Dispatcher()
    dispatcher.include_router(handlers.build_router())
    bot = Bot(aiogram_baseline.token(0))
    for update in updates[:100]:
        await dispatcher.feed_raw_update(bot, update)
    cpu, wall = cpu_seconds(), time.perf_counter()
    for update in updates[100:]:
        await dispatcher.feed_raw_update(bot, update)
    cpu, wall = cpu_seconds() - cpu, time.perf_counter() - wall
    done = len(updates) - 100
    answer(done / cpu, wall_updates_per_second=done / wall)


if __name__ == "__main__":
    arm, size, base, trusted = sys.argv[1:]
    if arm == "ours":
        uvloop.run(ours(int(size), base, Path(trusted)))
    else:
        uvloop.run(rival(int(size)))
