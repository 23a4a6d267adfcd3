"""Chats and their messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.world.content_models import Content, Forward, Markup, ReplyTo
from sandbox.world.peers import Topic


@dataclass(slots=True, kw_only=True)
class Message:
    """A message. Its id is the same for everybody who sees it.

    ``sender_id`` is a person's or bot's id, or the channel's own id for its posts.
    Dates are seconds of the epoch.
    """

    id: int
    chat: str
    sender_id: int
    date: int
    content: Content
    markup: Markup | None = None
    reply_to: ReplyTo | None = None
    topic: int | None = None
    forward: Forward | None = None
    edited: int | None = None
    author_id: int | None = None
    """Who wrote a channel's post."""
    signature: str = ""
    via_bot_id: int | None = None
    media_group_id: str = ""
    reactions: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """By who reacted."""
    protected: bool = False
    silent: bool = False
    effect_id: str = ""
    views: int = 0
    business_bot_id: int | None = None
    """The bot that wrote on a person's behalf."""
    inline_id: str = ""
    """By which the bot it was sent by way of may edit it."""
    extra: dict[str, Any] = field(default_factory=dict)
    """More fields of the Bot API's message, in the shape of :class:`Special`'s values."""

    def outgoing(self, viewer_id: int) -> bool:
        return viewer_id in (self.sender_id, self.author_id)


@dataclass(slots=True, kw_only=True)
class Chat:
    """A private chat between two, or a group's or channel's chat.

    ``key`` is its permanent name: ``p:<smaller id>:<larger id>`` or ``r:<room id>``.
    """

    key: str
    kind: str
    """private, group, supergroup or channel."""
    pair: tuple[int, int] | None = None
    room_id: int | None = None
    open: bool = False
    """A private chat with a bot: the person has written to it, so it may write to them."""
    last_id: int = 0
    """The counter of a supergroup or channel; the others share the world's."""
    messages: dict[int, Message] = field(default_factory=dict, repr=False)
    ephemeral: dict[int, Message] = field(default_factory=dict, repr=False)
    """Messages that only one member sees, by the ephemeral message's own id."""
    pinned: list[int] = field(default_factory=list)
    """The latest last."""
    topics: dict[int, Topic] = field(default_factory=dict)
    cleared: dict[int, int] = field(default_factory=dict)
    """Who cleared the chat for themselves, and up to which message id."""
    read: dict[int, int] = field(default_factory=dict)
    """Up to which message id each has read."""

    @property
    def private(self) -> bool:
        return self.pair is not None

    def id_for(self, viewer_id: int) -> int:
        """The chat's id as this viewer has it: a private chat's is the other side's id."""
        if self.pair is None:
            assert self.room_id is not None
            return self.room_id
        first, second = self.pair
        return second if viewer_id == first else first

    def newest(self) -> Message | None:
        return next(reversed(self.messages.values()), None)


def private_key(one: int, other: int) -> str:
    low, high = sorted((one, other))
    return f"p:{low}:{high}"


def room_key(room_id: int) -> str:
    return f"r:{room_id}"
