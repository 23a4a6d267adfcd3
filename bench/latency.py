"""From an update's arrival to its answer at the server, at about half of what a core takes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop
from aiogram import Bot, Dispatcher

from bench import naive, workload
from bench.measuring import ServerProbe, answer, cpu_seconds, percentile
from bench.ours import our_platform

SECONDS = 10.0
RATE = 12.0
"""Updates a second for each of the bots; Telegram lets a bot send 30."""


async def ours(n: int, url: str, ca: Path) -> None:
    async with our_platform(n, url, ca, features=[workload.FEATURE]) as platform:
        await platform.runner.start()
        await _measure(n, url, ca)


async def rival(n: int, url: str, ca: Path) -> None:
    """One dispatcher polls them all over one shared session: the framework at its best."""
    bots = [naive.build_bot(0, url, ca)[0]]
    bots += [Bot(naive.token(index), session=bots[0].session) for index in range(1, n)]
    dispatcher = Dispatcher()
    dispatcher.include_router(workload.build_router())
    polling = asyncio.get_running_loop().create_task(
        dispatcher.start_polling(*bots, handle_signals=False, polling_timeout=50)
    )
    await _measure(n, url, ca)
    await naive.stop([polling])


async def _measure(n: int, url: str, ca: Path) -> None:
    names = [naive.token(index).partition(":")[0] for index in range(n)]
    async with ServerProbe(url, ca) as probe:
        await probe.wait_for_polls(n)
        await probe.load(names, RATE, SECONDS + 2, "q")
        await asyncio.sleep(2)
        await probe.latencies()
        cpu = cpu_seconds()
        await asyncio.sleep(SECONDS)
        latencies = await probe.latencies()
        answer(
            percentile(latencies, 0.5),
            p99=percentile(latencies, 0.99),
            answers_per_second=len(latencies) / SECONDS,
            cores_busy=(cpu_seconds() - cpu) / SECONDS,
        )


if __name__ == "__main__":
    arm, size, base, trusted = sys.argv[1:]
    uvloop.run((ours if arm == "ours" else rival)(int(size), base, Path(trusted)))
