"""Async filters for features. aiogram runs a sync filter in a thread, which costs more than
the handler and waits when all threads are busy."""

from __future__ import annotations

from typing import Any

from aiogram.enums import ChatType
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, MessageReactionUpdated

from tenants.bot.command_parser import typed_command
from tenants.bot.context import TenantContext
from tenants.bot.update_header import UpdateHeader

Event = Message | ChatMemberUpdated | MessageReactionUpdated


async def in_private(event: Event) -> bool:
    """In a person's chat with the bot."""
    return event.chat.type == ChatType.PRIVATE


async def from_owner(event: Event | CallbackQuery, tenant: TenantContext) -> bool:
    return _sender_id(event) == tenant.owner_id


async def from_audience(event: Event | CallbackQuery, tenant: TenantContext) -> bool:
    """From anybody but the bot's owner."""
    return _sender_id(event) not in {None, tenant.owner_id}


def _sender_id(event: Event | CallbackQuery) -> int | None:
    person = event.user if isinstance(event, MessageReactionUpdated) else event.from_user
    return person.id if person is not None else None


class Commanded(Filter):
    """One of these commands: in any case, with ``@name`` of this bot, with more lines.

    Gives handlers ``command`` (:class:`~tenants.bot.command_parser.TypedCommand`).
    """

    def __init__(self, *names: str) -> None:
        self._names = frozenset(names)

    async def __call__(self, message: Message, tenant: TenantContext) -> bool | dict[str, Any]:
        command = typed_command(message.text)
        if command is None or command.name not in self._names:
            return False
        return {"command": command} if command.is_for(tenant.tenant.bot_username) else False


class Pressed(Filter):
    """A button with exactly this data."""

    def __init__(self, data: str) -> None:
        self._data = data

    async def __call__(self, callback: CallbackQuery) -> bool:
        return callback.data == self._data


class PressedWith(Filter):
    """A button whose data is this prefix and a number, which handlers get as ``number``."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    async def __call__(self, callback: CallbackQuery) -> bool | dict[str, Any]:
        data = callback.data or ""
        number = data.removeprefix(self._prefix)
        if number == data or not (number.isascii() and number.isdigit() and len(number) < 19):
            return False
        return {"number": int(number)}


def private(seen: UpdateHeader) -> bool:
    """For admission: any update in a person's chat with the bot."""
    return seen.private


class PrivateCommand:
    """For admission: one of these commands in a person's chat with the bot."""

    __slots__ = ("_names",)

    def __init__(self, *names: str) -> None:
        self._names = frozenset(names)

    def __call__(self, seen: UpdateHeader) -> bool:
        return seen.private and seen.command in self._names


class PressOf:
    """For admission: a button whose data begins with this."""

    __slots__ = ("_prefix",)

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def __call__(self, seen: UpdateHeader) -> bool:
        return seen.data is not None and seen.data.startswith(self._prefix)
