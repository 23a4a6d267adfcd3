"""The handlers both sides run: an echo for texts that begin with ``q``, a count for others."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from tenants.bot.features.api import Feature, Interest

handled = [0]
"""How many texts were only counted."""


async def is_question(message: Message) -> bool:
    return (message.text or "").startswith("q")


async def has_text(message: Message) -> bool:
    return message.text is not None


async def echo(message: Message) -> None:
    await message.answer(message.text or "")


async def count(message: Message) -> None:  # noqa: ARG001
    handled[0] += 1


COMMANDS = ("start", "help", "settings", "privacy", "about")


def build_command_router() -> Router:
    """A bot with commands only: other group messages match none of its handlers."""
    router = Router()
    for name in COMMANDS:
        router.message.register(count, Command(name))
    return router


def build_router() -> Router:
    """Handlers behind async filters; sync ones would cost the baseline a thread switch each."""
    router = Router()
    for name in COMMANDS:
        router.message.register(echo, Command(name))
    router.message.register(echo, is_question)
    router.message.register(count, has_text)
    return router


FEATURE = Feature(
    key="workload",
    title="Workload",
    about="What benchmarks handle",
    build_router=build_router,
    interests=(Interest(kind="message"),),
    essential=True,
)

COMMANDS_FEATURE = Feature(
    key="commands",
    title="Commands",
    about="What benchmarks handle among chatter",
    build_router=build_command_router,
    interests=(Interest(kind="message", matches=lambda seen: seen.command in COMMANDS),),
    essential=True,
)
