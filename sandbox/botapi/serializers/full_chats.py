"""Chats in full. https://core.telegram.org/bots/api#getchat"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.serializers.people import chat, room_chat
from sandbox.world import Account, Channel, Chat, Group, StoredFile, World
from sandbox.world.peers import PERMISSIONS
from sandbox.world.reactions_pins import REACTIONS

Json = dict[str, Any]

GIFT_TYPES = (
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
)
_OFF_BY_DEFAULT = ("can_change_info", "can_pin_messages", "can_manage_topics", "can_edit_tag")


def full_chat(world: World, where: Chat, viewer_id: int, pinned: Json | None) -> Json:
    """https://core.telegram.org/bots/api#chatfullinfo"""
    shown: Json = {
        **chat(world, where, viewer_id),
        "accent_color_id": abs(where.id_for(viewer_id)) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(GIFT_TYPES, False),
    }
    if pinned is not None:
        shown["pinned_message"] = pinned
    if shown.get("username"):
        shown["active_usernames"] = [shown["username"]]
    room = world.room_of(where)
    peer = world.user(where.id_for(viewer_id)) if room is None else room
    if peer.photo is not None:
        shown["photo"] = _photo(world, peer.photo, viewer_id)
    if room is not None:
        return {**shown, **_full_room(world, room, viewer_id)}
    return {**shown, **_full_person(world, peer)} if isinstance(peer, Account) else shown


def _photo(world: World, photo: StoredFile, viewer_id: int) -> Json:
    """https://core.telegram.org/bots/api#chatphoto"""
    small = world.files.chat_photo(photo)
    return {
        "small_file_id": world.files.id_for(small, viewer_id),
        "small_file_unique_id": small.unique_id,
        "big_file_id": world.files.id_for(photo, viewer_id),
        "big_file_unique_id": photo.unique_id,
    }


def _full_person(world: World, account: Account) -> Json:
    shown: Json = {}
    if account.bio:
        shown["bio"] = account.bio
    if account.hides_forwards:
        shown["has_private_forwards"] = True
    if account.voice_forbidden:
        shown["has_restricted_voice_and_video_messages"] = True
    if account.personal_channel is not None:
        shown["personal_chat"] = room_chat(world, account.personal_channel)
    if account.emoji_status:
        shown["emoji_status_custom_emoji_id"] = account.emoji_status
    if account.accepted_gifts:
        gifts = {name: account.accepted_gifts.get(name, False) for name in GIFT_TYPES}
        shown["accepted_gift_types"] = gifts
    return shown


def _full_room(world: World, room: Group | Channel, viewer_id: int) -> Json:
    shown: Json = {
        "available_reactions": [{"type": "emoji", "emoji": one} for one in sorted(REACTIONS)],
        "has_visible_history": True,
    }
    if room.description:
        shown["description"] = room.description
    if room.protected:
        shown["has_protected_content"] = True
    if room.member(viewer_id).may("can_invite_users"):
        shown["invite_link"] = f"https://t.me/{room.invite_hash}"
    if isinstance(room, Channel):
        return shown
    shown["permissions"] = {
        name: room.permissions.get(name, name not in _OFF_BY_DEFAULT) for name in PERMISSIONS
    }
    shown["join_to_send_messages"] = True
    if room.sticker_set:
        shown["sticker_set_name"] = room.sticker_set
    if room.direct_messages_of is not None:
        shown["parent_chat"] = room_chat(world, room.direct_messages_of)
    return shown
