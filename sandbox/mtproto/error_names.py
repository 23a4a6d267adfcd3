"""MTProto's error names of the world's refusals."""

from __future__ import annotations

import re

from sandbox.mtproto.errors import RpcRefusal
from sandbox.world.errors import ApiError

NAMES = {
    "chat not found": "PEER_ID_INVALID",
    "user not found": "USER_ID_INVALID",
    "message text is empty": "MESSAGE_EMPTY",
    "text must be non-empty": "MESSAGE_EMPTY",
    "message is too long": "MESSAGE_TOO_LONG",
    "message caption is too long": "MEDIA_CAPTION_TOO_LONG",
    "message to be replied not found": "REPLY_MESSAGE_ID_INVALID",
    "message to edit not found": "MESSAGE_ID_INVALID",
    "message to delete not found": "MESSAGE_ID_INVALID",
    "message to forward not found": "MESSAGE_ID_INVALID",
    "message can't be edited": "MESSAGE_AUTHOR_REQUIRED",
    "message can't be deleted": "MESSAGE_DELETE_FORBIDDEN",
    "message thread not found": "TOPIC_ID_INVALID",
    "need administrator rights in the channel chat": "CHAT_ADMIN_REQUIRED",
    "not enough rights to send text messages to the chat": "CHAT_SEND_PLAIN_FORBIDDEN",
}
BARE_NAME = re.compile(r"[A-Z][A-Z0-9_]+")


def refusal_of(error: ApiError) -> RpcRefusal:
    """MTProto's form of a refusal; a wait becomes FLOOD_WAIT."""
    if error.retry_after is not None:
        return RpcRefusal(420, f"FLOOD_WAIT_{error.retry_after}")
    words = error.description.rpartition(": ")[2]
    if (
        words.startswith("message is not modified")
        or "message is not modified" in error.description
    ):
        return RpcRefusal(400, "MESSAGE_NOT_MODIFIED")
    if BARE_NAME.fullmatch(words):
        return RpcRefusal(error.code, words)
    return RpcRefusal(error.code, NAMES.get(words) or _shout(words))


def _shout(words: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", words.upper()).strip("_")
