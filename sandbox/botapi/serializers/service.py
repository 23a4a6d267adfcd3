"""Service messages, as fields of a message."""

from __future__ import annotations

from typing import Any

from sandbox.botapi.serializers.people import chat, user
from sandbox.botapi.serializers.references import Renderer, resolved
from sandbox.world import Chat, Service
from sandbox.world.lookups import Core

Json = dict[str, Any]

_FLAGS = (
    "group_chat_created",
    "supergroup_chat_created",
    "channel_chat_created",
    "delete_chat_photo",
)
_EMPTY = (
    "forum_topic_closed",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
)


def service(world: Core, where: Chat, shown: Service, viewer_id: int, render: Renderer) -> Json:
    """The field of the service message."""
    if shown.kind in _FLAGS:
        return {shown.kind: True}
    if shown.kind in _EMPTY:
        return {shown.kind: {}}
    return {shown.kind: _value(world, where, shown, viewer_id, render)}


def _value(world: Core, where: Chat, shown: Service, viewer_id: int, render: Renderer) -> Any:
    if shown.value is not None:
        return resolved(world, shown.value, viewer_id, render)
    value: Any = shown.number
    match shown.kind:
        case "new_chat_members":
            value = [user(world, one) for one in shown.user_ids]
        case "left_chat_member":
            value = user(world, shown.user_ids[0])
        case "managed_bot_created":
            value = {"bot": user(world, shown.user_ids[0])}
        case "new_chat_title":
            value = shown.text
        case "forum_topic_created":
            value = {"name": shown.text, "icon_color": shown.number}
        case "forum_topic_edited":
            value = {"name": shown.text}
        case "pinned_message":
            value = _pinned(world, where, shown, viewer_id, render)
    return value


def _pinned(world: Core, where: Chat, shown: Service, viewer_id: int, render: Renderer) -> Json:
    pinned = where.messages.get(shown.number or 0)
    if pinned is not None:
        return render(world, pinned, viewer_id, depth=0)
    return {"chat": chat(world, where, viewer_id), "message_id": shown.number, "date": 0}
