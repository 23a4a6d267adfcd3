"""Chats as the control API shows them: a row of the list, and one in full."""

from __future__ import annotations

from sandbox.control_api.serializers import Json, keyboard_json, message_json
from sandbox.world import Account, Bot, Channel, Chat, Group, Message, Peer, World
from sandbox.world.commands import commands_for
from sandbox.world.peers import BOTFATHER, SERVICE_ACCOUNT


def row_json(world: World, viewer_id: int, chat: Chat) -> Json:
    """Fields of the chat list."""
    peer = world.peer(chat.id_for(viewer_id))
    newest = _newest(viewer_id, chat)
    return {
        "id": peer.id,
        "kind": kind_of(peer),
        "title": world.display_name(peer.id),
        "username": peer.username or None,
        "verified": peer.id in (SERVICE_ACCOUNT, BOTFATHER),
        "unread": world.unread(viewer_id, chat),
        "last_message": None if newest is None else message_json(world, viewer_id, chat, newest),
        "blocked": _blocked(world, viewer_id, peer),
        "can_write": _can_write(viewer_id, peer),
    }


def full_json(world: World, viewer_id: int, chat: Chat) -> Json:
    """The row, and the further fields of an open chat."""
    peer = world.peer(chat.id_for(viewer_id))
    pinned = chat.messages.get(chat.pinned[-1]) if chat.pinned else None
    keyboard = _standing_keyboard(viewer_id, chat)
    full = row_json(world, viewer_id, chat) | {
        "pinned": None if pinned is None else message_json(world, viewer_id, chat, pinned),
        "reply_keyboard": None
        if keyboard is None
        else {"id": keyboard.id, "keyboard": keyboard_json(keyboard.markup)},
    }
    if isinstance(peer, Bot):
        return full | _bot_facts(world, viewer_id, chat, peer)
    if isinstance(peer, Account):
        return full | {"about": peer.bio, "phone": peer.phone or None}
    return full | {
        "about": peer.description,
        "members_count": len(peer.insiders()),
        "joined": peer.has(viewer_id),
        "topics": [
            {"id": topic.id, "name": topic.name, "closed": topic.closed}
            for topic in chat.topics.values()
            if not topic.hidden
        ],
    }


def kind_of(peer: Peer) -> str:
    """private, bot, group, supergroup or channel."""
    if isinstance(peer, Account):
        return "private"
    return "bot" if isinstance(peer, Bot) else peer.kind


def _bot_facts(world: World, viewer_id: int, chat: Chat, bot: Bot) -> Json:
    language = world.account(viewer_id).language_code
    commands = commands_for(bot, viewer_id, language)
    return {
        "about": _localised(bot.short_descriptions, language),
        "description": _localised(bot.descriptions, language),
        "commands": [{"command": one.command, "description": one.description} for one in commands],
        "menu_button": bot.menu_buttons.get(viewer_id) or bot.menu_buttons.get(0),
        "started": chat.open and bool(world.messages(viewer_id, chat)),
        "can_manage_bots": bot.can_manage_bots,
    }


def _localised(texts: dict[str, str], language: str) -> str:
    return texts.get(language) or texts.get("", "")


def _newest(viewer_id: int, chat: Chat) -> Message | None:
    newest = chat.newest()
    if newest is None or newest.id <= chat.cleared.get(viewer_id, 0):
        return None
    return newest


def _blocked(world: World, viewer_id: int, peer: Peer) -> bool:
    return peer.id in world.account(viewer_id).blocked


def _can_write(viewer_id: int, peer: Peer) -> bool:
    if isinstance(peer, Channel):
        return peer.member(viewer_id).may("can_post_messages")
    if isinstance(peer, Group):
        return peer.has(viewer_id) and peer.member(viewer_id).can_send
    return peer.id != SERVICE_ACCOUNT


def _standing_keyboard(viewer_id: int, chat: Chat) -> Message | None:
    """The current reply keyboard: that of the latest message that sets or removes one."""
    floor = chat.cleared.get(viewer_id, 0)
    for message in reversed(chat.messages.values()):
        if message.id <= floor:
            return None
        if message.markup is not None and message.markup.kind != "inline":
            return message if message.markup.kind == "reply" else None
    return None
