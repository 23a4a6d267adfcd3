"""Places to die at: kill -9 exactly there, in a forked process, without a line in the product.

The forked process arms one point before it starts; the platform's own code runs up to it.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from tenants.runner.committer import Committer, Group
from tenants.runner.intake import Intake
from tenants.store import Database, UnitOfWork
from tenants.telegram.sessions import SharedSession

INTAKE_BEFORE_COMMIT = "intake before commit"
INTAKE_AFTER_COMMIT = "intake after commit"
AFTER_SEND = "after send"
OUTCOME_BEFORE_COMMIT = "outcome before commit"
OUTCOME_AFTER_COMMIT = "outcome after commit"
POINTS = (
    INTAKE_BEFORE_COMMIT,
    INTAKE_AFTER_COMMIT,
    AFTER_SEND,
    OUTCOME_BEFORE_COMMIT,
    OUTCOME_AFTER_COMMIT,
)
INTAKE_UNCERTAIN = "intake uncertain"
OUTCOME_UNCERTAIN = "outcome uncertain"
"""No death: the commit happens, and the connection breaks before the database says so."""
STEP = "step "
"""``step 17``: before the event loop's seventeenth callback since the first update came."""


def arm(point: str | None) -> None:
    """Die at ``point``, one of :data:`POINTS` or ``step N``; None: nowhere."""
    if point is None:
        return
    if point.startswith(STEP):
        _die_at_step(int(point.removeprefix(STEP)))
    elif point == AFTER_SEND:
        _die_after_send()
    else:
        _die_around_commit(point)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_at_step(last: int) -> None:
    """Between any two callbacks: that is, around every await of the update's way."""
    steps: int | None = None
    run: Callable[[asyncio.Handle], None] = asyncio.Handle._run
    take = Intake.take

    async def took(self: Intake, runtime: Any, raws: Any) -> int | None:
        nonlocal steps
        steps = steps or (1 if raws else None)
        return await take(self, runtime, raws)

    def counted(handle: asyncio.Handle) -> None:
        nonlocal steps
        if steps is not None:
            steps += 1
            if steps > last:
                die()
        run(handle)

    Intake.take = took  # type: ignore[method-assign]
    asyncio.Handle._run = counted  # type: ignore[method-assign, assignment]


def _die_after_send() -> None:
    """The handler's call has been answered; nothing of its effects is stored."""
    call = SharedSession._call

    async def called(self: SharedSession, bot: Any, method: Any, timeout: Any) -> Any:
        answer = await call(self, bot, method, timeout)
        if method.__api_method__ == "sendChatAction":
            die()
        return answer

    SharedSession._call = called  # type: ignore[method-assign]


def _die_around_commit(point: str) -> None:
    """Of the first group commit that takes updates in, or that stores outcomes."""
    ours = befell = False
    transaction, write = Committer._transaction, Database.write

    async def marked(self: Committer, group: Group) -> None:
        nonlocal ours
        ours = bool(group.intakes if point.startswith("intake") else group.marks)
        try:
            return await transaction(self, group)
        finally:
            ours = False

    @asynccontextmanager
    async def written(self: Database) -> AsyncIterator[UnitOfWork]:
        nonlocal befell
        async with write(self) as uow:
            yield uow
            if ours and point.endswith("before commit"):
                die()
        if ours and point.endswith("after commit"):
            die()
        if ours and point.endswith("uncertain") and not befell:
            befell = True
            raise ConnectionResetError("the connection broke")

    Committer._transaction = marked  # type: ignore[method-assign]
    Database.write = written  # type: ignore[method-assign]
