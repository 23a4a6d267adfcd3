"""Chats. https://core.telegram.org/bots/api#getchat"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.request import Call, method
from sandbox.botapi.serializers import full_chat
from sandbox.world import Channel, Group
from sandbox.world.errors import bad_request

Json = dict[str, Any]


@method("getChat")
def get_chat(call: Call) -> Json:
    chat = call.chat(access="read")
    pinned = call.shown(chat.messages[chat.pinned[-1]]) if chat.pinned else None
    return full_chat(call.world, chat, call.bot.id, pinned)


@method("leaveChat")
def leave_chat(call: Call) -> bool:
    call.world.leave(call.bot.id, room_of(call).id)
    return True


@method("setChatTitle")
def set_chat_title(call: Call) -> bool:
    call.world.set_title(call.bot.id, room_of(call).id, call.params.text("title"))
    return True


@method("setChatDescription")
def set_chat_description(call: Call) -> bool:
    call.world.set_description(call.bot.id, room_of(call).id, call.params.text("description"))
    return True


def room_of(call: Call) -> Group | Channel:
    """The group or channel ``chat_id`` means. Raises ApiError: 400."""
    room = call.world.room_of(call.chat())
    if room is None:
        raise bad_request("method is available for supergroup and channel chats only")
    return room
