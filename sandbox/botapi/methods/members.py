"""Members of chats. https://core.telegram.org/bots/api#getchatmember"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.call import Call, method
from sandbox.botapi.methods.chats import room_of
from sandbox.botapi.render import chat_member
from sandbox.world import ADMIN_RIGHTS, Bot, Member
from sandbox.world.errors import bad_request

Json = dict[str, Any]


@method("getChatMember")
def get_chat_member(call: Call) -> Json:
    chat, user_id = call.chat(), call.user_id()
    room = call.world.room_of(chat)
    if room is not None:
        return chat_member(call.world, room.member(user_id), room)
    if user_id not in (chat.pair or ()):
        raise bad_request("user not found")
    return chat_member(call.world, Member(user_id=user_id, status="member"), None)


@method("getChatAdministrators")
def get_chat_administrators(call: Call) -> list[Json]:
    """Bots other than the asking one are left out."""
    room = call.world.room_of(call.chat())
    if room is None:
        raise bad_request("there are no administrators in the private chat")
    return [
        chat_member(call.world, member, room)
        for member in room.insiders()
        if member.admin
        and (member.user_id == call.bot.id or not isinstance(call.world.user(member.user_id), Bot))
    ]


@method("getChatMemberCount")
def get_chat_member_count(call: Call) -> int:
    room = call.world.room_of(call.chat())
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
    permissions = call.params.json("permissions", "permissions")
    if not isinstance(permissions, dict):
        raise bad_request("object expected as permissions")
    call.world.restrict(
        call.bot.id,
        room_of(call).id,
        call.user_id(),
        can_send=bool(permissions.get("can_send_messages")),
        until=call.params.number("until_date"),
    )
    return True


@method("promoteChatMember")
def promote_chat_member(call: Call) -> bool:
    rights = tuple(right for right in ADMIN_RIGHTS if call.params.flag(right))
    if rights and "can_manage_chat" not in rights:
        rights = ("can_manage_chat", *rights)
    call.world.promote(
        call.bot.id,
        room_of(call).id,
        call.user_id(),
        rights,
        anonymous=call.params.flag("is_anonymous"),
    )
    return True
