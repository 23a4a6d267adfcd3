"""One person's numbered events, kept for a while so that a client can catch up."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sandbox.control_api.chat_serializers import row_json
from sandbox.control_api.serializers import Json, message_json, peer_json, reactions_json
from sandbox.world import (
    Account,
    CallbackAnswered,
    Chat,
    ChatAction,
    ChatListChanged,
    MemberChanged,
    Message,
    MessageEdited,
    MessagesDeleted,
    MessageSent,
    PeerAdded,
    PinChanged,
    PollChanged,
    ProfileChanged,
    ReactionChanged,
    TopicChanged,
    World,
    WorldEvent,
)
from sandbox.world.login_models import LoginEvent, SessionBegan, SessionEnded

KEPT = 2_000
"""Events kept for one person; a client that missed more reloads the lists."""


@dataclass(frozen=True, slots=True)
class Item:
    """One event of a stream."""

    number: int
    kind: str
    data: Json


Queue = asyncio.Queue[Item | None]
"""Queue of events for one stream; None ends it."""


@dataclass(slots=True)
class Feed:
    """One person's events. It is created at the first request."""

    first: int
    """Events up to this number are missing: they precede the feed, or were dropped."""
    items: deque[Item] = field(default_factory=deque)
    queues: set[Queue] = field(default_factory=set)

    def add(self, item: Item) -> None:
        self.items.append(item)
        if len(self.items) > KEPT:
            self.first = self.items.popleft().number
        for queue in self.queues:
            queue.put_nowait(item)


class Feeds:
    """All people's feeds. Nothing is computed for people without a stream."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._feeds: dict[int, Feed] = {}
        self._numbers = count(1)
        self._last = 0
        self.run = secrets.token_hex(4)
        """Prefix of event ids: those of an earlier run of the sandbox are invalid."""
        self._tellers: dict[type[WorldEvent], Callable[[Any], None]] = {
            MessageSent: self._sent,
            MessageEdited: self._edited,
            MessagesDeleted: self._deleted,
            PollChanged: self._poll,
            CallbackAnswered: self._answered,
            ChatAction: self._acting,
            ReactionChanged: self._reacted,
            PinChanged: self._facts_changed,
            TopicChanged: self._facts_changed,
            MemberChanged: self._facts_changed,
            ChatListChanged: self._list_changed,
            ProfileChanged: self._profile_changed,
            PeerAdded: self._joined,
        }
        world.hub.listen(self._hear)
        world.logins.listen(self._sessions_changed)

    def watch(self, account_ids: Iterable[int]) -> tuple[int, Queue]:
        """Begin to queue these people's events. Returns the last number given and the queue."""
        queue: Queue = asyncio.Queue()
        for account_id in account_ids:
            feed = self._feeds.setdefault(account_id, Feed(first=self._last))
            feed.queues.add(queue)
        return self._last, queue

    def unwatch(self, account_ids: Iterable[int], queue: Queue) -> None:
        for account_id in account_ids:
            self._feeds[account_id].queues.discard(queue)

    def missed(self, account_ids: Iterable[int], since: str) -> list[Item] | None:
        """Events after ``since``; None when they are no longer complete."""
        run, _, number = since.partition("-")
        if run != self.run or not number.isdecimal():
            return None
        after = int(number)
        feeds = [self._feeds[account_id] for account_id in account_ids]
        if any(feed.first > after and feed.items for feed in feeds):
            return None
        later = [item for feed in feeds for item in feed.items if item.number > after]
        return sorted(later, key=lambda item: item.number)

    def id_of(self, number: int) -> str:
        return f"{self.run}-{number}"

    def close(self) -> None:
        """End all streams; the sandbox closes."""
        for feed in self._feeds.values():
            for queue in feed.queues:
                queue.put_nowait(None)

    # --- From the world -----------------------------------------------------------------------

    def _hear(self, event: WorldEvent) -> None:
        tell = self._tellers.get(type(event))
        if tell is not None and self._feeds:
            tell(event)

    def _put(self, account_id: int, kind: str, data: Json) -> None:
        self._last = next(self._numbers)
        self._feeds[account_id].add(Item(self._last, kind, {"account": account_id, **data}))

    def _watchers(self, chat: Chat) -> list[int]:
        return [viewer for viewer in self._world.audience(chat) if viewer in self._feeds]

    def _about_message(self, kind: str, chat: Chat, message: Message) -> None:
        for viewer in self._watchers(chat):
            shown = message_json(self._world, viewer, chat, message)
            self._put(viewer, kind, {"chat": chat.id_for(viewer), "message": shown})
            self._row(viewer, chat)

    def _row(self, viewer: int, chat: Chat, *, facts: bool = False) -> None:
        row = row_json(self._world, viewer, chat) if self._world.lists(viewer, chat) else None
        data = {"chat": chat.id_for(viewer), "row": row, "facts": facts}
        self._put(viewer, "chat", data)

    def _sent(self, event: MessageSent) -> None:
        self._about_message("message", event.chat, event.message)

    def _edited(self, event: MessageEdited) -> None:
        self._about_message("edited", event.chat, event.message)

    def _poll(self, event: PollChanged) -> None:
        self._about_message("edited", event.chat, event.message)

    def _deleted(self, event: MessagesDeleted) -> None:
        for viewer in self._watchers(event.chat):
            if event.only_for not in (None, viewer):
                continue
            ids = list(event.message_ids)
            self._put(viewer, "deleted", {"chat": event.chat.id_for(viewer), "ids": ids})
            self._row(viewer, event.chat)

    def _answered(self, event: CallbackAnswered) -> None:
        callback = self._world.callbacks.get(event.callback_id)
        if event.account_id in self._feeds and callback is not None:
            data = {
                "chat": event.chat.id_for(event.account_id),
                "message_id": callback.message_id,
                "text": event.answer.text,
                "alert": event.answer.alert,
                "url": event.answer.url or None,
            }
            self._put(event.account_id, "answer", data)

    def _acting(self, event: ChatAction) -> None:
        for viewer in self._watchers(event.chat):
            data = {
                "chat": event.chat.id_for(viewer),
                "from": peer_json(self._world, event.actor_id),
                "action": event.action,
                "topic": event.topic,
            }
            self._put(viewer, "typing", data)

    def _reacted(self, event: ReactionChanged) -> None:
        for viewer in self._watchers(event.chat):
            data = {
                "chat": event.chat.id_for(viewer),
                "message_id": event.message.id,
                "reactions": reactions_json(event.message),
            }
            self._put(viewer, "reactions", data)

    def _facts_changed(self, event: PinChanged | TopicChanged | MemberChanged) -> None:
        for viewer in self._watchers(event.chat):
            self._row(viewer, event.chat, facts=True)

    def _list_changed(self, event: ChatListChanged) -> None:
        if event.account_id in self._feeds:
            self._row(event.account_id, event.chat)

    def _profile_changed(self, event: ProfileChanged) -> None:
        for viewer in list(self._feeds):
            for chat in self._world.chats_of(viewer):
                if chat.id_for(viewer) == event.peer_id:
                    self._row(viewer, chat, facts=True)

    def _sessions_changed(self, event: LoginEvent) -> None:
        if isinstance(event, SessionBegan | SessionEnded) and event.account_id in self._feeds:
            self._put(event.account_id, "sessions", {})

    def _joined(self, event: PeerAdded) -> None:
        if isinstance(self._world.peer(event.peer_id), Account):
            for viewer in list(self._feeds):
                self._put(viewer, "cast", {"person": event.peer_id})
