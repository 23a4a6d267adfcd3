"""Private memory of a tenant whose bot long-polls over TLS."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop

from bench import aiogram_baseline
from bench.measurement import ServerProbe, answer, private_bytes
from bench.platform_setup import our_platform


async def ours(n: int, url: str, ca: Path) -> None:
    """The platform on uvloop; its memory without polling tenants does not count."""
    async with ServerProbe(url, ca) as probe, our_platform(n, url, ca) as platform:
        before = private_bytes()
        await platform.runner.start()
        await probe.wait_for_polls(n)
        answer((private_bytes() - before) / n / 1000)


async def rival(n: int, url: str, ca: Path) -> None:
    """Standard asyncio, as in the naive design; the first bot's imports do not count."""
    async with ServerProbe(url, ca) as probe:
        polling = [aiogram_baseline.start_polling(0, url, ca)]
        await probe.wait_for_polls(1)
        before = private_bytes()
        polling += [aiogram_baseline.start_polling(index, url, ca) for index in range(1, n + 1)]
        await probe.wait_for_polls(n + 1)
        answer((private_bytes() - before) / n / 1000)
        await aiogram_baseline.stop(polling)


if __name__ == "__main__":
    arm, size, base, trusted = sys.argv[1:]
    if arm == "ours":
        uvloop.run(ours(int(size), base, Path(trusted)))
    else:
        asyncio.run(rival(int(size), base, Path(trusted)))
