"""The message that is answered, and a quotation from it.

https://core.telegram.org/bots/api#replyparameters
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.botapi.fields import Fields
from sandbox.botapi.formatting import formatted
from sandbox.botapi.request import Call
from sandbox.world import Chat, Message, ReplyTo
from sandbox.world.refusals import refused
from sandbox.world.text_entities import utf16


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """``reply_parameters``, or the older ``reply_to_message_id``, as they were given."""

    message_id: int
    chat: str = ""
    optional: bool = False
    """``allow_sending_without_reply``"""
    quote: str = ""
    quote_position: int = 0

    @classmethod
    def of(cls, call: Call) -> Reply | None:
        """Read it from a call.

        https://github.com/tdlib/telegram-bot-api (``Client::get_reply_parameters``)

        Raises:
            ApiError: 400, they are malformed.
        """
        params = call.params
        if "reply_parameters" not in params.values:
            return cls(
                message_id=max(params.number("reply_to_message_id"), 0),
                optional=params.flag("allow_sending_without_reply"),
            )
        given = params.json("reply_parameters", "reply parameters")
        if given is None or given == {}:
            return None
        fields = Fields(given, wrong="object expected as reply parameters")
        quote, _ = formatted(
            fields.text("quote"), fields.text("quote_parse_mode"), fields.raw("quote_entities")
        )
        return cls(
            message_id=max(fields.number("message_id", required=True), 0),
            chat=fields.text("chat_id"),
            optional=fields.flag("allow_sending_without_reply"),
            quote=quote,
            quote_position=fields.number("quote_position"),
        )

    def found(self, call: Call, chat: Chat) -> ReplyTo | None:
        """The message replied to; None when the call names none, or may be sent without.

        Raises:
            ApiError: 400 message to be replied not found, QUOTE_TEXT_INVALID.
        """
        if self.message_id <= 0:
            return None
        where = call.chat_of(self.chat) if self.chat else chat
        message = where.messages.get(self.message_id)
        if message is None:
            if self.optional:
                return None
            raise refused("reply_not_found")
        return ReplyTo(
            message_id=self.message_id,
            chat=where.key if where.key != chat.key else "",
            quote=self.quote,
            quote_position=self._position(message) if self.quote else 0,
        )

    def _position(self, message: Message) -> int:
        """Position of the quotation: the occurrence nearest to the position given."""
        text, places, at = message.content.text, [], -1
        while (at := text.find(self.quote, at + 1)) >= 0:
            places.append(utf16(text[:at]))
        if not places:
            raise refused("quote_not_found")
        return min(places, key=lambda place: abs(place - self.quote_position))
