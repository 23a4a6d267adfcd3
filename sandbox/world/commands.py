"""Which of a bot's command menus a person sees in a chat.

Telegram takes the first that is set, the person's language before none.
https://core.telegram.org/bots/api#determining-list-of-commands
"""

from __future__ import annotations

from sandbox.world.chats import Chat
from sandbox.world.core import Core
from sandbox.world.values import Command


def commands_for(world: Core, bot_id: int, account_id: int, chat: Chat) -> list[Command]:
    """The commands to offer ``account_id`` in ``chat``."""
    bot = world.bot(bot_id)
    language = world.account(account_id).language_code.partition("-")[0]
    for scope in _scopes(world, account_id, chat, chat.id_for(bot_id)):
        for spoken in (language, ""):
            commands = bot.commands.get(f"{scope}|{spoken}")
            if commands:
                return commands
    return []


def _scopes(world: Core, account_id: int, chat: Chat, chat_id: int) -> list[str]:
    room = world.room_of(chat)
    if room is None:
        return [f"chat:{chat_id}", "all_private_chats", "default"]
    admin = room.member(account_id).admin
    return [
        f"chat_member:{chat_id}:{account_id}",
        *([f"chat_administrators:{chat_id}"] if admin else []),
        f"chat:{chat_id}",
        *(["all_chat_administrators"] if admin else []),
        "all_group_chats",
        "default",
    ]
