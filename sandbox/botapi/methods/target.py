"""What all sending methods share: where to, in answer to what, with which keyboard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.botapi.call import Call
from sandbox.botapi.formatting import formatted
from sandbox.botapi.markup import read_markup
from sandbox.botapi.methods.direct_messages import direct_message_fields
from sandbox.world import Chat, Content, Entity, Markup, Message, ReplyTo
from sandbox.world.errors import bad_request


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a message goes."""

    call: Call
    chat: Chat
    markup: Markup | None
    reply_to: ReplyTo | None
    topic: int | None

    @classmethod
    def of(cls, call: Call) -> Target:
        """Read it from a call. Raises ApiError: 400, 403."""
        chat = call.chat()
        return cls(
            call=call,
            chat=chat,
            markup=read_markup(call.params),
            reply_to=_reply_to(call, chat),
            topic=call.params.number("message_thread_id") or None,
        )

    def say(self, content: Content, *, media_group_id: str = "") -> Message:
        """Raises ApiError: what :meth:`World.send` raises."""
        params = self.call.params
        connection = self.call.connection
        return self.call.world.send(
            self.call.actor_id,
            self.chat,
            content,
            reply_to=self.reply_to,
            topic=self.topic,
            markup=self.markup,
            silent=params.flag("disable_notification"),
            protected=params.flag("protect_content"),
            effect_id=params.text("message_effect_id"),
            media_group_id=media_group_id,
            business_bot_id=None if connection is None else self.call.bot.id,
            extra=direct_message_fields(self.call, self.chat),
        )

    def send(self, content: Content) -> dict[str, Any]:
        """Say it, and answer with the message."""
        receiver_id = _receiver(self.call)
        if receiver_id:
            message = self.call.world.ephemeral.send(
                self.call.bot.id, self.chat, receiver_id, content, self.markup
            )
            return self.call.shown(message)
        return self.call.shown(self.say(content))


def _receiver(call: Call) -> int:
    """Who alone is to see the message; 0 when everybody is."""
    given = call.params.json("ephemeral_message_parameters", "EphemeralMessageParameters")
    if isinstance(given, dict) and isinstance(given.get("receiver_user_id"), int):
        return int(given["receiver_user_id"])
    return call.params.number("receiver_user_id")


def _reply_to(call: Call, chat: Chat) -> ReplyTo | None:
    given = call.params.json("reply_parameters", "reply parameters")
    if given is None:
        message_id = call.params.number("reply_to_message_id")
        if not message_id:
            return None
        given = {
            "message_id": message_id,
            "allow_sending_without_reply": call.params.flag("allow_sending_without_reply"),
        }
    if not isinstance(given, Mapping):
        raise bad_request("object expected as reply parameters")
    message_id = int(given.get("message_id", 0))
    where = _reply_chat(call, chat, given)
    if message_id not in where.messages:
        if given.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")
    quote = str(given.get("quote") or "")
    if quote and quote not in where.messages[message_id].content.text:
        raise bad_request("QUOTE_TEXT_INVALID")
    return ReplyTo(
        message_id=message_id,
        chat=where.key if where.key != chat.key else "",
        quote=quote,
        quote_position=int(given.get("quote_position") or 0),
    )


def _reply_chat(call: Call, chat: Chat, given: Mapping[str, Any]) -> Chat:
    ref = given.get("chat_id")
    return chat if ref in (None, "") else call.world.chat(call.bot.id, ref)


def read_text(call: Call) -> tuple[str, tuple[Entity, ...]]:
    """``text`` with its markup. Raises ApiError: 400."""
    text = call.params.text("text")
    if not text:
        raise bad_request("message text is empty")
    entities = call.params.array("entities", "entities") if call.params.has("entities") else None
    return formatted(text, call.params.text("parse_mode"), entities)


def read_caption(call: Call) -> tuple[str, tuple[Entity, ...]]:
    """``caption`` with its markup. Raises ApiError: 400."""
    given = call.params.has("caption_entities")
    entities = call.params.array("caption_entities", "caption_entities") if given else None
    return formatted(call.params.text("caption"), call.params.text("parse_mode"), entities)


def link_preview(call: Call) -> dict[str, Any] | None:
    """``link_preview_options``, or the older ``disable_web_page_preview``."""
    given = call.params.json("link_preview_options", "link preview options")
    if given is None:
        return {"is_disabled": True} if call.params.flag("disable_web_page_preview") else None
    if not isinstance(given, dict):
        raise bad_request("object expected as link preview options")
    return given
