"""People, bots, groups and channels, and their input forms.

https://core.telegram.org/api/peers
"""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import Any

from telethon.tl import types

from sandbox.mtproto import tl_codec
from sandbox.mtproto.errors import RpcRefusal
from sandbox.world import World
from sandbox.world.errors import ApiError
from sandbox.world.peers import Account, Bot, Channel, Group, Member, Peer, User

CHANNEL_ZERO = -1_000_000_000_000
FOUNDED = tl_codec.moment(1_700_000_000)
"""Creation date of all groups in MTProto."""


def access_hash(peer_id: int) -> int:
    """The access hash a client must send with an id, which proves that it has seen the peer."""
    (number,) = struct.unpack("<q", sha256(b"peer %d" % peer_id).digest()[:8])
    return int(number)


def bare_id(peer_id: int) -> int:
    """An id without the prefix of its kind: −100… of channels, minus of groups."""
    if peer_id <= CHANNEL_ZERO:
        return CHANNEL_ZERO - peer_id
    return abs(peer_id)


def is_channel(peer_id: int) -> bool:
    """Channels and supergroups, which have message ids and a ``pts`` of their own."""
    return peer_id <= CHANNEL_ZERO


def peer_form(peer_id: int) -> Any:
    if is_channel(peer_id):
        return types.PeerChannel(bare_id(peer_id))
    return types.PeerUser(peer_id) if peer_id > 0 else types.PeerChat(-peer_id)


def user_form(user: User, viewer_id: int) -> Any:
    """A person or a bot. Phone numbers are visible to their owners only."""
    mine = user.id == viewer_id
    shared = {
        "id": user.id,
        "is_self": mine or None,
        "access_hash": access_hash(user.id),
        "username": user.username or None,
        "deleted": user.deleted or None,
    }
    if isinstance(user, Bot):
        return types.User(
            **shared,
            first_name=user.name,
            bot=True,
            bot_info_version=1,
            bot_nochats=not user.joins_groups or None,
            bot_chat_history=not user.privacy or None,
            bot_can_manage_bots=user.can_manage_bots or None,
        )
    return types.User(
        **shared,
        first_name=user.first_name,
        last_name=user.last_name or None,
        phone=user.phone.lstrip("+") or None if mine else None,
        premium=user.premium or None,
        verified=True if user.id == 777000 else None,
        support=True if user.id == 777000 else None,
        status=types.UserStatusRecently(),
    )


def room_form(room: Group | Channel, viewer_id: int) -> Any:
    """A group or channel as a member, or somebody else, sees it."""
    standing = room.member(viewer_id)
    shared = {
        "id": bare_id(room.id),
        "title": room.title,
        "photo": types.ChatPhotoEmpty(),
        "date": FOUNDED,
        "creator": standing.status == "creator" or None,
        "left": not standing.inside or None,
        "admin_rights": _rights(standing),
        "participants_count": len(room.insiders()),
    }
    if not is_channel(room.id):
        return types.Chat(**shared, version=1)
    broadcast = isinstance(room, Channel)
    return types.Channel(
        **shared,
        broadcast=broadcast or None,
        megagroup=not broadcast or None,
        forum=getattr(room, "forum", False) or None,
        signatures=getattr(room, "signatures", False) or None,
        access_hash=access_hash(room.id),
        username=room.username or None,
    )


def _rights(standing: Member) -> Any:
    if not standing.admin:
        return None
    may = standing.may
    return types.ChatAdminRights(
        change_info=may("can_change_info") or None,
        post_messages=may("can_post_messages") or None,
        edit_messages=may("can_edit_messages") or None,
        delete_messages=may("can_delete_messages") or None,
        ban_users=may("can_restrict_members") or None,
        invite_users=may("can_invite_users") or None,
        pin_messages=may("can_pin_messages") or None,
        add_admins=may("can_promote_members") or None,
        manage_call=may("can_manage_video_chats") or None,
        manage_topics=may("can_manage_topics") or None,
        anonymous=standing.anonymous or None,
        other=True,
    )


def known_peer(world: World, peer_id: int) -> Peer | None:
    try:
        return world.peer(peer_id)
    except ApiError:
        return None


def forms_of(world: World, peer_ids: set[int], viewer_id: int) -> tuple[list[Any], list[Any]]:
    """The users and the chats of an answer."""
    users: list[Any] = []
    chats: list[Any] = []
    for peer_id in sorted(peer_ids):
        peer = known_peer(world, peer_id)
        if isinstance(peer, Account | Bot):
            users.append(user_form(peer, viewer_id))
        elif peer is not None:
            chats.append(room_form(peer, viewer_id))
    return users, chats


def id_of(pointer: Any, viewer_id: int) -> int:
    """The id of an ``InputPeer``, ``InputUser`` or ``InputChannel``.

    Raises:
        RpcRefusal: PEER_ID_INVALID, CHANNEL_INVALID for a wrong access hash or an empty one.
    """
    match pointer:
        case types.InputPeerSelf() | types.InputUserSelf():
            return viewer_id
        case types.InputPeerUser() | types.InputUser():
            return _proven(pointer.user_id, pointer.access_hash, "PEER_ID_INVALID", viewer_id)
        case types.InputPeerChannel() | types.InputChannel():
            marked = CHANNEL_ZERO - pointer.channel_id
            return _proven(marked, pointer.access_hash, "CHANNEL_INVALID", viewer_id)
        case types.InputPeerChat():
            return -int(pointer.chat_id)
    raise RpcRefusal(400, "PEER_ID_INVALID")


def _proven(peer_id: int, proof: int, name: str, viewer_id: int) -> int:
    if peer_id != viewer_id and proof != access_hash(peer_id):
        raise RpcRefusal(400, name)
    return peer_id
