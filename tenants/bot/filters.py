"""Async filters for features. aiogram runs a sync filter in a thread, which costs more than
the handler and stalls when the threads are busy."""

from __future__ import annotations

from aiogram.enums import ChatType
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message

from tenants.bot.context import TenantContext
from tenants.bot.peek import Peek


async def in_private(event: Message | ChatMemberUpdated) -> bool:
    """In a person's chat with the bot."""
    return event.chat.type == ChatType.PRIVATE


async def from_owner(event: Message | ChatMemberUpdated, tenant: TenantContext) -> bool:
    return event.from_user is not None and event.from_user.id == tenant.owner_id


async def from_audience(event: Message | ChatMemberUpdated, tenant: TenantContext) -> bool:
    """From anybody but the bot's owner."""
    return event.from_user is not None and event.from_user.id != tenant.owner_id


class Pressed(Filter):
    """A button with exactly this data."""

    def __init__(self, data: str) -> None:
        self._data = data

    async def __call__(self, callback: CallbackQuery) -> bool:
        return callback.data == self._data


def private(seen: Peek) -> bool:
    """For the gate: anything in a person's chat with the bot."""
    return seen.private


class PrivateCommand:
    """For the gate: one of these commands in a person's chat with the bot."""

    __slots__ = ("_names",)

    def __init__(self, *names: str) -> None:
        self._names = frozenset(names)

    def __call__(self, seen: Peek) -> bool:
        return seen.private and seen.command in self._names


class PressOf:
    """For the gate: a button whose data begins with this."""

    __slots__ = ("_prefix",)

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def __call__(self, seen: Peek) -> bool:
        return seen.data is not None and seen.data.startswith(self._prefix)
