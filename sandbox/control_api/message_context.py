"""Entities, reply, quote and forward origin of a message that a person sends."""

from __future__ import annotations

from typing import Any

from sandbox.control_api.context import ControlContext
from sandbox.control_api.errors import WrongBody
from sandbox.control_api.request_body import Body, whole
from sandbox.world import Account, Chat, Entity, Forward, ReplyTo
from sandbox.world.text_entities import utf16

_ENTITY_FIELDS = (
    "type",
    "offset",
    "length",
    "url",
    "user",
    "language",
    "custom_emoji_id",
    "unix_time",
    "date_time_format",
)
_ORIGIN_FIELDS = ("user", "hidden_name", "chat", "message_id", "signature", "date")


def read_entities(body: Body, name: str = "entities") -> tuple[Entity, ...]:
    """A list of entities as in the Bot API; ``user`` is an id.

    Raises:
        WrongBody: one of them is not an entity.
    """
    return tuple(_entity(name, one) for one in body.objects(name))


def _entity(field: str, given: Body) -> Entity:
    values = given.allow(*_ENTITY_FIELDS).everything()
    more: dict[str, Any] = {
        name: str(values[name])
        for name in ("url", "language", "custom_emoji_id", "date_time_format")
        if values.get(name) is not None
    }
    entity = Entity(
        type=given.text("type", longest=32),
        offset=given.number("offset"),
        length=given.number("length"),
        user_id=given.number_or_none("user"),
        unix_time=given.number_or_none("unix_time"),
        **more,
    )
    if entity.offset < 0 or entity.length < 1:
        raise WrongBody(field, "An entity's offset and length are counted from 0 and 1.")
    return entity


def read_reply(desk: ControlContext, body: Body, account: Account, chat: Chat) -> ReplyTo | None:
    """``reply_to``, perhaps with ``reply_chat`` (external reply) and ``quote``.

    ``quote`` is a string, or ``{text, position?, entities?}``; a position left out is that
    of the text's first occurrence.

    Raises:
        WrongBody: a quote without a message, or a text that is not in it.
        Unknown: ``reply_chat`` is no chat.
    """
    message_id = body.number_or_none("reply_to")
    if message_id is None:
        for name in ("quote", "reply_chat"):
            if body.has(name):
                raise WrongBody(name, f"'{name}' needs 'reply_to'.")
        return None
    where = desk.chat_in_body(body, account.id, "reply_chat") if body.has("reply_chat") else chat
    quote, position, entities = _quote(body)
    message = where.messages.get(message_id)
    if quote and message is not None:
        found = message.content.text.find(quote)
        if found < 0:
            raise WrongBody("quote", "The quoted words are not in the message.")
        if position is None:
            position = utf16(message.content.text[:found])
    return ReplyTo(
        message_id=message_id,
        chat="" if where is chat else where.key,
        quote=quote,
        quote_position=position or 0,
        quote_entities=entities,
    )


def _quote(body: Body) -> tuple[str, int | None, tuple[Entity, ...]]:
    if not isinstance(body.everything().get("quote"), dict):
        return body.text_or_none("quote") or "", None, ()
    quote = body.object_or_none("quote")
    assert quote is not None
    quote.allow("text", "position", "entities")
    return quote.text("text"), quote.number_or_none("position"), read_entities(quote)


def read_origin(desk: ControlContext, body: Body) -> Forward | None:
    """``origin``: the forward origin of a message.

    One of ``{user}``, ``{hidden_name}``, ``{chat, message_id, signature?}`` (a channel's
    post) and ``{chat, signature?}`` (an anonymous admin of a group), each with ``date?``.

    Raises:
        WrongBody: it is none of these.
        Unknown: the person or chat is not in the world.
    """
    given = body.object_or_none("origin")
    if given is None:
        return None
    given.allow(*_ORIGIN_FIELDS)
    if sum(given.has(name) for name in ("user", "hidden_name", "chat")) != 1:
        raise WrongBody("origin", "'origin' holds one of: user, hidden_name, chat.")
    date = given.number_or_none("date") or desk.world.time()
    if given.has("hidden_name"):
        return Forward(date=date, hidden_name=given.text("hidden_name", longest=128))
    if given.has("user"):
        return Forward(date=date, user_id=desk.user(whole("origin", given.number("user"))).id)
    return Forward(
        date=date,
        chat_id=desk.room(given.reference("chat")).id,
        message_id=given.number_or_none("message_id"),
        signature=given.text_or_none("signature", longest=128) or "",
    )
