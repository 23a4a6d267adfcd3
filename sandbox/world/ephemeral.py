"""Messages in groups that only one person sees.

https://core.telegram.org/bots/api#ephemeral-messages-and-commands
"""

from __future__ import annotations

from sandbox.world.chats import Chat, Message
from sandbox.world.content_models import Content, Markup
from sandbox.world.errors import bad_request
from sandbox.world.messages import Talk
from sandbox.world.send_rules import check_content, check_may_send

NOT_FOUND = "message to edit not found"


class Ephemeral:
    """Stored beside a chat's messages, by receiver; only the receiver gets events."""

    def __init__(self, world: Talk) -> None:
        self._world = world

    def send(
        self, bot_id: int, chat: Chat, receiver_id: int, content: Content, markup: Markup | None
    ) -> Message:
        """Raises ApiError: 400, no group, or the receiver is not in it."""
        room = self._world.room_of(chat)
        if room is None or room.kind not in ("group", "supergroup"):
            raise bad_request("method is available only for groups and supergroups")
        if not room.has(receiver_id):
            raise bad_request("USER_NOT_PARTICIPANT")
        content = self._world.read(content)
        check_may_send(self._world, bot_id, chat, content)
        check_content(content)
        number = max(chat.ephemeral, default=0) + 1
        message = Message(
            id=0,
            chat=chat.key,
            sender_id=bot_id,
            date=self._world.time(),
            content=content,
            markup=markup,
            extra={"receiver_user": {"$user": receiver_id}, "ephemeral_message_id": number},
        )
        chat.ephemeral[number] = message
        return message

    def of(self, chat: Chat, receiver_id: int) -> list[Message]:
        """Messages that only this person sees here, oldest first."""
        return [one for one in chat.ephemeral.values() if _receiver(one) == receiver_id]

    def find(self, bot_id: int, chat: Chat, receiver_id: int, number: int) -> Message:
        """Raises ApiError: 400, the bot has sent this person no such message."""
        found = chat.ephemeral.get(number)
        if found is None or (found.sender_id, _receiver(found)) != (bot_id, receiver_id):
            raise bad_request(NOT_FOUND)
        return found

    def edit(self, message: Message, content: Content, markup: Markup | None) -> None:
        content = self._world.read(content)
        check_content(content)
        message.content, message.markup = content, markup
        message.edited = self._world.time()

    def delete(self, chat: Chat, message: Message) -> None:
        del chat.ephemeral[message.extra["ephemeral_message_id"]]


def _receiver(message: Message) -> int:
    receiver: int = message.extra["receiver_user"]["$user"]
    return receiver
