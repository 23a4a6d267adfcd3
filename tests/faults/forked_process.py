"""The tests' side of the forge: processes that are made, signalled and killed by their id."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.processes import clean_environment

_ROOT = Path(__file__).parents[2]


class Forge:
    """Orders processes from ``tests.faults.process_forker``. An order takes a few milliseconds."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._words: deque[str] = deque(maxlen=40)
        # Through a pipe, so that a process whose disk is full can still say so.
        self._reader = threading.Thread(target=self._listen, name="forge-words", daemon=True)
        self._reader.start()

    def fork(self, role: str, settings: dict[str, Any]) -> Victim:
        """A new process in this role (``platform`` or ``rival``)."""
        return Victim(self, self.order({"do": "fork", "role": role, "settings": settings})["pid"])

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
        """The end of what it and its processes wrote."""
        return "\n".join(self._words)

    def close(self) -> None:
        """Hear the last words of a forge that has ended."""
        self._reader.join()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._words.append(line.decode("utf-8", "replace").rstrip())


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

    def ended(self) -> int | None:
        """Its exit code (−n after signal n), or None while it lives. Tells it once."""
        status: int | None = self.forge.order({"do": "look", "pid": self.pid})["status"]
        return status

    async def end(self, within: float = 20.0) -> int:
        """Wait for it to end by itself. How it did."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            status = self.ended()
            if status is not None:
                return status
            await asyncio.sleep(0.02)
        self.kill()
        raise AssertionError(f"it did not end by itself; its words:\n{self.forge.words()}")


@contextmanager
def open_forge() -> Iterator[Forge]:
    """A forge that has imported everything."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.process_forker"],
        cwd=_ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    forge = Forge(process)
    assert process.stdin is not None
    try:
        assert forge.answer()["ready"]
        yield forge
    finally:
        process.stdin.close()  # It kills what it made, and ends.
        process.wait()
        forge.close()
