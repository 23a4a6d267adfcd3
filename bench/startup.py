"""CPU from nothing to every tenant polling; importing the libraries does not count."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop

from bench import aiogram_baseline
from bench.measurement import ServerProbe, answer, cpu_seconds
from bench.platform_setup import our_platform


async def ours(n: int, url: str, ca: Path) -> None:
    async with ServerProbe(url, ca) as probe, our_platform(n, url, ca) as platform:
        before = cpu_seconds()
        await platform.runner.start()
        await probe.wait_for_polls(n)
        answer((cpu_seconds() - before) / n * 1000)


async def rival(n: int, url: str, ca: Path) -> None:
    async with ServerProbe(url, ca) as probe:
        before = cpu_seconds()
        polling = [aiogram_baseline.start_polling(index, url, ca) for index in range(n)]
        await probe.wait_for_polls(n)
        answer((cpu_seconds() - before) / n * 1000)
        await aiogram_baseline.stop(polling)


if __name__ == "__main__":
    arm, size, base, trusted = sys.argv[1:]
    if arm == "ours":
        uvloop.run(ours(int(size), base, Path(trusted)))
    else:
        asyncio.run(rival(int(size), base, Path(trusted)))
