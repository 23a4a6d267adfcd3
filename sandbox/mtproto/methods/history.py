"""messages.*: reading messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from telethon.tl import functions, types

from sandbox.mtproto.request import Call
from sandbox.mtproto.serializers.messages import message_form, people_of
from sandbox.mtproto.serializers.peers import forms_of, is_channel
from sandbox.world.chats import Chat, Message

MOST = 100


def get_history(call: Call) -> Any:
    """A range of a chat, the newest first. https://core.telegram.org/api/offsets"""
    request = call.request
    chat = call.chat(request.peer)
    known = call.world.messages(call.user_id, chat)[::-1]
    inside = [
        message
        for message in known
        if message.id > request.min_id and (not request.max_id or message.id < request.max_id)
    ]
    start = _start(inside, request) + request.add_offset
    end = start + min(request.limit, MOST)
    return messages_form(call, chat, inside[max(0, start) : max(0, end)], len(known))


def _start(messages: Sequence[Message], request: Any) -> int:
    """Position of the offset: before the first message older than its id or date."""
    date = int(request.offset_date.timestamp()) if request.offset_date else 0
    for place, message in enumerate(messages):
        if request.offset_id and message.id >= request.offset_id:
            continue
        if not request.offset_id and date and message.date >= date:
            continue
        return place
    return len(messages)


def get_messages(call: Call) -> Any:
    """Messages of private chats and basic groups by their ids, wherever they are."""
    wanted = {getattr(one, "id", 0) for one in call.request.id}
    found: list[Any] = []
    people: set[int] = set()
    for chat in call.world.chats_of(call.user_id):
        if is_channel(chat.id_for(call.user_id)):
            continue
        for message_id in wanted & chat.messages.keys():
            message = chat.messages[message_id]
            found.append(message_form(message, chat, call.user_id))
            people |= people_of(message, chat, call.user_id)
    users, chats = forms_of(call.world, people, call.user_id)
    return types.messages.Messages(found, [], chats, users)


def get_messages_views(call: Call) -> Any:
    """View counts of posts; increased when the client asks for it."""
    chat = call.chat(call.request.peer)
    views = []
    for message_id in call.request.id:
        message = chat.messages.get(message_id)
        if message is not None and call.request.increment:
            message.views += 1
        views.append(types.MessageViews(views=message.views if message else None))
    users, chats = forms_of(call.world, {chat.id_for(call.user_id)}, call.user_id)
    return types.messages.MessageViews(views, chats, users)


def read_history(call: Call) -> Any:
    mark_read(call, call.chat(call.request.peer), call.request.max_id)
    return types.messages.AffectedMessages(call.logins.boxes[call.user_id].pts, 0)


def mark_read(call: Call, chat: Chat, max_id: int) -> None:
    """``max_id`` 0 means all."""
    newest = chat.newest()
    if newest is not None:
        call.world.mark_read(call.user_id, chat, max_id or newest.id)


def messages_form(call: Call, chat: Chat, messages: Sequence[Message], count: int) -> Any:
    """The requested messages of one chat, and the total number."""
    viewer = call.user_id
    peer_id = chat.id_for(viewer)
    people = {peer_id}.union(*(people_of(message, chat, viewer) for message in messages))
    users, chats = forms_of(call.world, people, viewer)
    forms = [message_form(message, chat, viewer) for message in messages]
    if is_channel(peer_id):
        pts = call.logins.boxes[peer_id].pts
        return types.messages.ChannelMessages(pts, count, forms, [], chats, users)
    if len(forms) == count:
        return types.messages.Messages(forms, [], chats, users)
    return types.messages.MessagesSlice(count, forms, [], chats, users)


METHODS = {
    functions.messages.GetHistoryRequest: get_history,
    functions.messages.GetMessagesRequest: get_messages,
    functions.messages.GetMessagesViewsRequest: get_messages_views,
    functions.messages.ReadHistoryRequest: read_history,
}
