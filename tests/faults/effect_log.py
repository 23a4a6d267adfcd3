"""The effect that is counted: one row for every time a message was worked on.

A message says ``n 17``; handling it inserts 17. Nothing makes the row unique, so that a lost
message is a number without a row, and a doubled effect one with two.
"""

from __future__ import annotations

import contextlib
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

TABLE = "CREATE TABLE IF NOT EXISTS effects_log (n INTEGER NOT NULL)"
INSERT = "INSERT INTO effects_log (n) VALUES (:n)"
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of the messages that were sent."""

    sent: int
    lost: int
    doubled: int

    def __str__(self) -> str:
        return f"{self.lost} of {self.sent} lost, {self.doubled} doubled"


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


def tally(file: Path, sent: Iterable[int]) -> Tally:
    found, expected = entries(file), set(sent)
    return Tally(
        sent=len(expected),
        lost=len(expected - found.keys()),
        doubled=sum(times - 1 for times in found.values()),
    )
