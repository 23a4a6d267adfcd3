"""Checks whether a bot may read, edit or write in a chat.

https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp
(``check_chat_access``)
"""

from __future__ import annotations

from sandbox.world import Bot, Channel, Chat, Group, World
from sandbox.world.errors import chat_not_found
from sandbox.world.refusals import refused
from sandbox.world.send_rules import outsider, upgraded

EDITS = ("edit", "write")


def check_access(world: World, bot: Bot, chat: Chat, access: str) -> None:
    """Raises ApiError: 400 or 403, the bot may not."""
    room = world.room_of(chat)
    if room is None:
        if access in EDITS and world.user(chat.id_for(bot.id)).deleted:
            raise refused("deactivated")
    elif isinstance(room, Group) and room.basic:
        _check_group(bot, room, access)
    else:
        _check_supergroup(bot, room, access)


def _check_group(bot: Bot, room: Group, access: str) -> None:
    member = room.members.get(bot.id)
    if member is None:
        raise chat_not_found()
    if room.migrated_to is not None:
        if access in ("write", "members"):
            raise upgraded(room)
        return
    if access != "read" and not member.inside:
        raise outsider(room, member.status)


def _check_supergroup(bot: Bot, room: Group | Channel, access: str) -> None:
    member = room.members.get(bot.id)
    if member is None and not room.username:
        raise chat_not_found()
    if member is not None and member.status == "kicked":
        raise outsider(room, member.status)
    needs_membership = access in EDITS if room.username else True
    if needs_membership and (member is None or not member.inside):
        raise outsider(room, "left")
