"""messages.getDialogs and related methods: the chat list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from telethon.tl import functions, types

from sandbox.mtproto.methods.updates import state_form
from sandbox.mtproto.request import Call
from sandbox.mtproto.serializers.dialogs import dialog_form
from sandbox.mtproto.serializers.messages import message_form, people_of
from sandbox.mtproto.serializers.peers import forms_of
from sandbox.world.chats import Chat

MOST = 100


def get_dialogs(call: Call) -> Any:
    """The chat list from an offset on, the latest first.

    https://core.telegram.org/api/offsets
    """
    request = call.request
    chats = [chat for chat in call.world.chats_of(call.user_id) if chat.newest() is not None]
    if request.folder_id:
        chats = []
    later = [chat for chat in chats if _after(chat, request)]
    page = later[: min(request.limit or MOST, MOST)]
    parts = _parts(call, page)
    if len(page) == len(chats):
        return types.messages.Dialogs(*parts)
    return types.messages.DialogsSlice(len(chats), *parts)


def _after(chat: Chat, request: Any) -> bool:
    """Whether a chat comes after the offset, a date and a message id."""
    newest = chat.newest()
    assert newest is not None
    if request.offset_date is None or not request.offset_date.timestamp():
        return not request.offset_id or newest.id < request.offset_id
    date = int(request.offset_date.timestamp())
    return newest.date < date or (newest.date == date and newest.id < request.offset_id)


def get_peer_dialogs(call: Call) -> Any:
    chats = [call.chat(one.peer) for one in call.request.peers if hasattr(one, "peer")]
    return types.messages.PeerDialogs(*_parts(call, chats), state_form(call))


def get_pinned_dialogs(call: Call) -> Any:
    return types.messages.PeerDialogs([], [], [], [], state_form(call))


def _parts(call: Call, page: Sequence[Chat]) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    """Dialogs, their newest messages, chats, users."""
    viewer = call.user_id
    dialogs = [dialog_form(call.world, chat, viewer) for chat in page]
    newest = [(chat, chat.newest()) for chat in page]
    people: set[int] = {chat.id_for(viewer) for chat in page}
    messages = []
    for chat, message in newest:
        if message is not None:
            messages.append(message_form(message, chat, viewer))
            people |= people_of(message, chat, viewer)
    users, chats = forms_of(call.world, people, viewer)
    return dialogs, messages, chats, users


METHODS = {
    functions.messages.GetDialogsRequest: get_dialogs,
    functions.messages.GetPeerDialogsRequest: get_peer_dialogs,
    functions.messages.GetPinnedDialogsRequest: get_pinned_dialogs,
}
