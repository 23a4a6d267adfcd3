"""Events of the world, and the hub that publishes them synchronously."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.world.chats import Chat, Message
from sandbox.world.content_models import CallbackAnswer, Poll
from sandbox.world.invite_models import InviteLink
from sandbox.world.peers import Member

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldEvent:
    """An event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerAdded(WorldEvent):
    """A person, bot, group or channel was created."""

    peer_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(WorldEvent):
    chat: Chat
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited(WorldEvent):
    """``editor_id`` changed its text, media or keyboard."""

    chat: Chat
    message: Message
    editor_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesDeleted(WorldEvent):
    """Deleted for everybody, or only for ``only_for``."""

    chat: Chat
    message_ids: tuple[int, ...]
    only_for: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPressed(WorldEvent):
    callback_id: str
    account_id: int
    bot_id: int
    chat: Chat
    message: Message
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAnswered(WorldEvent):
    callback_id: str
    account_id: int
    bot_id: int
    chat: Chat
    answer: CallbackAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatAction(WorldEvent):
    """Somebody is typing, uploading … for about five seconds."""

    chat: Chat
    actor_id: int
    action: str
    topic: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionChanged(WorldEvent):
    chat: Chat
    message: Message
    actor_id: int
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChanged(WorldEvent):
    """Blocked or unblocked a bot (a private chat), joined, left, was promoted …

    ``user_id`` is whose member status changed, ``actor_id`` who did it.
    """

    chat: Chat
    actor_id: int
    user_id: int
    old: Member
    new: Member
    link: InviteLink | None = None
    """The invite link they used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedBotChanged(WorldEvent):
    """A managed bot was made, or its token or owner changed. ``created`` is True for the first."""

    manager_id: int
    owner_id: int
    bot_id: int
    created: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(WorldEvent):
    bot_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PinChanged(WorldEvent):
    chat: Chat
    message_id: int
    pinned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicChanged(WorldEvent):
    chat: Chat
    topic_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PollChanged(WorldEvent):
    """A vote was cast, retracted, or the poll was closed (``voter_id`` None)."""

    chat: Chat
    message: Message
    poll: Poll
    voter_id: int | None = None
    options: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsChanged(WorldEvent):
    account_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanged(WorldEvent):
    """A bot's name, description, commands or menu button, or a group's title changed."""

    peer_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatListChanged(WorldEvent):
    """``account_id`` sees a new chat, or lost one, or it was read or cleared."""

    account_id: int
    chat: Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class BotTold(WorldEvent):
    """An update for one bot that has no event type of its own.

    ``value`` is the update's content in the shape of :class:`~sandbox.world.Special`'s values,
    ``chat_id`` orders it among a webhook's deliveries.
    """

    bot_id: int
    kind: str
    value: Any
    chat_id: int = 0


Listener = Callable[[WorldEvent], None]


class Hub:
    """Calls every listener, in the order of subscription, before the change returns.

    Events caused by a listener are published after the current one, so that all listeners get
    events in their order. A failure of a listener is logged and affects nothing else.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._untold: deque[WorldEvent] = deque()
        self._telling = False

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Returns a function that unsubscribes."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, event: WorldEvent) -> None:
        self._untold.append(event)
        if self._telling:
            return
        self._telling = True
        try:
            while self._untold:
                self._tell_all(self._untold.popleft())
        finally:
            self._telling = False

    def _tell_all(self, event: WorldEvent) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:
                log.exception("a listener failed on %s", type(event).__name__)
