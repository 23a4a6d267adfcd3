"""Texts of service messages."""

from __future__ import annotations

from typing import Any

from sandbox.world import Bot, Chat, Message, World


def service_json(world: World, chat: Chat, message: Message) -> dict[str, Any]:
    """``kind`` by the Bot API's name, ``text`` for people, ``users`` it is about."""
    service = message.content.service
    assert service is not None
    shown: dict[str, Any] = {
        "kind": service.kind,
        "text": _words(world, chat, message),
        "users": list(service.user_ids),
    }
    if service.number is not None:
        shown["number"] = service.number
    return shown


def _words(world: World, chat: Chat, message: Message) -> str:
    service = message.content.service
    assert service is not None
    who = world.display_name(message.sender_id)
    about = ", ".join(_name(world, user_id) for user_id in service.user_ids)
    alone = service.user_ids == (message.sender_id,)
    topic = chat.topics.get(message.topic or 0)
    topic_name = service.text or (topic.name if topic else "")
    words = {
        "new_chat_members": f"{who} joined" if alone else f"{who} added {about}",
        "left_chat_member": f"{who} left" if alone else f"{who} removed {about}",
        "new_chat_title": f"{who} changed the name to “{service.text}”",
        "pinned_message": f"{who} pinned a message",
        "group_chat_created": f"{who} created the group “{service.text}”",
        "supergroup_chat_created": f"{who} created the group “{service.text}”",
        "channel_chat_created": "Channel created",
        "migrate_to_chat_id": "The group became a supergroup",
        "migrate_from_chat_id": "The group became a supergroup",
        "forum_topic_created": f"{who} created the topic “{topic_name}”",
        "forum_topic_edited": f"{who} renamed the topic to “{topic_name}”",
        "forum_topic_closed": f"{who} closed the topic",
        "forum_topic_reopened": f"{who} reopened the topic",
        "general_forum_topic_hidden": f"{who} hid the General topic",
        "general_forum_topic_unhidden": f"{who} showed the General topic",
        "managed_bot_created": f"{who} created the bot {about}",
    }
    return words.get(service.kind, service.kind.replace("_", " "))


def _name(world: World, user_id: int) -> str:
    peer = world.peer(user_id)
    return f"@{peer.username}" if isinstance(peer, Bot) else world.display_name(user_id)
