"""Every Bot API call of every handler of tenants' bots fails in every way (K1).

Each scenario is played once to see which calls it makes, then once for each of them and each
way to fail. Whatever failed: the effects are stored, nothing waits or is put aside, one line is
in the log and nobody is left in silence.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tenants.runner.handling.chat_queue import ChatQueue
from tenants.support.rate_limits import Rate
from tests.support.handler_scenarios import Failure, Run, Scenario, scenarios
from tests.support.inbox_cast import Cast, cast_of, unlimited
from tests.support.runner_env import FAST, RunnerEnv, open_yard

REFUSALS: Final = (
    "blocked",
    "deactivated",
    "chat_not_found",
    "not_enough_rights",
    "not_modified",
    "edit_not_found",
    "delete_not_found",
    "reply_not_found",
    "copy_not_found",
    "query_too_old",
    "too_long",
    "cannot_parse",
    "protected",
    "voice_forbidden",
)
PASSING: Final = ("flood", "internal", "reset", "answer_lost")
"""The same call succeeds afterwards: 429, 500, the connection lost before and after the deed."""

_AT_ONCE: Final = asyncio.Semaphore(8)
"""Scenarios played side by side; the waits of one are used by the others."""


async def test_every_call_of_every_handler_survives_every_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Albums here have two parts, so none has to be waited for, however busy the machine is.
    monkeypatch.setattr(
        ChatQueue, "_awaited", lambda _queue, unit, _polls: 0.0 if len(unit) == 2 else 0.02
    )
    settings = replace(FAST, person_rate=Rate(per_second=10_000, burst=10_000))
    lines = _Lines()
    async with open_yard(tmp_path, settings=settings) as yard:
        unlimited(yard)
        # The job would hand over what a run leaves waiting, in the middle of another run.
        yard.runner._parts.housekeeping._scheduler.remove_job("inbox:hand over")
        with lines:
            played = await asyncio.gather(*(_Play(yard, lines, one).all() for one in scenarios()))
    wrong = [line for _, problems in played for line in problems]
    assert not wrong, f"{len(wrong)} of {sum(n for n, _ in played)}:\n" + "\n".join(wrong)


class _Play:
    """One scenario with a bot of its own, again and again."""

    def __init__(self, yard: RunnerEnv, lines: _Lines, scenario: Scenario) -> None:
        self._yard = yard
        self._lines = lines
        self._scenario = scenario
        self._number = 0

    async def all(self) -> tuple[int, list[str]]:
        """How many runs, and what went wrong in them."""
        cast = await cast_of(self._yard, owner_started=self._scenario.owner_started, username=None)
        wrong: list[str] = []
        calls = await self._recorded(cast, wrong)
        for failure in failures(calls):
            await self._once(cast, failure, wrong)
        return self._number, [f"{self._scenario.name}, {line}" for line in wrong]

    async def _recorded(self, cast: Cast, wrong: list[str]) -> list[str]:
        """The methods that the update's handler calls, in order."""
        run = await self._prepared(cast, None)
        before = len(await self._yard.api.log(bot=cast.bot.id))
        await self._played(run, wrong)
        log = await self._yard.api.log(bot=cast.bot.id)
        calls = [call["method"] for call in log[before:]]
        return [call for call in calls if not call.startswith("get")]

    async def _once(self, cast: Cast, failure: Failure, wrong: list[str]) -> None:
        run = await self._prepared(cast, failure)
        fault: dict[str, object] = {"kind": failure.name}
        if failure.name in REFUSALS:
            fault = {"kind": "refusal", "refusal": failure.name}
        elif failure.name in {"flood", "internal"}:
            fault = {"kind": "refusal", "refusal": failure.name, "seconds": 1}
        await self._yard.api.fault(
            **fault, method=failure.method, bot=cast.bot.id, times=1, skip=failure.nth
        )
        await self._played(run, wrong)
        left = await self._yard.api.faults()
        if any(one.get("bot") == cast.bot.id for one in left):
            wrong.append(f"{failure}: the call was not made")

    async def _prepared(self, cast: Cast, failure: Failure | None) -> Run:
        self._number += 1
        run = Run(cast, self._number, failure, owner_started=self._scenario.owner_started)
        entry = self._yard.runner._parts.supervisor.entry(cast.tenant.id)
        assert entry is not None
        assert entry.runtime is not None
        hand_over = entry.runtime.context.hand_over
        hand_over.left, hand_over.away_until = False, 0.0
        await run.clear_waiting()
        await self._scenario.prepare(run)
        if self._scenario.owner_started and self._scenario.name != "owner is back":
            hand_over.left, hand_over.away_until = False, 0.0
        await run.begin()
        return run

    async def _played(self, run: Run, wrong: list[str]) -> None:
        before = self._lines.count(run.cast.tenant.id)
        try:
            await self._scenario.act(run)
            await run.cast.handled()
            await self._scenario.check(run)
        except (AssertionError, TimeoutError) as error:
            wrong.append(f"{run.failure}: {error or type(error).__name__}")
        written = self._lines.of(run.cast.tenant.id)[before:]
        if len(written) > 1 or any("Traceback" in line for line in written):
            wrong.append(f"{run.failure}: logged {written}")
        if (await run.cast.states())["quarantined"]:
            wrong.append(f"{run.failure}: put aside")


def failures(calls: list[str]) -> Iterator[Failure]:
    """Each call in each way."""
    seen: Counter[str] = Counter()
    for method in calls:
        for name in (*REFUSALS, *PASSING):
            yield Failure(method=method, nth=seen[method], name=name, passing=name in PASSING)
        seen[method] += 1


class _Lines(logging.Handler):
    """What is logged about each tenant, from INFO on."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._written.append(self.format(record))

    def of(self, tenant_id: int) -> list[str]:
        return [line for line in self._written if f"tenant={tenant_id} " in f"{line} "]

    def count(self, tenant_id: int) -> int:
        return len(self.of(tenant_id))

    def __enter__(self) -> None:
        logging.getLogger().addHandler(self)
        logging.getLogger().setLevel(logging.INFO)

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)
        logging.getLogger().setLevel(logging.WARNING)
