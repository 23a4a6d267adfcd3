"""contacts.*: finding people."""

from __future__ import annotations

from typing import Any

from telethon.tl import functions, types

from sandbox.mtproto.errors import RpcRefusal
from sandbox.mtproto.request import Call
from sandbox.mtproto.serializers.peers import forms_of, peer_form
from sandbox.world.errors import ApiError


def resolve_username(call: Call) -> Any:
    viewer = call.user_id
    try:
        peer = call.world.peer(call.request.username.lstrip("@"))
    except ApiError:
        raise RpcRefusal(400, "USERNAME_NOT_OCCUPIED") from None
    users, chats = forms_of(call.world, {peer.id}, viewer)
    return types.contacts.ResolvedPeer(peer_form(peer.id), chats, users)


def get_contacts(call: Call) -> Any:
    assert call.user_id
    return types.contacts.Contacts([], 0, [])


METHODS = {
    functions.contacts.ResolveUsernameRequest: resolve_username,
    functions.contacts.GetContactsRequest: get_contacts,
}
