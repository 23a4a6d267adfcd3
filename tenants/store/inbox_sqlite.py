"""Group commit of the inbox for SQLite: few statements, one call to its thread.

Each statement releases the GIL and must reacquire it, which on a busy loop takes up to a
switch interval (5 ms). So a hundred rows are one statement, not a hundred.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Final, Self, TypeVar

from tenants.domain.errors import OwnershipLost
from tenants.domain.model import TenantId

T = TypeVar("T")

UpdateKey = tuple[TenantId, int]
"""An inbox row's key: tenant and update_id."""

Learn = Callable[[set[UpdateKey]], None]
"""Called with the keys of rows that already existed."""

_AT_ONCE: Final = 256
FENCE: Final = "SELECT 1 FROM leases WHERE name = ? AND epoch = ?"
_ADD: Final = (
    "INSERT INTO updates_inbox (tenant_id, update_id, chat_key, state, attempts, received_at,"
    " done_at, payload) VALUES {}"
)
_ROW: Final = "(?, ?, ?, ?, 0, ?, ?, ?)"
# Joins, because SQLite scans the whole table for `(a, b) IN (VALUES …)`.
_KNOWN: Final = (
    "SELECT i.tenant_id, i.update_id FROM (VALUES {}) AS m CROSS JOIN updates_inbox AS i"
    " ON i.tenant_id = m.column1 AND i.update_id = m.column2"
)
_DONE: Final = (
    "UPDATE updates_inbox SET state = 1, payload = NULL, error = NULL, done_at = ?"
    " FROM (VALUES {}) AS m"
    " WHERE updates_inbox.tenant_id = m.column1 AND updates_inbox.update_id = m.column2"
)


_ASIDE: Final = (
    "UPDATE updates_inbox SET state = ?, error = ? WHERE tenant_id = ? AND update_id = ?"
)


class InboxState(IntEnum):
    """State of a row."""

    PENDING = 0
    """Waiting to be handled."""
    DONE = 1
    """Handled; its payload is deleted."""
    QUARANTINED = 2
    """Dead-lettered: its handler kept failing with ``error``."""
    UNPARSED = 3
    """The installed parser can't read it; ``error`` names that parser. Retried by another."""
    DEFERRED = 4
    """Its sender exceeds the rate limit: handled later, at a slower rate."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A received update: ``payload`` is its JSON; updates with the same ``chat_key`` are
    handled in order. One handled before it was written has ``done_at`` and no payload."""

    tenant_id: TenantId
    update_id: int
    chat_key: int
    payload: bytes | None
    received_at: int
    done_at: int | None = None
    state: InboxState = InboxState.PENDING
    """Of one that is not done."""

    @property
    def mark(self) -> UpdateKey:
        return self.tenant_id, self.update_id


@dataclass(frozen=True, slots=True)
class Aside:
    """A row to be marked as dead-lettered or unparsed, and its error."""

    tenant_id: TenantId
    update_id: int
    state: InboxState
    error: str


@dataclass(frozen=True, slots=True)
class Group:
    """What is written together under a lease: new rows, keys of handled rows, and rows to be
    marked as dead-lettered or unparsed (new rows of this group included)."""

    lease: str
    epoch: int
    rows: Sequence[Incoming]
    done: Sequence[UpdateKey]
    now_ms: int
    aside: Sequence[Aside] = ()

    def __len__(self) -> int:
        return len(self.rows) + len(self.done) + len(self.aside)

    def halves(self) -> tuple[Self, Self]:
        """The same work as two groups, rows first."""
        middle = len(self) // 2
        after_rows = max(0, middle - len(self.rows))
        after_done = max(0, after_rows - len(self.done))
        return (
            replace(
                self,
                rows=self.rows[:middle],
                done=self.done[:after_rows],
                aside=self.aside[:after_done],
            ),
            replace(
                self,
                rows=self.rows[middle:],
                done=self.done[after_rows:],
                aside=self.aside[after_done:],
            ),
        )


def commit(driver: sqlite3.Connection, group: Group, learn: Learn) -> None:
    """:func:`write` in its own transaction. ``learn`` is called before the commit, because
    after a failed commit it is unknown whether it happened."""
    driver.execute("BEGIN IMMEDIATE")
    try:
        learn(write(driver, group))
        driver.execute("COMMIT")
    except BaseException:
        if driver.in_transaction:
            driver.execute("ROLLBACK")
        raise


def write(driver: sqlite3.Connection, group: Group) -> set[UpdateKey]:
    """Write a group inside a transaction. Returns the keys of rows that already existed.

    Raises:
        OwnershipLost: the lease has another epoch; nothing was written.
        sqlite3.Error: roll the transaction back.
    """
    if driver.execute(FENCE, (group.lease, group.epoch)).fetchone() is None:
        raise OwnershipLost(epoch=group.epoch)
    known = add(driver, group.rows)
    mark_done(driver, group.done, group.now_ms)
    put_aside(driver, group.aside)
    return known


def add(driver: sqlite3.Connection, rows: Sequence[Incoming]) -> set[UpdateKey]:
    """Insert rows, each once. Returns the keys of those that already existed.

    That is rare, so existing keys are looked up only when an insert fails.
    """
    known: set[UpdateKey] = set()
    for some in _chunks(rows):
        try:
            _insert(driver, some)
        except sqlite3.IntegrityError:
            here = _known(driver, some)
            fresh = {row.mark: row for row in some if row.mark not in here}
            for few in _chunks(list(fresh.values())):
                _insert(driver, few)
            known |= here
    return known


def mark_done(driver: sqlite3.Connection, marks: Sequence[UpdateKey], now_ms: int) -> None:
    """Mark rows as handled and delete their payload."""
    for some in _chunks(marks):
        values = [now_ms, *(key for mark in some for key in mark)]
        driver.execute(_DONE.format(_listed("(?, ?)", len(some))), values)


def put_aside(driver: sqlite3.Connection, rows: Sequence[Aside]) -> None:
    """Mark stored rows as dead-lettered or unparsed."""
    if rows:
        values = [(row.state, row.error, row.tenant_id, row.update_id) for row in rows]
        driver.executemany(_ASIDE, values)


def _insert(driver: sqlite3.Connection, rows: Sequence[Incoming]) -> None:
    values: list[Any] = []
    for row in rows:
        done = row.done_at is not None
        state = 1 if done else int(row.state)
        values += (row.tenant_id, row.update_id, row.chat_key, state, row.received_at)
        values += (row.done_at, None if done else row.payload)
    driver.execute(_ADD.format(_listed(_ROW, len(rows))), values)


def _known(driver: sqlite3.Connection, rows: Sequence[Incoming]) -> set[UpdateKey]:
    keys = [key for row in rows for key in row.mark]
    found = driver.execute(_KNOWN.format(_listed("(?, ?)", len(rows))), keys)
    return {(TenantId(tenant_id), update_id) for tenant_id, update_id in found}


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """In powers of two, so that SQLite's statement cache holds all statements."""
    at = 0
    while at < len(items):
        size = min(_AT_ONCE, 1 << (len(items) - at).bit_length() - 1)
        yield items[at : at + size]
        at += size


def _listed(one: str, times: int) -> str:
    return ",".join([one] * times)
