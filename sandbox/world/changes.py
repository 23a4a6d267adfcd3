"""Changing what was said: edits and deletions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sandbox.world.chats import Chat, Message
from sandbox.world.errors import ApiError, bad_request
from sandbox.world.events import MessageEdited, MessagesDeleted
from sandbox.world.peers import Bot, Channel
from sandbox.world.rules import check_content, check_may_send
from sandbox.world.talk import Talk, read
from sandbox.world.values import Content, Markup

DELETABLE_SECONDS = 48 * 3600
"""A bot deletes only messages younger than that. https://core.telegram.org/bots/api#deletemessage"""


class Keep:
    """Leave this part of the message as it is."""


KEEP: Final = Keep()

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the "
    "same as a current content and reply markup of the message"
)


class Changes(Talk):
    """Edits and deletions."""

    def edit(
        self,
        editor_id: int,
        chat: Chat,
        message_id: int,
        *,
        content: Content | Keep = KEEP,
        markup: Markup | Keep | None = KEEP,
    ) -> Message:
        """Replace a message's content, keyboard or both.

        Raises:
            ApiError: 400, there is no such message, it is somebody else's, nothing changes,
                the new text is empty or too long.
        """
        message = chat.messages.get(message_id)
        inline = message is not None and bool(message.inline_id) and message.via_bot_id == editor_id
        if message is None or not (inline or self.sees(editor_id, chat)):
            raise bad_request("message to edit not found")
        if not (inline or self._may_edit(editor_id, chat, message)):
            raise bad_request("message can't be edited")
        if not inline:
            check_may_send(self, editor_id, chat)
        new_content = message.content
        if not isinstance(content, Keep):
            check_content(content)
            new_content = read(content)
        new_markup = message.markup if isinstance(markup, Keep) else markup
        if (new_content, new_markup) == (message.content, message.markup):
            raise bad_request(NOT_MODIFIED)
        if new_content != message.content:
            message.edited = self.time()
        message.content, message.markup = new_content, new_markup
        self.tell(MessageEdited(chat=chat, message=message, editor_id=editor_id))
        return message

    def _may_edit(self, editor_id: int, chat: Chat, message: Message) -> bool:
        if message.content.service is not None or message.forward is not None:
            return False
        if message.outgoing(editor_id):
            return True
        room = self.room_of(chat)
        return isinstance(room, Channel) and room.member(editor_id).may("can_edit_messages")

    def delete(
        self,
        actor_id: int,
        chat: Chat,
        message_ids: Iterable[int],
        *,
        only_for_me: bool = False,
    ) -> list[int]:
        """Delete those that exist, for everybody; answers with their ids.

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
        """Take messages out of a chat and tell everybody. Checks nothing."""
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
                return bad_request("message can't be deleted for everyone")
            kind = message.content.service.kind if message.content.service else ""
            if kind in ("supergroup_chat_created", "channel_chat_created", "forum_topic_created"):
                return bad_request("message can't be deleted")
        if room is None or message.outgoing(actor_id):
            return None
        if room.member(actor_id).may("can_delete_messages"):
            return None
        return bad_request("message can't be deleted")
