"""Edits and deletions of messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sandbox.world.chats import Chat, Message
from sandbox.world.content_models import Content, Markup
from sandbox.world.errors import ApiError
from sandbox.world.events import MessageEdited, MessagesDeleted
from sandbox.world.messages import Talk
from sandbox.world.peers import Bot, Channel
from sandbox.world.refusals import refused
from sandbox.world.send_rules import check_content, check_may_send

DELETABLE_SECONDS = 48 * 3600
"""A bot deletes only messages younger than that. https://core.telegram.org/bots/api#deletemessage"""


class Unset:
    """Leave this part of the message as it is."""


UNSET: Final = Unset()

EDITABLE_MEDIA = ("photo", "video", "audio", "document", "animation", "voice", "live_photo")
DICE_SECONDS = 24 * 3600
"""In a private chat a dice stays that long. https://core.telegram.org/bots/api#deletemessage"""


class Changes(Talk):
    """Edits and deletions."""

    def edit(
        self,
        editor_id: int,
        chat: Chat,
        message_id: int,
        *,
        content: Content | Unset = UNSET,
        markup: Markup | Unset | None = UNSET,
    ) -> Message:
        """Replace a message's content, keyboard or both.

        Raises:
            ApiError: 400, there is no such message, it is somebody else's, nothing changes,
                the new text is empty or too long.
        """
        message = chat.messages.get(message_id)
        inline = message is not None and bool(message.inline_id) and message.via_bot_id == editor_id
        if message is None or not (inline or self.sees(editor_id, chat)):
            raise refused("edit_not_found")
        if not inline:
            self.check_edit(editor_id, chat, message, only_markup=isinstance(content, Unset))
            check_may_send(self, editor_id, chat, message.content)
        new_content = message.content
        if not isinstance(content, Unset):
            new_content = self.read(content)
            check_content(new_content, premium=self.premium(editor_id))
        new_markup = message.markup if isinstance(markup, Unset) else markup
        if (new_content, new_markup) == (message.content, message.markup):
            raise refused("not_modified")
        if new_content != message.content:
            message.edited = self.time()
        message.content, message.markup = new_content, new_markup
        self.tell(MessageEdited(chat=chat, message=message, editor_id=editor_id))
        return message

    def check_edit(
        self, editor_id: int, chat: Chat, message: Message, *, only_markup: bool = False
    ) -> None:
        """Raises ApiError: 400 message can't be edited."""
        if not self._may_edit(editor_id, chat, message, only_markup):
            raise refused("cannot_edit")

    def _may_edit(self, editor_id: int, chat: Chat, message: Message, only_markup: bool) -> bool:
        """https://github.com/tdlib/td (``MessagesManager::can_edit_message``)"""
        if message.content.service is not None or message.forward is not None:
            return False
        if self.strict and not self._editable(editor_id, message, only_markup):
            return False
        if message.outgoing(editor_id):
            return True
        room = self.room_of(chat)
        return isinstance(room, Channel) and room.member(editor_id).may("can_edit_messages")

    def _editable(self, editor_id: int, message: Message, only_markup: bool) -> bool:
        """A message with a reply keyboard never is; what has no text is by its buttons alone."""
        if message.markup is not None and message.markup.kind != "inline":
            return False
        content = message.content
        if content.is_text or content.special is not None:
            return True
        if content.media is not None and content.media.kind in EDITABLE_MEDIA:
            return True
        live = content.location is not None and content.location.live_period is not None
        return live or (only_markup and editor_id in self.state.bots)

    def delete(
        self,
        actor_id: int,
        chat: Chat,
        message_ids: Iterable[int],
        *,
        only_for_me: bool = False,
    ) -> list[int]:
        """Delete those that exist, for everybody; returns their ids.

        Raises:
            ApiError: 400, one of them may not be deleted by this actor.
        """
        found = [chat.messages[one] for one in message_ids if one in chat.messages]
        if not found or not self.sees(actor_id, chat):
            return []
        for message in found:
            refusal = None if only_for_me else self._undeletable(actor_id, chat, message)
            if refusal is not None:
                raise refusal
        gone = [message.id for message in found]
        self.forget(chat, gone)
        return gone

    def forget(self, chat: Chat, message_ids: Iterable[int]) -> None:
        """Remove messages from a chat and publish events. Checks nothing."""
        gone = tuple(message_ids)
        for message_id in gone:
            del chat.messages[message_id]
            if message_id in chat.pinned:
                chat.pinned.remove(message_id)
        if gone:
            self.tell(MessagesDeleted(chat=chat, message_ids=gone))

    def _undeletable(self, actor_id: int, chat: Chat, message: Message) -> ApiError | None:
        actor = self.user(actor_id)
        room = self.room_of(chat)
        if isinstance(actor, Bot) and actor.token:
            if self.now() - message.date > DELETABLE_SECONDS:
                return refused("cannot_delete_for_everyone")
            dice = self.strict and room is None and message.content.dice is not None
            if dice and self.now() - message.date < DICE_SECONDS:
                return refused("cannot_delete_for_everyone")
            kind = message.content.service.kind if message.content.service else ""
            if kind in ("supergroup_chat_created", "channel_chat_created", "forum_topic_created"):
                return refused("cannot_delete")
        if room is None or message.outgoing(actor_id):
            return None
        if room.member(actor_id).may("can_delete_messages"):
            return None
        return refused("cannot_delete")
