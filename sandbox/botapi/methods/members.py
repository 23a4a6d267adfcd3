"""Members of chats. https://core.telegram.org/bots/api#getchatmember"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.fields import Fields
from sandbox.botapi.methods.chats import room_of
from sandbox.botapi.request import Call, method
from sandbox.botapi.serializers import chat_member
from sandbox.botapi.serializers.people import CHANNEL_RIGHTS, GROUP_RIGHTS
from sandbox.world import ADMIN_RIGHTS, Bot, Channel, Group, Member
from sandbox.world.errors import bad_request
from sandbox.world.peers import PERMISSIONS

Json = dict[str, Any]

MEDIA_PERMISSIONS = (
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
)


@method("getChatMember")
def get_chat_member(call: Call) -> Json:
    chat, user_id = call.chat(access="members"), call.user_id()
    room = call.world.room_of(chat)
    if room is not None:
        return chat_member(call.world, room.member(user_id), room)
    if user_id not in (chat.pair or ()):
        raise bad_request("user not found")
    return chat_member(call.world, Member(user_id=user_id, status="member"), None)


@method("getChatAdministrators")
def get_chat_administrators(call: Call) -> list[Json]:
    """Bots other than the asking one are left out, unless ``return_bots`` asks for them.

    https://core.telegram.org/bots/api#getchatadministrators
    """
    room = call.world.room_of(call.chat(access="members"))
    if room is None:
        raise bad_request("there are no administrators in the private chat")
    bots = call.params.flag("return_bots")
    return [
        chat_member(call.world, member, room)
        for member in room.insiders()
        if member.admin and (bots or not _other_bot(call, member.user_id))
    ]


def _other_bot(call: Call, user_id: int) -> bool:
    return user_id != call.bot.id and isinstance(call.world.user(user_id), Bot)


@method("getChatMemberCount")
def get_chat_member_count(call: Call) -> int:
    room = call.world.room_of(call.chat(access="members"))
    return 2 if room is None else len(room.insiders())


@method("banChatMember")
def ban_chat_member(call: Call) -> bool:
    until = call.params.number("until_date")
    call.world.ban(call.bot.id, room_of(call).id, call.user_id(), until=until)
    return True


@method("unbanChatMember")
def unban_chat_member(call: Call) -> bool:
    call.world.unban(
        call.bot.id,
        room_of(call).id,
        call.user_id(),
        only_if_banned=call.params.flag("only_if_banned"),
    )
    return True


@method("restrictChatMember")
def restrict_chat_member(call: Call) -> bool:
    permissions = read_permissions(call)
    room = room_of(call)
    if isinstance(room, Group) and room.basic:
        raise bad_request("method is available only for supergroups")
    call.world.restrict(
        call.bot.id,
        room.id,
        call.user_id(),
        can_send=permissions["can_send_messages"],
        until=call.params.number("until_date"),
        permissions=permissions,
    )
    return True


def read_permissions(call: Call) -> dict[str, bool]:
    """``permissions``: those of media follow ``can_send_messages`` unless they are named, or
    all are counted one by one with ``use_independent_chat_permissions``.

    https://core.telegram.org/bots/api#restrictchatmember

    Raises:
        ApiError: 400, they are malformed.
    """
    given = call.params.json("permissions", "permissions")
    fields = Fields(given, wrong="object expected as permissions")
    found = {name: fields.flag(name) for name in PERMISSIONS}
    if call.params.flag("use_independent_chat_permissions"):
        return found
    if found["can_add_web_page_previews"] or found["can_send_other_messages"]:
        found |= dict.fromkeys(MEDIA_PERMISSIONS, True)
    if found["can_send_polls"] or any(found[name] for name in MEDIA_PERMISSIONS):
        found["can_send_messages"] = True
    return found


@method("promoteChatMember")
def promote_chat_member(call: Call) -> bool:
    room = room_of(call)
    left_out = GROUP_RIGHTS if isinstance(room, Channel) else CHANNEL_RIGHTS
    usable = [right for right in ADMIN_RIGHTS if right not in left_out]
    rights = tuple(right for right in usable if call.params.flag(right))
    if rights and "can_manage_chat" not in rights:
        rights = ("can_manage_chat", *rights)
    call.world.promote(
        call.bot.id,
        room.id,
        call.user_id(),
        rights,
        anonymous=call.params.flag("is_anonymous"),
    )
    return True
