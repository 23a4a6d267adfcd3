"""Posts that people suggest to a channel in its direct messages.

https://core.telegram.org/bots/api#suggestedpostinfo
"""

from __future__ import annotations

from typing import Any

from sandbox.world.chats import Chat, Message, room_key
from sandbox.world.content_models import Service
from sandbox.world.errors import bad_request
from sandbox.world.groups import Rooms
from sandbox.world.peers import Channel, Group


class SuggestedPosts:
    """Approving and declining them."""

    def __init__(self, world: Rooms) -> None:
        self._world = world

    def approve(self, actor_id: int, chat: Chat, message_id: int, send_date: int) -> None:
        """Post it now, or at ``send_date`` (the sandbox posts immediately in both cases)."""
        channel, message, info = self._pending(actor_id, chat, message_id)
        date = send_date or info.get("send_date") or self._world.time()
        info |= {"state": "approved", "send_date": date}
        value: dict[str, Any] = {"suggested_post_message": _reference(message), "send_date": date}
        if "price" in info:
            value["price"] = info["price"]
        self._announce(actor_id, chat, message, "suggested_post_approved", value)
        self._world.say(
            Message(
                id=0,
                chat=room_key(channel.id),
                sender_id=channel.id,
                author_id=actor_id,
                date=self._world.time(),
                content=message.content,
                views=1,
            ),
            self._world.state.chats[room_key(channel.id)],
        )

    def decline(self, actor_id: int, chat: Chat, message_id: int, comment: str) -> None:
        _, message, info = self._pending(actor_id, chat, message_id)
        info["state"] = "declined"
        value: dict[str, Any] = {"suggested_post_message": _reference(message)}
        if comment:
            value["comment"] = comment
        self._announce(actor_id, chat, message, "suggested_post_declined", value)

    def _pending(
        self, actor_id: int, chat: Chat, message_id: int
    ) -> tuple[Channel, Message, dict[str, Any]]:
        """Raises ApiError: 400, no such post, settled already, or no right."""
        message = chat.messages.get(message_id)
        if message is None:
            raise bad_request("suggested post not found")
        room = self._world.room_of(chat)
        info = message.extra.get("suggested_post_info")
        if info is None or not isinstance(room, Group) or room.direct_messages_of is None:
            raise bad_request("MESSAGE_ID_INVALID")
        channel = self._world.state.channels[room.direct_messages_of]
        if not channel.member(actor_id).may("can_post_messages"):
            raise bad_request("CHAT_ADMIN_REQUIRED")
        if info["state"] != "pending":
            raise bad_request(f"SUGGESTED_POST_{info['state'].upper()}")
        return channel, message, info

    def _announce(
        self, actor_id: int, chat: Chat, message: Message, kind: str, value: dict[str, Any]
    ) -> None:
        said = self._world.announce(actor_id, chat, Service(kind=kind, value=value))
        if "direct_messages_topic" in message.extra:
            said.extra["direct_messages_topic"] = message.extra["direct_messages_topic"]


def _reference(message: Message) -> dict[str, Any]:
    return {"$message": {"chat": message.chat, "id": message.id}}
