"""Checks of who may write where and of message content, with Telegram's descriptions.

The descriptions are those of the Bot API server and TDLib:
https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp
(``check_chat_access``), https://github.com/tdlib/td/blob/master/td/telegram/MessageContent.cpp
(``can_send_message_content``).
"""

from __future__ import annotations

from sandbox.world.chats import Chat
from sandbox.world.content_models import Content
from sandbox.world.errors import ApiError, bad_request
from sandbox.world.lookups import Core
from sandbox.world.peers import BOTFATHER, SERVICE_ACCOUNT, Account, Bot, Channel, Group, User
from sandbox.world.permissions import may_send_content
from sandbox.world.refusals import refused
from sandbox.world.text_entities import utf16

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
PREMIUM_CAPTION_LIMIT = 4096
"""https://core.telegram.org/api/config (``caption_length_limit_premium``)"""
_ALWAYS = (BOTFATHER, SERVICE_ACCOUNT)
_VOICES = ("voice", "video_note")


def check_content(content: Content, *, premium: bool = False) -> None:
    """Lengths are in UTF-16 code units, after the entities are parsed.

    Args:
        premium: whose captions may be longer.

    Raises:
        ApiError: 400, the text or caption is empty or too long.
    """
    length = utf16(content.text)
    if content.is_text:
        if not content.text.strip():
            raise refused("empty")
        if length > TEXT_LIMIT:
            raise refused("too_long")
    elif length > (PREMIUM_CAPTION_LIMIT if premium else CAPTION_LIMIT):
        raise refused("caption_too_long")


def check_may_send(world: Core, sender_id: int, chat: Chat, content: Content | None = None) -> None:
    """Raises ApiError: 400 or 403, this sender may not write this into this chat."""
    if sender_id in _ALWAYS:
        return
    sender = world.user(sender_id)
    room = world.room_of(chat)
    if room is not None:
        _check_room(sender, room, content)
        return
    other = world.user(chat.id_for(sender_id))
    if isinstance(sender, Bot):
        _check_bot(sender, other, chat)
    else:
        _check_person(sender, other)
    if content is not None:
        _check_voice(other, content)


def _check_bot(bot: Bot, other: User, chat: Chat) -> None:
    if isinstance(other, Bot):
        raise refused("bot_to_bot")
    if other.deleted:
        raise refused("deactivated")
    if bot.id in other.blocked:
        raise refused("blocked")
    if not chat.open:
        raise refused("cannot_initiate")


def _check_person(person: Account, other: User) -> None:
    if other.id in person.blocked:
        raise bad_request("YOU_BLOCKED_USER")
    if other.deleted:
        raise bad_request("INPUT_USER_DEACTIVATED")
    if isinstance(other, Account) and person.id in other.blocked:
        raise bad_request("USER_IS_BLOCKED")
    if isinstance(other, Bot) and not other.admits(person.id):
        raise bad_request("BOT_ACCESS_FORBIDDEN")


def _check_voice(other: User, content: Content) -> None:
    """https://core.telegram.org/api/privacy (``inputPrivacyKeyVoiceMessages``)"""
    voice = content.media is not None and content.media.kind in _VOICES
    if voice and isinstance(other, Account) and other.voice_forbidden:
        raise refused("voice_forbidden")


def _check_room(sender: User, room: Group | Channel, content: Content | None) -> None:
    if isinstance(room, Group) and room.migrated_to is not None:
        raise upgraded(room)
    member = room.member(sender.id)
    if not member.inside:
        if isinstance(sender, Account):
            raise refused("write_forbidden")
        raise outsider(room, member.status)
    if isinstance(room, Channel):
        if not member.may("can_post_messages"):
            raise refused("need_channel_rights")
    elif not member.admin:
        may_send_content(room, member, content)


def upgraded(room: Group) -> ApiError:
    """A basic group that has become a supergroup, with ``migrate_to_chat_id``."""
    error = refused("group_upgraded")
    error.migrate_to = room.migrated_to
    return error


def outsider(room: Group | Channel, status: str) -> ApiError:
    """A bot that is not in a group or channel."""
    return refused(f"{'kicked_from' if status == 'kicked' else 'not_in'}_{room.kind}")


def check_topic(chat: Chat, sender_admin: bool, topic: int | None) -> None:
    """Raises ApiError: 400, no such topic, or it is closed."""
    if topic is None:
        return
    found = chat.topics.get(topic)
    if found is None:
        raise refused("thread_not_found")
    if found.closed and not sender_admin:
        raise refused("topic_closed")
