"""Group commit: work of many tenants that arrives while one commit runs shares the next.

A commit costs a few milliseconds whatever it holds; nobody waits for a timer, so a lone
update is committed at once and a thousand together.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from tenants.bot.effects import Effects
from tenants.errors import OwnershipLost
from tenants.events import EventBus
from tenants.metrics import Metrics
from tenants.ports import Clock, Lease
from tenants.runner.pacing import Backoff
from tenants.runner.row import Row
from tenants.store import Database, Effect, UnitOfWork
from tenants.store.engine import is_outage
from tenants.tasks import Nursery

log = structlog.get_logger(__name__)

_MOST: Final = 500

Committed = Callable[[BaseException | None], None]
"""Called once the work is committed, or with the error of its own effects."""


class Intake:
    """Updates to take in; ``fresh`` resolves to those that were not here before."""

    __slots__ = ("fresh", "rows")

    def __init__(self, rows: Sequence[Row], fresh: asyncio.Future[list[Row]]) -> None:
        self.rows = rows
        self.fresh = fresh


class Outcome:
    """Handled updates with what handling them changed."""

    __slots__ = ("committed", "effects", "rows")

    def __init__(self, rows: Sequence[Row], effects: Effects, committed: Committed) -> None:
        self.rows = rows
        self.effects = effects
        self.committed = committed


class Committer:
    """Writes all tenants' intakes and outcomes, fenced by the lease's epoch."""

    def __init__(self, db: Database, clock: Clock, events: EventBus, metrics: Metrics) -> None:
        self._db = db
        self._clock = clock
        self._events = events
        self._metrics = metrics
        self._nursery = Nursery("committer")
        self._intakes: deque[Intake] = deque()
        self._outcomes: deque[Outcome] = deque()
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._lease: Lease | None = None
        self._lost: Callable[[], None] | None = None

    def start(self, lease: Lease, lost: Callable[[], None]) -> None:
        """Begin to write under ``lease``; ``lost`` is called when a write was fenced off."""
        self._lease = lease
        self._lost = lost
        self._nursery.start(self._run(), "committer")

    async def stop(self, timeout: float) -> None:  # noqa: ASYNC109
        """Write what waits, for ``timeout`` seconds at most."""
        try:
            await asyncio.wait_for(self._idle.wait(), timeout)
        except TimeoutError:
            log.warning("not all was written", intakes=len(self._intakes))
        await self._nursery.close()

    async def take_in(self, rows: Sequence[Row]) -> list[Row]:
        """Commit updates to the inbox; those that were not here before come back.

        It returns only once they are on disk: a database that fails is tried again and
        again, and meanwhile nothing is acknowledged to Telegram.
        """
        fresh: asyncio.Future[list[Row]] = asyncio.get_running_loop().create_future()
        self._intakes.append(Intake(rows, fresh))
        self._wake()
        return await fresh

    def finish(self, outcome: Outcome) -> None:
        """Commit an outcome with the next group."""
        self._outcomes.append(outcome)
        self._wake()

    async def flush(self) -> None:
        """Wait until every outcome handed over so far is committed."""
        through: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def committed(_error: BaseException | None) -> None:
            if not through.done():
                through.set_result(None)

        self.finish(Outcome((), Effects(), committed))
        await through

    def _wake(self) -> None:
        self._idle.clear()
        self._work.set()

    async def _run(self) -> None:
        backoff = Backoff(first=0.05, longest=5.0)
        while True:
            await self._work.wait()
            self._work.clear()
            while self._intakes or self._outcomes:
                intakes, outcomes = self._next()
                written = await self._write(intakes, outcomes)
                while not written:
                    await asyncio.sleep(backoff.next())
                    written = await self._write(intakes, outcomes)
                backoff.reset()
            self._idle.set()

    def _next(self) -> tuple[list[Intake], list[Outcome]]:
        outcomes = [self._outcomes.popleft() for _ in range(min(_MOST, len(self._outcomes)))]
        intakes: list[Intake] = []
        room = _MOST
        while self._intakes and room > 0:
            intakes.append(self._intakes.popleft())
            room -= len(intakes[-1].rows)
        return intakes, outcomes

    async def _write(self, intakes: list[Intake], outcomes: list[Outcome]) -> bool:
        """One transaction. False: the database failed, nothing was written, try again."""
        try:
            fresh = await self._transaction(intakes, outcomes)
        except OwnershipLost:
            self._fenced_off(intakes)
            return True
        except Exception as error:
            if not is_outage(error) and any(outcome.effects for outcome in outcomes):
                return await self._write_apart(intakes, outcomes)
            log.warning("commit failed, trying again", error=type(error).__name__)
            return False
        self._metrics.commits.observe(len(intakes) + len(outcomes))
        self._tell(intakes, fresh)
        for outcome in outcomes:
            self._committed(outcome)
        return True

    async def _transaction(
        self, intakes: list[Intake], outcomes: list[Outcome]
    ) -> set[tuple[int, int]]:
        async with self._db.write() as uow:
            await self._fence(uow)
            fresh = await uow.inbox.add([row.incoming() for i in intakes for row in i.rows])
            for outcome in outcomes:
                await outcome.effects.apply(uow)
            await uow.inbox.done([row.mark for o in outcomes for row in o.rows], self._now_ms())
        return {*fresh}

    async def _write_apart(self, intakes: list[Intake], outcomes: list[Outcome]) -> bool:
        """Somebody's effects are the cause: each outcome gets a transaction of its own, so
        that one tenant's mistake is its own."""
        without = [outcome for outcome in outcomes if not outcome.effects]
        if (intakes or without) and not await self._write(intakes, without):
            return False
        for outcome in outcomes:
            if outcome.effects:
                await self._write_alone(outcome)
        return True

    async def _write_alone(self, outcome: Outcome) -> None:
        backoff = Backoff(first=0.05, longest=5.0)
        while True:
            try:
                await self._transaction([], [outcome])
            except OwnershipLost:
                return self._fenced_off([])
            except Exception as error:
                if not is_outage(error):
                    return outcome.committed(error)
                await asyncio.sleep(backoff.next())
            else:
                return self._committed(outcome)

    async def write(self, effect: Effect) -> None:
        """A fenced transaction of its own, for the runner's rare writes."""
        async with self._db.write() as uow:
            await self._fence(uow)
            await effect(uow)

    async def _fence(self, uow: UnitOfWork) -> None:
        assert self._lease is not None, "started"
        await uow.leases.check(self._lease.name, self._lease.epoch)

    def _fenced_off(self, intakes: list[Intake]) -> None:
        for intake in intakes:
            if not intake.fresh.done():
                intake.fresh.cancel()
        if self._lost is not None:
            self._lost()

    @staticmethod
    def _tell(intakes: list[Intake], fresh: set[tuple[int, int]]) -> None:
        for intake in intakes:
            if not intake.fresh.done():
                intake.fresh.set_result([row for row in intake.rows if row.mark in fresh])

    def _committed(self, outcome: Outcome) -> None:
        outcome.committed(None)
        for event in outcome.effects.committed():
            # Listeners may talk to Telegram: no commit waits for them.
            self._nursery.start(self._events.publish(event), f"publish {type(event).__name__}")

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)
