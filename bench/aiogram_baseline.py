"""The baseline: many bots as in a tutorial, a Bot, session and Dispatcher for each."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import certifi
from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import Command, CommandStart
from aiogram.types import CallbackQuery, Message

FIRST_BOT = 7_000_000_000


def token(index: int) -> str:
    return f"{FIRST_BOT + index}:{'b' * 35}"


async def answer(message: Message) -> None:
    await message.answer("hello")


async def answer_callback(callback: CallbackQuery) -> None:
    await callback.answer()


def build_router() -> Router:
    """Eight small handlers: a modest bot."""
    router = Router()
    router.message.register(answer, CommandStart())
    for name in ("help", "settings", "privacy", "about"):
        router.message.register(answer, Command(name))
    router.message.register(answer, F.photo)
    router.message.register(answer, F.text)
    router.callback_query.register(answer_callback, F.data == "go")
    return router


def build_bot(index: int, url: str, ca: Path) -> tuple[Bot, Dispatcher]:
    """A bot that shares nothing with others, as ``Bot(token)`` and ``Dispatcher()`` make it."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    # The context that aiogram's own session builds, plus the benchmark's certificate.
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_verify_locations(cafile=str(ca))
    session._connector_init["ssl"] = context
    dispatcher = Dispatcher()
    dispatcher.include_router(build_router())
    return Bot(token(index), session=session), dispatcher


def start_polling(index: int, url: str, ca: Path) -> asyncio.Task[None]:
    """One bot polls with aiogram's ``start_polling``, in a task of its own."""
    bot, dispatcher = build_bot(index, url, ca)
    polling = dispatcher.start_polling(bot, handle_signals=False, polling_timeout=50)
    return asyncio.get_running_loop().create_task(polling)


async def stop(polling: list[asyncio.Task[None]]) -> None:
    for task in polling:
        task.cancel()
    await asyncio.gather(*polling, return_exceptions=True)
