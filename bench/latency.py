"""Latency from an update's arrival to its answer at the server, at about half load of a core.

Each arm also reports its event loop's delay, and ours the duration of its commits: a bot's next
poll waits for the commit of the last one's updates, so these explain a bad p99.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvloop
from aiogram import Bot, Dispatcher

from bench import aiogram_baseline, handlers
from bench.measurement import ServerProbe, answer, cpu_seconds, percentile
from bench.platform_setup import our_platform
from tenants.runner.inbox.group_commit import Committer

SECONDS = 6.0
RATE = 12.0
"""Updates a second for each of the bots; Telegram lets a bot send 30."""
_BEAT = 0.005


async def ours(n: int, url: str, ca: Path) -> None:
    async with our_platform(n, url, ca, features=[handlers.FEATURE]) as platform:
        commits = _time_commits(platform.runner._parts.committer)
        await platform.runner.start()
        await _measure(n, url, ca, commits)


async def rival(n: int, url: str, ca: Path) -> None:
    """One dispatcher polls them all over one shared session: aiogram's fastest setup."""
    bots = [aiogram_baseline.build_bot(0, url, ca)[0]]
    bots += [Bot(aiogram_baseline.token(index), session=bots[0].session) for index in range(1, n)]
    dispatcher = Dispatcher()
    dispatcher.include_router(handlers.build_router())
    polling = asyncio.get_running_loop().create_task(
        dispatcher.start_polling(*bots, handle_signals=False, polling_timeout=50)
    )
    await _measure(n, url, ca, [])
    await aiogram_baseline.stop([polling])


async def _measure(n: int, url: str, ca: Path, commits: list[float]) -> None:
    names = [aiogram_baseline.token(index).partition(":")[0] for index in range(n)]
    async with ServerProbe(url, ca) as probe:
        await probe.wait_for_polls(n)
        await probe.load(names, RATE, SECONDS + 2, "q")
        await asyncio.sleep(2)
        await probe.latencies()
        commits.clear()
        cpu = cpu_seconds()
        delays = await _loop_delays(SECONDS)
        took = list(commits)
        latencies = await probe.latencies()
        answer(
            percentile(latencies, 0.5),
            p99=percentile(latencies, 0.99),
            answers_per_second=len(latencies) / SECONDS,
            cores_busy=(cpu_seconds() - cpu) / SECONDS,
            loop_p99=percentile(delays, 0.99),
            **({"commit_p99": percentile(took, 0.99)} if took else {}),
        )


async def _loop_delays(seconds: float) -> list[float]:
    """Milliseconds by which timers were late."""
    end = time.monotonic() + seconds
    delays = []
    while (now := time.monotonic()) < end:
        await asyncio.sleep(_BEAT)
        delays.append((time.monotonic() - now - _BEAT) * 1000)
    return delays


def _time_commits(committer: Committer) -> list[float]:
    """Milliseconds of each commit from now on, waiting for the thread and the disk included."""
    took: list[float] = []
    writer = committer._writer
    commit: Callable[[Any], Awaitable[None]] = writer._transaction

    async def timed(batch: Any) -> None:
        began = time.monotonic()
        try:
            await commit(batch)
        finally:
            took.append((time.monotonic() - began) * 1000)

    writer._transaction = timed  # type: ignore[method-assign]
    return took


if __name__ == "__main__":
    arm, size, base, trusted = sys.argv[1:]
    uvloop.run((ours if arm == "ours" else rival)(int(size), base, Path(trusted)))
