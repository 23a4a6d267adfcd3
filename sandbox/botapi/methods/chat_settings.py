"""Chat settings of admins: permissions, photo, titles, tags, reactions, boosts.

https://core.telegram.org/bots/api#setchatpermissions
"""

from __future__ import annotations

from typing import Any

from sandbox.botapi.methods.chats import room_of
from sandbox.botapi.methods.uploads import take_file
from sandbox.botapi.request import Call, method
from sandbox.botapi.serializers.invites import boost
from sandbox.world import Channel, Group
from sandbox.world.errors import bad_request
from sandbox.world.peers import PERMISSIONS

Json = dict[str, Any]


@method("setChatPermissions")
def set_chat_permissions(call: Call) -> bool:
    given = call.params.json("permissions", "permissions")
    if not isinstance(given, dict):
        raise bad_request("object expected as permissions")
    permissions = {name: bool(given.get(name)) for name in PERMISSIONS}
    call.world.room_settings.set_permissions(call.bot.id, _room(call), permissions)
    return True


@method("setChatPhoto")
def set_chat_photo(call: Call) -> bool:
    upload = call.params.files.get("photo")
    if upload is None and not call.params.text("photo").startswith("attach://"):
        given = call.params.has("photo")
        raise bad_request(
            "photo must be uploaded as an InputFile"
            if given
            else "there is no photo in the request"
        )
    photo = take_file(call, call.params.text("photo"), "photo", upload)
    call.world.room_settings.set_photo(call.bot.id, _room(call), photo)
    return True


@method("deleteChatPhoto")
def delete_chat_photo(call: Call) -> bool:
    call.world.room_settings.set_photo(call.bot.id, _room(call), None)
    return True


@method("setChatAdministratorCustomTitle")
def set_custom_title(call: Call) -> bool:
    room, title = _group(call), call.params.text("custom_title")
    call.world.room_settings.set_title_of(call.bot.id, room, call.user_id(), title)
    return True


@method("setChatMemberTag")
def set_member_tag(call: Call) -> bool:
    room, tag = _group(call), call.params.text("tag")
    call.world.room_settings.set_tag(call.bot.id, room, call.user_id(), tag)
    return True


@method("banChatSenderChat")
def ban_sender_chat(call: Call) -> bool:
    return _ban_sender(call, banned=True)


@method("unbanChatSenderChat")
def unban_sender_chat(call: Call) -> bool:
    return _ban_sender(call, banned=False)


def _ban_sender(call: Call, *, banned: bool) -> bool:
    room = room_of(call)
    if not call.params.has("sender_chat_id"):
        raise bad_request("sender_chat_id is empty")
    sender_id = call.params.number("sender_chat_id")
    if not sender_id:
        raise bad_request("sender_chat_id is not a valid Integer")
    call.world.room_settings.ban_sender(call.bot.id, room, sender_id, banned=banned)
    return True


@method("setChatStickerSet")
def set_chat_sticker_set(call: Call) -> bool:
    name = call.params.text("sticker_set_name")
    if not name:
        raise bad_request("sticker_set_name is empty")
    call.world.room_settings.set_sticker_set(call.bot.id, _supergroup(call), name)
    return True


@method("deleteChatStickerSet")
def delete_chat_sticker_set(call: Call) -> bool:
    call.world.room_settings.set_sticker_set(call.bot.id, _supergroup(call), "")
    return True


@method("deleteMessageReaction")
def delete_message_reaction(call: Call) -> bool:
    chat, message_id = call.chat(), call.message_id()
    if message_id not in chat.messages:
        raise bad_request("message to react not found")
    call.world.room_settings.remove_reactions(
        call.bot.id, chat, by=_reactor(call), message_ids=(message_id,)
    )
    return True


@method("deleteAllMessageReactions")
def delete_all_message_reactions(call: Call) -> bool:
    call.world.room_settings.remove_reactions(call.bot.id, call.chat(), by=_reactor(call))
    return True


def _reactor(call: Call) -> int | None:
    return call.params.number_or_none("user_id") or call.params.number_or_none("actor_chat_id")


@method("unpinAllGeneralForumTopicMessages")
def unpin_all_general_messages(call: Call) -> bool:
    """Those that are in no other topic. https://core.telegram.org/bots/api#forum"""
    call.world.unpin_all(call.bot.id, call.chat(), topic=None, only_general=True)
    return True


@method("getUserChatBoosts")
def get_user_chat_boosts(call: Call) -> Json:
    found = call.world.room_settings.boosts_of(call.bot.id, room_of(call), call.user_id())
    return {"boosts": [boost(call.world, one) for one in found]}


def _room(call: Call) -> Group | Channel:
    """The group or channel. Raises ApiError: 400, it is a private chat."""
    room = call.world.room_of(call.chat())
    if room is None:
        what = "permissions" if "permissions" in call.method.lower() else "photo"
        raise bad_request(f"can't change private chat {what}")
    return room


def _group(call: Call) -> Group:
    room = call.world.room_of(call.chat())
    if not isinstance(room, Group):
        raise bad_request("method is available only for groups and supergroups")
    return room


def _supergroup(call: Call) -> Group:
    room = call.world.room_of(call.chat())
    if not isinstance(room, Group) or room.basic:
        raise bad_request("method is available only for supergroups")
    return room
