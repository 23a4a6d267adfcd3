"""Common parameters of sending methods: chat, reply, keyboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.botapi.fields import LONG, Fields
from sandbox.botapi.formatting import formatted
from sandbox.botapi.methods.direct_messages import direct_message_fields
from sandbox.botapi.methods.reply_params import Reply
from sandbox.botapi.reply_markup import markup_for, read_markup
from sandbox.botapi.request import Call
from sandbox.world import Chat, Content, Entity, Group, Markup, Message, ReplyTo
from sandbox.world.errors import ApiError
from sandbox.world.groups import GENERAL_TOPIC
from sandbox.world.refusals import refused
from sandbox.world.send_rules import check_content, check_may_send

LINK_PREVIEW = (
    "is_disabled",
    "url",
    "prefer_small_media",
    "prefer_large_media",
    "show_above_text",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Destination of a message."""

    call: Call
    chat: Chat
    markup: Markup | None
    reply_to: ReplyTo | None
    topic: int | None

    @classmethod
    def of(cls, call: Call, *, markup: bool = True, reply: bool = True) -> Target:
        """Read it from a call.

        Args:
            markup, reply: whether the method takes a keyboard, whether it may be a reply.

        Raises:
            ApiError: 400, 403.
        """
        shown = read_markup(call.params) if markup else None
        wanted = Reply.of(call) if reply else None
        chat = call.chat()
        topic = thread(call, chat)
        return cls(
            call=call,
            chat=chat,
            markup=markup_for(chat, shown),
            reply_to=wanted.found(call, chat) if wanted else None,
            topic=topic,
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

    def checked(self, content: Content) -> Content:
        """A content that may be sent there, so that an album is sent completely or not at all.

        Raises:
            ApiError: what :meth:`World.send` raises.
        """
        world = self.call.world
        content = world.read(content)
        check_may_send(world, self.call.actor_id, self.chat, content)
        check_content(content)
        return content

    def send(self, content: Content) -> dict[str, Any]:
        """Send it; returns the message."""
        receiver_id = _receiver(self.call)
        if receiver_id:
            message = self.call.world.ephemeral.send(
                self.call.bot.id, self.chat, receiver_id, content, self.markup
            )
            return self.call.shown(message)
        return self.call.shown(self.say(content))


def _receiver(call: Call) -> int:
    """The only person who sees the message; 0 for everybody."""
    given = call.params.json("ephemeral_message_parameters", "EphemeralMessageParameters")
    if given is None:
        return call.params.number("receiver_user_id")
    fields = Fields(given, "can't parse EphemeralMessageParameters")
    return fields.number("receiver_user_id", limit=LONG)


def thread(call: Call, chat: Chat) -> int | None:
    """The topic a call names. A supergroup without topics ignores it.

    https://github.com/tdlib/telegram-bot-api (``Client::check_message_topic``)

    Raises:
        ApiError: 400, there is no such topic; General is not named.
    """
    topic = call.params.number("message_thread_id")
    room = call.world.room_of(chat)
    if topic <= 0 or (room is not None and not (isinstance(room, Group) and room.forum)):
        return None
    if room is not None and topic == GENERAL_TOPIC:
        raise refused("thread_not_found")
    return topic


def read_text(call: Call) -> tuple[str, tuple[Entity, ...]]:
    """``text`` with its markup. Raises ApiError: 400."""
    text = call.params.text("text")
    if not text:
        raise refused("empty")
    return formatted(text, call.params.text("parse_mode"), given_entities(call, "entities"))


def read_caption(call: Call) -> tuple[str, tuple[Entity, ...]]:
    """``caption`` with its markup. Raises ApiError: 400."""
    entities = given_entities(call, "caption_entities")
    return formatted(call.params.text("caption"), call.params.text("parse_mode"), entities)


def given_entities(call: Call, name: str) -> Any:
    """Entities as they were given; invalid JSON counts as none.

    https://github.com/tdlib/telegram-bot-api (``Client::get_input_entities``)
    """
    try:
        return call.params.json(name, name)
    except ApiError:
        return None


def link_preview(call: Call) -> dict[str, Any] | None:
    """``link_preview_options``, or the older ``disable_web_page_preview``."""
    given = call.params.json("link_preview_options", "link preview options")
    if given is None:
        return {"is_disabled": True} if call.params.flag("disable_web_page_preview") else None
    fields = Fields(given, wrong="object expected as link preview options")
    for name in ("is_disabled", "prefer_small_media", "prefer_large_media", "show_above_text"):
        fields.flag(name)
    fields.text("url")
    return {name: given[name] for name in LINK_PREVIEW if given.get(name) is not None}
