"""The rival as a forked process: aiogram's own polling of many bots, the same handler, its
effect in the same kind of database."""

from __future__ import annotations

import asyncio
from typing import Any

import aiosqlite
from aiogram import Bot, Dispatcher, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message

from tests.faults import effect_log

_POLL_SECONDS = 10


async def serve(settings: dict[str, Any]) -> None:
    """Poll ``tokens`` at ``api``; enter what comes in ``file``. Runs until it is killed."""
    async with aiosqlite.connect(settings["file"]) as db:
        for pragma in effect_log.PRAGMAS:
            await db.execute(f"PRAGMA {pragma}")
        dispatcher = Dispatcher()
        dispatcher.include_router(_router(db))
        session = AiohttpSession(api=TelegramAPIServer.from_base(settings["api"]))
        bots = [Bot(token, session=session) for token in settings["tokens"]]
        await dispatcher.start_polling(*bots, polling_timeout=_POLL_SECONDS, handle_signals=False)


def _router(db: aiosqlite.Connection) -> Router:
    writing = asyncio.Lock()

    async def handle(message: Message) -> None:
        n = effect_log.number(message)
        await effect_log.pretend_to_type(message)
        async with writing:
            await db.execute(effect_log.INSERT, {"n": n})
            await db.commit()

    router = Router(name="ledger")
    router.message.register(handle)
    return router
