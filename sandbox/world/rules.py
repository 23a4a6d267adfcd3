"""Who may write where, and what a message may hold; refusals in Telegram's words.

The words are those of the Bot API server and TDLib:
https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp
"""

from __future__ import annotations

from sandbox.world.chats import Chat
from sandbox.world.core import Core
from sandbox.world.errors import ApiError, bad_request, forbidden
from sandbox.world.peers import BOTFATHER, SERVICE_ACCOUNT, Account, Bot, Channel, Group, User
from sandbox.world.texts import utf16
from sandbox.world.values import Content

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
_ALWAYS = (BOTFATHER, SERVICE_ACCOUNT)


def check_content(content: Content) -> None:
    """Raises ApiError: 400, the text or caption is empty or too long."""
    length = utf16(content.text)
    if content.is_text:
        if not content.text.strip():
            raise bad_request("message text is empty")
        if length > TEXT_LIMIT:
            raise bad_request("message is too long")
    elif length > CAPTION_LIMIT:
        raise bad_request("message caption is too long")


def check_may_send(world: Core, sender_id: int, chat: Chat) -> None:
    """Raises ApiError: 400 or 403, this sender may not write into this chat."""
    if sender_id in _ALWAYS:
        return
    sender = world.user(sender_id)
    room = world.room_of(chat)
    if room is not None:
        _check_room(sender, room)
        return
    other = world.user(chat.id_for(sender_id))
    if isinstance(sender, Bot):
        _check_bot(sender, other, chat)
    else:
        _check_person(sender, other)


def _check_bot(bot: Bot, other: User, chat: Chat) -> None:
    if isinstance(other, Bot):
        raise forbidden("bots can't send messages to bots")
    if other.deleted:
        raise forbidden("user is deactivated")
    if bot.id in other.blocked:
        raise forbidden("bot was blocked by the user")
    if not chat.open:
        raise forbidden("bot can't initiate conversation with a user")


def _check_person(person: Account, other: User) -> None:
    if other.id in person.blocked:
        raise bad_request("YOU_BLOCKED_USER")
    if other.deleted:
        raise bad_request("INPUT_USER_DEACTIVATED")
    if isinstance(other, Account) and person.id in other.blocked:
        raise bad_request("USER_IS_BLOCKED")
    if isinstance(other, Bot) and not other.admits(person.id):
        raise bad_request("BOT_ACCESS_FORBIDDEN")


def _check_room(sender: User, room: Group | Channel) -> None:
    if isinstance(room, Group) and room.migrated_to is not None:
        raise ApiError(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            migrate_to=room.migrated_to,
        )
    member = room.member(sender.id)
    if not member.inside:
        raise _outsider(sender, room, member.status)
    if isinstance(room, Channel):
        if not member.may("can_post_messages"):
            raise bad_request("need administrator rights in the channel chat")
    elif not member.can_send or not (
        member.admin or room.permissions.get("can_send_messages", True)
    ):
        raise bad_request("not enough rights to send text messages to the chat")


def _outsider(sender: User, room: Group | Channel, status: str) -> ApiError:
    if isinstance(sender, Account):
        return bad_request("CHAT_WRITE_FORBIDDEN")
    if status == "kicked" or room.kind == "group":
        return forbidden(f"bot was kicked from the {room.kind} chat")
    return forbidden(f"bot is not a member of the {room.kind} chat")


def check_topic(chat: Chat, sender_admin: bool, topic: int | None) -> None:
    """Raises ApiError: 400, no such topic, or it is closed."""
    if topic is None:
        return
    found = chat.topics.get(topic)
    if found is None:
        raise bad_request("message thread not found")
    if found.closed and not sender_admin:
        raise bad_request("TOPIC_CLOSED")
