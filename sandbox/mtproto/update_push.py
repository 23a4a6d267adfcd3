"""Sends updates of the world's events to connected clients.

Each event is written to the pts log first, so that a disconnected client, or one that missed a
packet, gets it by ``updates.getDifference``.
https://core.telegram.org/api/updates
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from telethon.tl import types

from sandbox.mtproto import tl_codec
from sandbox.mtproto.serializers.messages import message_form, people_of, update_form
from sandbox.mtproto.serializers.peers import forms_of, is_channel
from sandbox.world import World
from sandbox.world.chats import Chat
from sandbox.world.events import MessageEdited, MessagesDeleted, MessageSent, WorldEvent
from sandbox.world.pts_log import PtsEvent, PtsEventType

if TYPE_CHECKING:
    from sandbox.mtproto.connection import Connection


class Pushes:
    """Listens to the world's hub."""

    def __init__(self, world: World, connections: set[Connection]) -> None:
        self._world = world
        self._connections = connections
        self._origin: Connection | None = None
        self._own: list[PtsEvent] = []

    @contextmanager
    def caused_by(self, connection: Connection) -> Iterator[list[PtsEvent]]:
        """Within, the caller's updates are not pushed to its own connection but collected.

        The caller gets it in the answer to its call.
        """
        self._origin, self._own = connection, []
        try:
            yield self._own
        finally:
            self._origin = None

    def on_event(self, event: WorldEvent) -> None:
        match event:
            case MessageSent():
                actor = event.message.author_id or event.message.sender_id
                self._note(PtsEventType.NEW, event.chat, (event.message.id,), actor)
            case MessageEdited():
                self._note(PtsEventType.EDITED, event.chat, (event.message.id,), event.editor_id)
            case MessagesDeleted():
                self._note(
                    PtsEventType.DELETED, event.chat, event.message_ids, None, event.only_for
                )

    def _note(
        self,
        what: PtsEventType,
        chat: Chat,
        message_ids: tuple[int, ...],
        actor: int | None,
        only_for: int | None = None,
    ) -> None:
        """``actor`` None: the current caller."""
        boxes = self._world.logins.boxes
        viewers = self._viewers(chat, only_for)
        if chat.room_id is not None and is_channel(chat.room_id):
            shared = boxes[chat.room_id].add(what, chat.room_id, message_ids)
            steps = [(viewer, shared) for viewer in viewers]
        else:
            steps = [
                (viewer, boxes[viewer].add(what, chat.id_for(viewer), message_ids))
                for viewer in viewers
            ]
        for viewer, happening in steps:
            self._push(viewer, happening, actor)

    def _viewers(self, chat: Chat, only_for: int | None) -> list[int]:
        """Members of the chat who use a client over MTProto."""
        people = {session.user_id for session in self._world.logins.keys.values()}
        seeing = [viewer for viewer in self._world.audience(chat) if viewer in people]
        return [viewer for viewer in seeing if only_for in (None, viewer)]

    def _push(self, viewer: int, happening: PtsEvent, actor: int | None) -> None:
        listening = [
            connection
            for connection in self._connections
            if connection.session is not None
            and connection.session.user_id == viewer
            and connection.stream is not None
            and connection.stream.wants_updates
        ]
        own = self._is_own(viewer, actor)
        if own:
            self._own.append(happening)
        if not listening:
            return
        update = self.form(viewer, [happening])
        for connection in listening:
            if not (own and connection is self._origin):
                connection.send(update)

    def _is_own(self, viewer: int, actor: int | None) -> bool:
        if self._origin is None or self._origin.session is None:
            return False
        caller = self._origin.session.user_id
        return viewer == caller and actor in (None, caller)

    # --- Forms --------------------------------------------------------------------------------

    def form(self, viewer: int, happenings: Iterable[PtsEvent], *first: Any) -> Any:
        """An ``updates`` of these events, with ``first`` before them."""
        updates: list[Any] = list(first)
        people: set[int] = set()
        for happening in happenings:
            update, named = self.update(viewer, happening)
            people |= named
            if update is not None:
                updates.append(update)
        users, chats = forms_of(self._world, people, viewer)
        return types.Updates(updates, users, chats, tl_codec.moment(self._world.time()), 0)

    def update(self, viewer: int, happening: PtsEvent) -> tuple[Any, set[int]]:
        """An event's update and the ids it names; None when its message was deleted since."""
        if happening.what is PtsEventType.DELETED:
            return update_form(happening, None), set()
        chat = self._world.chat(viewer, happening.chat)
        message = self._world.message(chat, happening.message_ids[0])
        if message is None:
            return None, set()
        form = message_form(message, chat, viewer)
        return update_form(happening, form), people_of(message, chat, viewer)
