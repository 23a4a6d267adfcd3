"""Measuring functions of the arms: private memory, CPU time, percentiles, server probe."""

from __future__ import annotations

import asyncio
import gc
import json
import ssl
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import psutil

PROCESS = psutil.Process()


def private_bytes() -> int:
    """This process's unique set size: what would be freed if it ended now."""
    gc.collect()
    return int(PROCESS.memory_full_info().uss)


def cpu_seconds() -> float:
    times = PROCESS.cpu_times()
    return float(times.user + times.system)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` (0 to 1) of ``values`` do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def answer(value: float, **extra: float) -> None:
    """Print an arm's result as the last line, which the harness reads."""
    print(json.dumps({"value": value, **extra}), flush=True)


class ServerProbe:
    """Asks the benchmark server how many polls it holds, and has it queue updates."""

    def __init__(self, url: str, ca: Path) -> None:
        self._url = url
        self._context = ssl.create_default_context(cafile=str(ca))
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> ServerProbe:
        connector = aiohttp.TCPConnector(ssl=self._context)
        self._session = aiohttp.ClientSession(self._url, connector=connector)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._session
        await self._session.close()

    async def polls_held(self) -> int:
        assert self._session
        async with self._session.get("/bench/polls") as response:
            return int((await response.json())["held"])

    async def wait_for_polls(self, wanted: int, seconds: float = 240.0) -> None:
        async with asyncio.timeout(seconds):
            while await self.polls_held() < wanted:
                await asyncio.sleep(0.2)

    async def load(self, bots: list[str], rate: float, seconds: float, mark: str) -> None:
        """Let the server put ``rate`` updates a second into each bot's queue."""
        assert self._session
        wanted = {"bots": bots, "rate": rate, "seconds": seconds, "mark": mark}
        async with self._session.post("/bench/load", json=wanted) as response:
            response.raise_for_status()

    async def latencies(self) -> list[float]:
        """Milliseconds from put to answered, since the last call."""
        assert self._session
        async with self._session.get("/bench/latencies") as response:
            answers: list[float] = await response.json()
            return answers
