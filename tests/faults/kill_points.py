"""Places to die at: kill -9 exactly there, in a forked process, without a line in the product.

The forked process arms one point before it starts. Commits are known by what SQLite itself is
told, so that they are found however the platform is written.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

from tenants.runner.ingest.ingest import Intake
from tenants.telegram.http_client import SharedSession

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
"""No death: the commit happens, once, and an error is said of it."""
STEP = "step "
"""``step 17``: before the event loop's seventeenth callback since the first update came."""

_TABLES = {"intake": "INSERT INTO UPDATES_INBOX", "outcome": "INSERT INTO EFFECTS_LOG"}
_IOERR = 10


def arm(point: str | None) -> None:
    """Die at ``point``, one of :data:`POINTS` or ``step N``; None: nowhere."""
    if point is None:
        return
    if point.startswith(STEP):
        _die_at_step(int(point.removeprefix(STEP)))
    elif point == AFTER_SEND:
        _die_after_send()
    else:
        what, _, when = point.partition(" ")
        watched = type("Watched", (_Watched,), {"statement": _TABLES[what], "when": when})
        sqlite3.connect = partial(sqlite3.connect, factory=watched)  # type: ignore[assignment]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class _Watched(sqlite3.Connection):
    """Knows whether the transaction it commits has the statement in it."""

    statement = ""
    when = ""
    befell = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ours = False
        self.set_trace_callback(self._see)

    def commit(self) -> None:
        super().commit()
        self._committed()

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        cursor = super().execute(sql, *args)
        if sql.upper() == "COMMIT":
            self._committed()
        return cursor

    def _see(self, statement: str) -> None:
        said = statement.upper()
        if said.startswith("BEGIN"):
            self._ours = False
        elif said.startswith(self.statement):
            self._ours = True
        elif said.startswith("COMMIT") and self._ours and self.when == "before commit":
            die()

    def _committed(self) -> None:
        if not self._ours:
            return
        if self.when == "after commit":
            die()
        if self.when == "uncertain" and not _Watched.befell:
            _Watched.befell = True
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = _IOERR
            raise error


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
