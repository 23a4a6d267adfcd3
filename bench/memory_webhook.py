"""Private memory of a tenant that is idle in webhook mode."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import uvloop

from bench.measurement import answer, private_bytes
from bench.memory_poll import rival
from bench.platform_setup import our_platform

WARM = 50
"""Tenants that exist before the first measurement, so that what is built once does not count."""


async def ours(n: int, url: str, ca: Path) -> None:
    """All webhooks set, then every context evicted, as it is after ten idle minutes."""
    few = await _weigh(WARM, url, ca)
    many = await _weigh(n + WARM, url, ca)
    answer((many - few) / n / 1000)


async def _weigh(n: int, url: str, ca: Path) -> int:
    """Memory added by running the tenants; storing them (in this process) does not count."""
    async with our_platform(n, url, ca, webhook_url="https://127.0.0.1:1/") as platform:
        before = private_bytes()
        await platform.runner.start()
        parts = platform.runner._parts
        assert parts.hook_serving
        entries = list(parts.supervisor.entries())
        deadline = time.monotonic() + 200
        while time.monotonic() < deadline:
            await asyncio.sleep(0.5)
            await parts.hook_serving.contexts.evict(entries, idle=0.0)
            idle = all(e.runtime is None for e in entries) and not any(e.busy for e in entries)
            if idle and not len(parts.nursery):
                # They are closed after 15 idle seconds; they set the webhooks for all tenants.
                await platform.telegram._sending.close()
                await asyncio.sleep(1)
                return private_bytes() - before
        raise TimeoutError("tenants did not become idle")


if __name__ == "__main__":
    arm, size, base, trusted = sys.argv[1:]
    if arm == "ours":
        uvloop.run(ours(int(size), base, Path(trusted)))
    else:
        asyncio.run(rival(int(size), base, Path(trusted)))
