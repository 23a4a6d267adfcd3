"""The effect that is counted: one row for every time a message was worked on.

A message says ``n 17``; handling it inserts 17. Nothing makes the row unique, so that a lost
message is a number without a row, and a doubled effect one with two.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aiogram import Router
from aiogram.types import Message
from sqlalchemy import text

from tenants.bot.effects import Effects
from tenants.bot.features.api import Feature, Interest
from tenants.store import UnitOfWork
from tenants.store.inbox import InboxState

TABLE = "CREATE TABLE IF NOT EXISTS effects_log (n INTEGER NOT NULL)"
_NUMBER = re.compile(rb'"text"\s*:\s*"n (\d+)"')
INSERT = "INSERT INTO effects_log (n) VALUES (:n)"
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of the messages that were sent."""

    sent: int
    lost: int
    """Neither handled nor kept."""
    doubled: int
    dead_lettered: int
    """Kept for a person: they were being handled when two processes in a row were killed, which
    looks like an update that kills processes."""

    def __str__(self) -> str:
        return (
            f"{self.lost} of {self.sent} lost, {self.doubled} doubled, "
            f"{self.dead_lettered} dead-lettered"
        )


def number(message: Message) -> int:
    return int((message.text or "").removeprefix("n "))


async def pretend_to_type(message: Message) -> None:
    """A call to Telegram, so that handling takes a moment, as it does in life."""
    assert message.bot is not None
    await message.bot.send_chat_action(message.chat.id, "typing")


def feature() -> Feature:
    """Ours: the effect is collected, and committed together with the done-mark."""

    async def handle(message: Message, effects: Effects) -> None:
        n = number(message)
        await pretend_to_type(message)

        async def enter(uow: UnitOfWork) -> None:
            await uow.connection.execute(text(INSERT), {"n": n})

        effects.add(enter)

    def build_router() -> Router:
        router = Router(name="ledger")
        router.message.register(handle)
        return router

    return Feature(
        key="ledger",
        title="Ledger",
        about="Ledger",
        build_router=build_router,
        interests=(Interest(kind="message"),),
        on_by_default=True,
    )


def lay_out(file: Path) -> None:
    """Make the table in a database of SQLite's, as durable as the platform's own."""
    with contextlib.closing(sqlite3.connect(file)) as db:
        for pragma in PRAGMAS:
            db.execute(f"PRAGMA {pragma}")
        db.execute(TABLE)
        db.commit()


def entries(file: Path) -> Counter[int]:
    """How often each number was entered."""
    with contextlib.closing(sqlite3.connect(file, timeout=30)) as db:
        return Counter(n for (n,) in db.execute("SELECT n FROM effects_log"))


def dead_letters(file: Path) -> set[int]:
    """The numbers in the dead letters of the platform's inbox."""
    with contextlib.closing(sqlite3.connect(file, timeout=30)) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'updates_inbox'").fetchone():
            return set()
        rows = db.execute(
            "SELECT payload FROM updates_inbox WHERE state = ? AND error = 'ProcessDied'",
            (InboxState.QUARANTINED.value,),
        )
        found = (_NUMBER.search(payload) for (payload,) in rows)
        return {int(match[1]) for match in found if match is not None}


def tally(file: Path, sent: Iterable[int]) -> Tally:
    found, expected, dead = entries(file), set(sent), dead_letters(file)
    return Tally(
        sent=len(expected),
        lost=len(expected - found.keys() - dead),
        doubled=sum(times - 1 for times in found.values()),
        dead_lettered=len(expected & dead - found.keys()),
    )
