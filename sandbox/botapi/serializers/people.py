"""Users, chats and members.

https://core.telegram.org/bots/api#user · #chat · #chatfullinfo · #chatmember
"""

from __future__ import annotations

from typing import Any

from sandbox.world import ADMIN_RIGHTS, Account, Bot, Channel, Chat, Group, Member, User
from sandbox.world.lookups import Core
from sandbox.world.peers import PERMISSIONS

Json = dict[str, Any]

CHANNEL_RIGHTS = ("can_post_messages", "can_edit_messages", "can_manage_direct_messages")
GROUP_RIGHTS = ("can_pin_messages", "can_manage_topics", "can_manage_tags")


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
