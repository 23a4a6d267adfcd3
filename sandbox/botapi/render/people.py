"""Users, chats and members.

https://core.telegram.org/bots/api#user · #chat · #chatfullinfo · #chatmember
"""

from __future__ import annotations

from typing import Any

from sandbox.world import ADMIN_RIGHTS, Account, Bot, Channel, Chat, Group, Member, User, World
from sandbox.world.core import Core
from sandbox.world.marks import REACTIONS
from sandbox.world.peers import PERMISSIONS

Json = dict[str, Any]

CHANNEL_RIGHTS = ("can_post_messages", "can_edit_messages", "can_manage_direct_messages")
GROUP_RIGHTS = ("can_pin_messages", "can_manage_topics", "can_manage_tags")
_OFF_BY_DEFAULT = ("can_change_info", "can_pin_messages", "can_manage_topics", "can_edit_tag")


def user(world: Core, user_id: int) -> Json:
    """A person or a bot, as other objects carry them."""
    found = world.user(user_id)
    if isinstance(found, Bot):
        return {
            "id": found.id,
            "is_bot": True,
            "first_name": found.name,
            "username": found.username,
        }
    shown: Json = {"id": found.id, "is_bot": False, "first_name": found.first_name}
    if found.deleted:
        return {**shown, "first_name": ""}
    for name in ("last_name", "username", "language_code"):
        if getattr(found, name):
            shown[name] = getattr(found, name)
    if found.premium:
        shown["is_premium"] = True
    return shown


def me(world: Core, bot: Bot) -> Json:
    """https://core.telegram.org/bots/api#getme"""
    return {
        **user(world, bot.id),
        "can_join_groups": bot.joins_groups,
        "can_read_all_group_messages": not bot.privacy,
        "supports_guest_queries": False,
        "supports_inline_queries": bot.inline,
        "can_connect_to_business": bot.business,
        "has_main_web_app": False,
        "has_topics_enabled": bot.topics_enabled,
        "allows_users_to_create_topics": False,
        "can_manage_bots": bot.can_manage_bots,
        "supports_join_request_queries": bot.join_queries,
    }


def chat(world: Core, where: Chat, viewer_id: int) -> Json:
    """A chat, as other objects carry it."""
    if where.private:
        return private_chat(world, where.id_for(viewer_id))
    return room_chat(world, where.room_id or 0)


def private_chat(world: Core, user_id: int) -> Json:
    other: User = world.user(user_id)
    shown: Json = {"id": other.id, "first_name": other.first_name}
    if isinstance(other, Account) and other.last_name:
        shown["last_name"] = other.last_name
    if other.username:
        shown["username"] = other.username
    return {**shown, "type": "private"}


def room_chat(world: Core, room_id: int) -> Json:
    room = world.room(room_id)
    shown: Json = {"id": room.id, "title": room.title, "type": room.kind}
    if room.username:
        shown["username"] = room.username
    if isinstance(room, Group) and room.forum:
        shown["is_forum"] = True
    if isinstance(room, Group) and room.direct_messages_of is not None:
        shown["is_direct_messages"] = True
    return shown


def full_chat(world: World, where: Chat, viewer_id: int, pinned: Json | None) -> Json:
    """https://core.telegram.org/bots/api#getchat"""
    shown: Json = {
        **chat(world, where, viewer_id),
        "accent_color_id": abs(where.id_for(viewer_id)) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            False,
        ),
    }
    if pinned is not None:
        shown["pinned_message"] = pinned
    if shown.get("username"):
        shown["active_usernames"] = [shown["username"]]
    room = world.room_of(where)
    if room is None:
        other = world.user(where.id_for(viewer_id))
        if isinstance(other, Account) and other.bio:
            shown["bio"] = other.bio
        return shown
    return {**shown, **_full_room(room, viewer_id)}


def _full_room(room: Group | Channel, viewer_id: int) -> Json:
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
    if isinstance(room, Group):
        shown["permissions"] = {
            name: room.permissions.get(name, name not in _OFF_BY_DEFAULT) for name in PERMISSIONS
        }
        shown["join_to_send_messages"] = True
    return shown


def chat_member(world: Core, member: Member, room: Group | Channel | None) -> Json:
    """A member with what their status brings. ``room`` is None in a private chat."""
    shown: Json = {"user": user(world, member.user_id), "status": member.status}
    match member.status:
        case "creator":
            shown["is_anonymous"] = member.anonymous
        case "administrator":
            shown |= _rights(member, room)
        case "restricted":
            shown |= {name: member.may_send(name) for name in PERMISSIONS}
            shown |= {"is_member": True, "until_date": member.until}
        case "kicked":
            shown["until_date"] = member.until
    if member.tag and member.status in ("member", "restricted"):
        shown["tag"] = member.tag
    if member.title and member.admin:
        shown["custom_title"] = member.title
    return shown


def _rights(member: Member, room: Group | Channel | None) -> Json:
    channel = isinstance(room, Channel)
    left_out = GROUP_RIGHTS if channel else CHANNEL_RIGHTS
    rights = {name: name in member.rights for name in ADMIN_RIGHTS if name not in left_out}
    return {"can_be_edited": False, "is_anonymous": member.anonymous, **rights}
