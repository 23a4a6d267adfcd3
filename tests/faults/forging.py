"""The tests' side of the forge: processes that are made, signalled and killed by their id."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.processes import clean_environment

_ROOT = Path(__file__).parents[2]


class Forge:
    """Orders processes from ``tests.faults.forge``. An order takes a few milliseconds."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    def fork(self, role: str, settings: dict[str, Any]) -> Victim:
        """A new process in this role (``platform`` or ``rival``)."""
        order = {"do": "fork", "role": role, "settings": settings, "log": str(self._log)}
        return Victim(self, self.order(order)["pid"])

    def order(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        return self.answer()

    def answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"the forge is gone; its words:\n{self.words()}")
        return dict(json.loads(line))

    def words(self) -> str:
        """The end of what its processes wrote."""
        text = self._log.read_text("utf-8", errors="replace") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-40:])


@dataclass(frozen=True, slots=True)
class Victim:
    """A process of the forge's."""

    forge: Forge
    pid: int

    def kill(self) -> int:
        """kill -9; it is gone when this returns. How it ended (−9, or what it was before)."""
        return int(self.forge.order({"do": "kill", "pid": self.pid})["status"])

    def send(self, number: signal.Signals) -> None:
        self.forge.order({"do": "signal", "pid": self.pid, "number": int(number)})

    async def end(self, within: float = 20.0) -> int:
        """Wait for it to end by itself: its exit code, −n after signal n."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            status = self.forge.order({"do": "look", "pid": self.pid})["status"]
            if status is not None:
                return int(status)
            await asyncio.sleep(0.02)
        self.kill()
        raise AssertionError(f"it did not end by itself; its words:\n{self.forge.words()}")


@contextmanager
def open_forge(folder: Path) -> Iterator[Forge]:
    """A forge that has imported everything; its processes write to ``folder/forge.log``."""
    log = folder / "forge.log"
    with log.open("ab") as words:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forge"],
            cwd=_ROOT, env=clean_environment(), stderr=words,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
    forge = Forge(process, log)
    with process:  # Closes the pipes at the end, which ends the forge, and waits for it.
        assert forge.answer()["ready"]
        yield forge
