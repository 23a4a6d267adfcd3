"""Effect of a noisy tenant on quiet ones: their p99 from update to answer, with and without it.

The arm called ``rival`` is our own platform without the noisy tenant. All tenants have the limits
that a new tenant gets; :mod:`bench.noisy_neighbour_unpaced` lifts them.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop

from bench import aiogram_baseline, handlers
from bench.measurement import ServerProbe, answer, percentile
from bench.platform_setup import FAST, our_platform
from tenants.domain.model import PlatformLimits

SECONDS = 7.0
QUIET_RATE = 3.0
LOUD_RATE = 1_000.0


async def run(n: int, url: str, ca: Path, *, loud: bool, paced: bool) -> None:
    """Bot 0 is the noisy one. The first seconds do not count."""
    pace = PlatformLimits(owners=frozenset()).rate_limit if paced else FAST
    bots = [aiogram_baseline.token(index).partition(":")[0] for index in range(n + 1)]
    async with (
        ServerProbe(url, ca) as probe,
        our_platform(n + 1, url, ca, features=[handlers.FEATURE], rate_limit=pace) as platform,
    ):
        await platform.runner.start()
        await probe.wait_for_polls(n + 1)
        if loud:
            # Texts with another first letter are counted, not answered: otherwise the outgoing
            # limits would slow the noisy tenant down before the machine does.
            await probe.load(bots[:1], LOUD_RATE, SECONDS + 4, "n")
        await probe.load(bots[1:], QUIET_RATE, SECONDS + 2, "q")
        await asyncio.sleep(2)
        await probe.latencies()
        await asyncio.sleep(SECONDS)
        latencies = await probe.latencies()
        answer(
            percentile(latencies, 0.99),
            p50=percentile(latencies, 0.5),
            answers=len(latencies),
            loud_handled=handlers.handled[0],
        )


def main(*, paced: bool) -> None:
    """An arm, as the harness calls it."""
    arm, size, base, trusted = sys.argv[1:]
    uvloop.run(run(int(size), base, Path(trusted), loud=arm == "ours", paced=paced))


if __name__ == "__main__":
    main(paced=True)
