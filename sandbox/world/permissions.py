"""Permissions of group members, by the kind of content.

https://core.telegram.org/bots/api#chatpermissions
https://github.com/tdlib/td/blob/master/td/telegram/MessageContent.cpp
(``can_send_message_content``)
"""

from __future__ import annotations

from sandbox.world.content_models import Content
from sandbox.world.errors import bad_request
from sandbox.world.peers import Group, Member

_MEDIA = {
    "photo": ("can_send_photos", "photos"),
    "video": ("can_send_videos", "videos"),
    "audio": ("can_send_audios", "music"),
    "document": ("can_send_documents", "documents"),
    "voice": ("can_send_voice_notes", "voice notes"),
    "video_note": ("can_send_video_notes", "video notes"),
    "animation": ("can_send_other_messages", "animations"),
    "sticker": ("can_send_other_messages", "stickers"),
}
_OTHERS = {
    "poll": ("can_send_polls", "polls"),
    "dice": ("can_send_other_messages", "dice"),
    "contact": ("can_send_messages", "contacts"),
}
_TEXT = ("can_send_messages", "text messages")


def may_send_content(room: Group, member: Member, content: Content | None) -> None:
    """Raises ApiError: 400 not enough rights to send … to the chat."""
    permission, words = _needed(content)
    allowed = member.may_send(permission) and room.permissions.get(permission, True)
    if not allowed:
        raise bad_request(f"not enough rights to send {words} to the chat")


def _needed(content: Content | None) -> tuple[str, str]:
    """The permission, and Telegram's name of the content."""
    if content is None or content.is_text:
        return _TEXT
    if content.media is not None:
        return _MEDIA.get(content.media.kind, ("can_send_documents", "documents"))
    if content.location is not None:
        return "can_send_messages", "venues" if content.location.title else "locations"
    for name, needed in _OTHERS.items():
        if getattr(content, name) is not None:
            return needed
    return _TEXT
