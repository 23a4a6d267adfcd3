"""Which of a bot's command lists a person sees.

https://core.telegram.org/bots/api#determining-list-of-commands
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.world.content_models import Command
from sandbox.world.peers import Bot, Room


def list_key(scope: Mapping[str, Any] | None, language: str) -> str:
    """How :attr:`Bot.commands` names a list: ``scope|language``.

    Args:
        scope: a BotCommandScope with numeric ids; None is the default scope.
        language: two letters, or empty for all languages.
    """
    parts = dict(scope or {"type": "default"})
    ids = [str(parts[name]) for name in ("chat_id", "user_id") if name in parts]
    return f"{':'.join([str(parts['type']), *ids])}|{language}"


def commands_for(
    bot: Bot, viewer_id: int, language: str, room: Room | None = None
) -> list[Command]:
    """The commands a person has in private or in a group: of the narrowest scope that has any."""
    scopes = _in_private(viewer_id) if room is None else _in_room(viewer_id, room)
    for scope in [*scopes, {"type": "default"}]:
        for tongue in dict.fromkeys((language.partition("-")[0], "")):
            found = bot.commands.get(list_key(scope, tongue))
            if found:
                return found
    return []


def _in_private(viewer_id: int) -> list[dict[str, Any]]:
    return [{"type": "chat", "chat_id": viewer_id}, {"type": "all_private_chats"}]


def _in_room(viewer_id: int, room: Room) -> list[dict[str, Any]]:
    here = {"chat_id": room.id}
    admin = room.member(viewer_id).admin
    return [
        {"type": "chat_member", **here, "user_id": viewer_id},
        *([{"type": "chat_administrators", **here}] if admin else []),
        {"type": "chat", **here},
        *([{"type": "all_chat_administrators"}] if admin else []),
        {"type": "all_group_chats"},
    ]
