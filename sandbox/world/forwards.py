"""Forwards and copies of messages.

https://core.telegram.org/bots/api#forwardmessage · #copymessage
https://github.com/tdlib/td/blob/master/td/telegram/MessagesManager.cpp
(``get_forwarded_messages``, ``can_forward_message``)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from sandbox.world.chats import Chat, Message
from sandbox.world.content_models import Entity, Forward, Markup, ReplyTo
from sandbox.world.errors import bad_request, chat_not_found
from sandbox.world.message_edits import Changes
from sandbox.world.peers import Account, Channel
from sandbox.world.refusals import refused


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
            ApiError: 400, none of them exists or can be forwarded, or what :meth:`send` raises.
        """
        usable = self.forwardable(actor_id, from_chat, message_ids)
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
                media_group_id=self.album_of(albums, message),
                markup=message.markup if message.via_bot_id else None,
                as_it_is=True,
            )
            for message in usable
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
        above: bool | None = None,
        effect_id: str = "",
    ) -> Message:
        """Send a copy of a message, perhaps with another caption.

        The long caption of somebody with Telegram Premium stays only when neither caption,
        keyboard nor reply is given: then Telegram's servers copy, else the content is sent as new.
        https://github.com/tdlib/telegram-bot-api/issues/334

        Raises:
            ApiError: 400, it does not exist or cannot be copied, or what :meth:`send` raises.
        """
        original = self.present(actor_id, from_chat, [message_id], "copy_not_found")[0]
        if not self.may_copy(actor_id, original):
            raise refused("cannot_copy")
        content = original.content
        if caption is not None and not content.is_text:
            content = replace(content, text=caption[0], entities=caption[1])
            if above is not None:
                content = replace(content, caption_above=above)
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
            effect_id=effect_id,
            as_it_is=caption is None and markup is None and reply_to is None,
        )

    def present(
        self, actor_id: int, chat: Chat, message_ids: Iterable[int], missing: str
    ) -> list[Message]:
        """Those of the messages that exist.

        Args:
            missing: the refusal when none is.
        """
        if not self.sees(actor_id, chat):
            raise chat_not_found()
        found = [chat.messages[one] for one in message_ids if one in chat.messages]
        if not found:
            raise refused(missing)
        return found

    def forwardable(self, actor_id: int, chat: Chat, message_ids: Iterable[int]) -> list[Message]:
        """Those an actor may forward.

        Raises:
            ApiError: 400, the chat protects its content, or none can be forwarded.
        """
        wanted = list(message_ids)
        found = self.present(actor_id, chat, wanted, "forward_not_found")
        if self.protects(chat):
            raise refused("protected")
        usable = [one for one in found if one.content.service is None and not one.protected]
        if not usable:
            several = len(wanted) > 1
            raise refused("messages_cannot_be_forwarded" if several else "cannot_forward")
        return usable

    def may_copy(self, actor_id: int, message: Message) -> bool:
        """Not service messages, quizzes whose answer the actor does not know, and protected
        messages of others."""
        content = message.content
        if content.service is not None:
            return False
        if content.poll is not None and content.poll.quiz and not content.poll.correct:
            return False
        if content.special is not None and not content.special.copyable:
            return False
        return not message.protected or message.outgoing(actor_id)

    def origin(self, message: Message) -> Forward:
        """The origin that a forward of this message shows."""
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

    def album_of(self, albums: dict[str, str], message: Message) -> str:
        """The new album of a message's album; ``albums`` maps old to new."""
        if not message.media_group_id:
            return ""
        return albums.setdefault(message.media_group_id, str(self.serial()))


def increasing(message_ids: list[int]) -> list[int]:
    """Raises ApiError: 400, they are not in a strictly increasing order.

    https://github.com/tdlib/td (``MessagesManager::get_forwarded_messages``)
    """
    if any(one >= other for one, other in pairwise(message_ids)):
        raise bad_request("message identifiers must be in a strictly increasing order")
    return message_ids
