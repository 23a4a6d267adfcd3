"""kill -9 at random moments under load, ours and the rival side by side.

By hand, for long: ``python -m tests.faults.random_kills --kills 10000 [--seed 7]``. It prints last
what became of the messages with us and with the rival, and fails when we lost or doubled any.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults import log_setup
from tests.faults.crash_env import CrashEnv, open_field
from tests.faults.effect_log import Tally
from tests.faults.forked_process import Forge, Victim, open_forge

PER_SECOND = 60.0
"""Messages to our bots, and as many to the rival's."""
AT_BIRTH = 0.15
"""Share of the kills that come in the first milliseconds of a life."""
FIRST_MOMENTS = 0.03
LONGEST_LIFE = 0.8
BLOCK = 25
"""Lives in poll mode, then as many in webhook mode, and so on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    kills: int
    seed: int
    seconds: float
    ours: Tally
    rival: Tally

    def __str__(self) -> str:
        return (
            f"{self.kills} kills in {self.seconds:.0f} s (seed {self.seed}); "
            f"ours: {self.ours}; aiogram's polling: {self.rival}"
        )


async def run(forge: Forge, folder: Path, kills: int, seed: int) -> Report:
    """Kill both ``kills`` times while people write; let both settle; count."""
    began = time.monotonic()
    async with open_field(forge, folder) as field:
        writing = asyncio.get_running_loop().create_task(_write(field))
        spans = lives(kills, seed)
        try:
            await asyncio.gather(_kill_ours(field, spans), _kill_rival(field, spans))
        finally:
            writing.cancel()
        ours, rival = await field.settle_ours(), await field.settle_rival()
    seconds = time.monotonic() - began
    return Report(kills=kills, seed=seed, seconds=seconds, ours=ours, rival=rival)


def lives(kills: int, seed: int) -> list[float]:
    """Seconds that each process lives, the same for ours and the rival."""
    chance = random.Random(seed)
    return [
        chance.uniform(0, FIRST_MOMENTS if chance.random() < AT_BIRTH else LONGEST_LIFE)
        for _ in range(kills)
    ]


async def _write(field: CrashEnv) -> None:
    """People go on writing, whoever listens."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        due = max(due + 1 / PER_SECOND, loop.time() - 1.0)
        await asyncio.sleep(max(0.0, due - loop.time()))
        field.write()


async def _kill_ours(field: CrashEnv, spans: list[float]) -> None:
    for number, life in enumerate(spans):
        hooks = number // BLOCK % 2 == 1
        await _live_and_die(lambda hooks=hooks: field.platform(hooks=hooks), life)  # type: ignore[misc]


async def _kill_rival(field: CrashEnv, spans: list[float]) -> None:
    for life in spans:
        await _live_and_die(field.rival, life)


async def _live_and_die(born: Callable[[], Victim], life: float) -> None:
    victim = born()
    await asyncio.sleep(life)
    status = victim.kill()
    assert status == -9, f"it ended by itself ({status}):\n{victim.forge.words()}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.random_kills", description=__doc__
    )
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    log_setup.log_plainly()
    with tempfile.TemporaryDirectory(prefix="controlbot-kills-") as name, open_forge() as forge:
        report = asyncio.run(run(forge, Path(name), asked.kills, asked.seed))
    print(report)
    return 1 if report.ours.lost or report.ours.doubled else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
