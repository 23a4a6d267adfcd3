"""Our own programs as processes: started with settings, waited for, stopped, killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import aiohttp

START_WITHIN = 90.0
"""Importing everything takes seconds, and more on a busy machine."""
STOP_WITHIN = 20.0


class DidNotStart(AssertionError):
    """The process ended or stayed silent; the message ends with its output."""


class ServerProcess:
    """``python -m <arguments>`` that serves HTTP and says at ``ready_url`` that it does."""

    def __init__(
        self, *arguments: str, ready_url: str, output: Path, environment: Mapping[str, str]
    ) -> None:
        self._arguments = arguments
        self._ready_url = ready_url
        self._output = output
        self._environment = dict(environment)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def ended(self) -> int:
        """Wait for its end. Returns the exit code."""
        return await self._running().wait()

    @property
    def output(self) -> str:
        """All it has written so far, over all its lives."""
        return self._output.read_text("utf-8", errors="replace") if self._output.exists() else ""

    async def start(self) -> None:
        """Start it and wait until it serves."""
        with self._output.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *self._arguments,
                env=clean_environment() | self._environment,
                cwd=self._output.parent,  # no .env of the developer's
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        await self._until_ready()

    async def stop(self) -> int:
        """SIGTERM, and the exit code. Kills it when it takes too long, which is an error."""
        process = self._running()
        process.terminate()
        try:
            return await asyncio.wait_for(process.wait(), STOP_WITHIN)
        except TimeoutError:
            await self.kill()
            raise AssertionError(f"it did not stop; its words:\n{self._tail()}") from None

    async def kill(self) -> None:
        """kill -9."""
        process = self._running()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def close(self) -> None:
        """End it in whatever state it is."""
        if self._process is not None and self._process.returncode is None:
            await self.kill()

    def _running(self) -> asyncio.subprocess.Process:
        assert self._process is not None, "not started"
        return self._process

    async def _until_ready(self) -> None:
        process = self._running()
        deadline = time.monotonic() + START_WITHIN
        async with aiohttp.ClientSession() as session:
            while process.returncode is None and time.monotonic() < deadline:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(self._ready_url) as response:
                        if response.status == 200:
                            return
                await asyncio.sleep(0.05)
        raise DidNotStart(f"{' '.join(self._arguments)} did not start:\n{self._tail()}")

    def _tail(self) -> str:
        return "\n".join(self.output.splitlines()[-40:])


def clean_environment() -> dict[str, str]:
    """This process's environment without any setting of the platform."""
    return {name: value for name, value in os.environ.items() if "CONTROLBOT_" not in name}


def free_port() -> int:
    """A port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def sandbox_process(directory: Path, *, seed: str = "empty") -> tuple[ServerProcess, str]:
    """A sandbox on free ports, not yet started, and its address."""
    page, mtproto = free_port(), free_port()
    url = f"http://127.0.0.1:{page}"
    process = ServerProcess(
        "controlbot", "sandbox", "--listen", f"127.0.0.1:{page}",
        "--mtproto", f"127.0.0.1:{mtproto}", "--seed", seed,
        ready_url=f"{url}/sandbox/health",
        output=directory / "sandbox.log",
        environment={},
    )  # fmt: skip
    return process, url


def platform_process(directory: Path, environment: Mapping[str, str]) -> ServerProcess:
    """``controlbot run`` with ``environment``, not yet started."""
    listen = f"127.0.0.1:{free_port()}"
    return ServerProcess(
        "controlbot", "run",
        ready_url=f"http://{listen}/healthz",
        output=directory / "platform.log",
        environment={**environment, "CONTROLBOT_LISTEN": listen},
    )  # fmt: skip
