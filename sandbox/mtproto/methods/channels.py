"""channels.*: channels and supergroups. https://core.telegram.org/api/channel"""

from __future__ import annotations

from typing import Any

from telethon.tl import functions, types

from sandbox.mtproto.errors import RpcRefusal
from sandbox.mtproto.methods.history import mark_read, messages_form
from sandbox.mtproto.request import Call
from sandbox.mtproto.serializers.peers import forms_of, id_of, room_form
from sandbox.world.peers import Channel, Group


def get_channels(call: Call) -> Any:
    return types.messages.Chats(
        [room_form(_room(call, one), call.user_id) for one in call.request.id]
    )


def get_full_channel(call: Call) -> Any:
    """With ``participants_count``; members see more than others."""
    room = _room(call, call.request.channel)
    chat = call.chat(call.request.channel)
    inside = room.insiders()
    admin = room.member(call.user_id).admin
    full = types.ChannelFull(
        id=call.request.channel.channel_id,
        about=room.description,
        read_inbox_max_id=chat.read.get(call.user_id, 0),
        read_outbox_max_id=0,
        unread_count=call.world.unread(call.user_id, chat),
        chat_photo=types.PhotoEmpty(0),
        notify_settings=types.PeerNotifySettings(),
        bot_info=[],
        pts=call.logins.boxes[room.id].pts,
        can_view_participants=admin or isinstance(room, Group) or None,
        participants_count=len(inside),
        admins_count=len([one for one in inside if one.admin]) if admin else None,
        pinned_msg_id=chat.pinned[-1] if chat.pinned else None,
    )
    users, chats = forms_of(call.world, {room.id, call.user_id}, call.user_id)
    return types.messages.ChatFull(full, chats, users)


def get_messages(call: Call) -> Any:
    chat = call.chat(call.request.channel)
    wanted = [getattr(one, "id", 0) for one in call.request.id]
    found = [chat.messages[one] for one in wanted if one in chat.messages]
    return messages_form(call, chat, found, len(found))


def read_history(call: Call) -> Any:
    mark_read(call, call.chat(call.request.channel), call.request.max_id)
    return True


def join_channel(call: Call) -> Any:
    room = _room(call, call.request.channel)
    if not room.username and not room.has(call.user_id):
        raise RpcRefusal(400, "CHANNEL_PRIVATE")
    call.world.join(call.user_id, room.id)
    return call.server.pushes.form(call.user_id, [], types.UpdateChannel(_bare(call)))


def leave_channel(call: Call) -> Any:
    room = _room(call, call.request.channel)
    call.world.leave(call.user_id, room.id)
    return call.server.pushes.form(call.user_id, [], types.UpdateChannel(_bare(call)))


def delete_messages(call: Call) -> Any:
    chat = call.chat(call.request.channel)
    with call.server.pushes.caused_by(call.connection) as own:
        gone = call.world.delete(call.user_id, chat, call.request.id)
    pts = own[-1].pts if own else call.logins.boxes[chat.id_for(call.user_id)].pts
    return types.messages.AffectedMessages(pts, len(gone))


def _bare(call: Call) -> int:
    return int(call.request.channel.channel_id)


def _room(call: Call, pointer: Any) -> Group | Channel:
    """A channel or supergroup that the caller may see.

    Raises:
        RpcRefusal: CHANNEL_INVALID, CHANNEL_PRIVATE.
    """
    room = call.world.peer(id_of(pointer, call.user_id))
    if not isinstance(room, Group | Channel):
        raise RpcRefusal(400, "CHANNEL_INVALID")
    if not room.has(call.user_id) and not room.username:
        raise RpcRefusal(406, "CHANNEL_PRIVATE")
    return room


METHODS = {
    functions.channels.GetChannelsRequest: get_channels,
    functions.channels.GetFullChannelRequest: get_full_channel,
    functions.channels.GetMessagesRequest: get_messages,
    functions.channels.ReadHistoryRequest: read_history,
    functions.channels.JoinChannelRequest: join_channel,
    functions.channels.LeaveChannelRequest: leave_channel,
    functions.channels.DeleteMessagesRequest: delete_messages,
}
