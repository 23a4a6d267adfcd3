"""The world in the Bot API's JSON, as one bot sees it."""

from __future__ import annotations

from sandbox.botapi.serializers.full_chats import full_chat
from sandbox.botapi.serializers.messages import message
from sandbox.botapi.serializers.people import chat, chat_member, me, user

__all__ = ["chat", "chat_member", "full_chat", "me", "message", "user"]
