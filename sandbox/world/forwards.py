"""Saying it again elsewhere: forwards and copies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sandbox.world.changes import Changes
from sandbox.world.chats import Chat, Message
from sandbox.world.errors import bad_request
from sandbox.world.peers import Account, Channel
from sandbox.world.values import Entity, Forward, Markup, ReplyTo


class Forwards(Changes):
    """Forwards and copies."""

    def forward(
        self,
        actor_id: int,
        to_chat: Chat,
        from_chat: Chat,
        message_ids: Iterable[int],
        *,
        topic: int | None = None,
        silent: bool = False,
        protected: bool = False,
    ) -> list[Message]:
        """Forward those that can be; albums stay albums.

        Raises:
            ApiError: 400, none of them exists, or what :meth:`send` raises.
        """
        albums: dict[str, str] = {}
        return [
            self.send(
                actor_id,
                to_chat,
                message.content,
                topic=topic,
                forward=message.forward or self.origin(message),
                silent=silent,
                protected=protected,
                media_group_id=self._album(albums, message),
                markup=message.markup if message.via_bot_id else None,
            )
            for message in self.sayable(actor_id, from_chat, message_ids, "forward")
        ]

    def copy(
        self,
        actor_id: int,
        to_chat: Chat,
        from_chat: Chat,
        message_id: int,
        *,
        caption: tuple[str, tuple[Entity, ...]] | None = None,
        topic: int | None = None,
        reply_to: ReplyTo | None = None,
        markup: Markup | None = None,
        silent: bool = False,
        protected: bool = False,
        media_group_id: str = "",
    ) -> Message:
        """Say a message's content again as one's own, a media's caption perhaps another.

        Raises:
            ApiError: 400, it does not exist or cannot be copied, or what :meth:`send` raises.
        """
        original = self.sayable(actor_id, from_chat, [message_id], "copy")[0]
        content = original.content
        if content.poll is not None and content.poll.quiz and not content.poll.correct:
            raise bad_request("message can't be copied")
        if content.special is not None and not content.special.copyable:
            raise bad_request("message can't be copied")
        if caption is not None and not content.is_text:
            content = replace(content, text=caption[0], entities=caption[1])
        return self.send(
            actor_id,
            to_chat,
            content,
            topic=topic,
            reply_to=reply_to,
            markup=markup,
            silent=silent,
            protected=protected,
            media_group_id=media_group_id,
        )

    def sayable(
        self, actor_id: int, chat: Chat, message_ids: Iterable[int], verb: str
    ) -> list[Message]:
        """The messages an actor may forward or copy from a chat, service lines left out."""
        if not self.sees(actor_id, chat):
            raise bad_request("chat not found")
        wanted = [chat.messages[one] for one in message_ids if one in chat.messages]
        if not wanted:
            raise bad_request(f"message to {verb} not found")
        usable = [
            one for one in wanted if one.content.service is None and not self._kept(actor_id, one)
        ]
        if not usable:
            past = {"forward": "forwarded", "copy": "copied"}[verb]
            raise bad_request(f"message can't be {past}")
        return usable

    def origin(self, message: Message) -> Forward:
        """How a forward of this message names who said it."""
        sender = self.peer(message.sender_id)
        if isinstance(sender, Channel):
            return Forward(
                date=message.date,
                chat_id=sender.id,
                message_id=message.id,
                signature=message.signature,
            )
        if isinstance(sender, Account) and sender.hides_forwards:
            return Forward(date=message.date, hidden_name=sender.name)
        return Forward(date=message.date, user_id=sender.id)

    def _kept(self, actor_id: int, message: Message) -> bool:
        return message.protected and not message.outgoing(actor_id)

    def _album(self, albums: dict[str, str], message: Message) -> str:
        if not message.media_group_id:
            return ""
        return albums.setdefault(message.media_group_id, str(self.serial()))
