"""Pins, reactions, typing, read, cleared."""

from __future__ import annotations

from sandbox.world.callbacks import Taps
from sandbox.world.chats import Chat, Message
from sandbox.world.content_models import Content, Service
from sandbox.world.errors import bad_request
from sandbox.world.events import (
    ChatAction,
    ChatListChanged,
    MessagesDeleted,
    PinChanged,
    ReactionChanged,
)
from sandbox.world.refusals import refused

_REACTION_LINES = """
❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡
🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿
🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡
"""
REACTIONS = frozenset(_REACTION_LINES.split())
"""https://core.telegram.org/bots/api#reactiontypeemoji"""

CHAT_ACTIONS = (
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
    "cancel",
)


class Marks(Taps):
    """Pins, reactions, chat actions, read marks."""

    def chat_action(
        self, actor_id: int, chat: Chat, action: str, *, topic: int | None = None
    ) -> None:
        """Show "typing…" and other actions for five seconds or until the next message."""
        if action not in CHAT_ACTIONS:
            raise bad_request("wrong parameter action in request")
        self.tell(ChatAction(chat=chat, actor_id=actor_id, action=action, topic=topic))

    def pin(self, actor_id: int, chat: Chat, message_id: int, *, silent: bool = False) -> None:
        """Raises ApiError: 400, no such message or no right to pin."""
        message = chat.messages.get(message_id)
        if message is None:
            raise refused("pin_not_found")
        self._check_pin(actor_id, chat)
        if message.content.service is not None:
            raise bad_request("service messages can't be pinned")
        if message_id in chat.pinned:
            chat.pinned.remove(message_id)
        chat.pinned.append(message_id)
        self.tell(PinChanged(chat=chat, message_id=message_id, pinned=True))
        self.announce(actor_id, chat, Service(kind="pinned_message", number=message_id), silent)

    def unpin(self, actor_id: int, chat: Chat, message_id: int | None = None) -> None:
        """Unpin one message, by default the latest pinned."""
        self._check_pin(actor_id, chat)
        if message_id is None and chat.pinned:
            message_id = chat.pinned[-1]
        if message_id is None or message_id not in chat.pinned:
            raise refused("unpin_not_found")
        chat.pinned.remove(message_id)
        self.tell(PinChanged(chat=chat, message_id=message_id, pinned=False))

    def unpin_all(
        self, actor_id: int, chat: Chat, *, topic: int | None = None, only_general: bool = False
    ) -> None:
        """Unpin all messages, those of a topic, or (``only_general``) in no other topic."""
        self._check_pin(actor_id, chat)
        everywhere = topic is None and not only_general
        for message_id in list(chat.pinned):
            if everywhere or chat.messages[message_id].topic == topic:
                self.unpin(actor_id, chat, message_id)

    def _check_pin(self, actor_id: int, chat: Chat) -> None:
        room = self.room_of(chat)
        if room is None:
            return
        right = "can_edit_messages" if room.kind == "channel" else "can_pin_messages"
        if not room.member(actor_id).may(right) and not (
            room.kind != "channel"
            and room.has(actor_id)
            and room.permissions.get("can_pin_messages", False)
        ):
            raise bad_request("not enough rights to manage pinned messages in the chat")

    def announce(
        self,
        actor_id: int,
        chat: Chat,
        service: Service,
        silent: bool = False,
        topic: int | None = None,
    ) -> Message:
        """Add a service message about an action."""
        return self.say(
            Message(
                id=0,
                chat=chat.key,
                sender_id=actor_id,
                date=self.time(),
                content=Content(service=service),
                silent=silent,
                topic=topic,
            ),
            chat,
        )

    def react(self, actor_id: int, chat: Chat, message_id: int, emojis: tuple[str, ...]) -> Message:
        """Set an actor's reactions to a message; none removes them.

        Raises:
            ApiError: 400, no such message, an emoji that is no reaction, too many.
        """
        message = chat.messages.get(message_id)
        if message is None:
            raise refused("react_not_found")
        plain = tuple(emoji.replace("\ufe0f", "") for emoji in emojis)
        if any(emoji not in REACTIONS for emoji in plain):
            raise refused("reaction_invalid")
        if len(plain) > 1 and not getattr(self.user(actor_id), "premium", False):
            raise bad_request("REACTIONS_TOO_MANY")
        old = message.reactions.pop(actor_id, ())
        if plain:
            message.reactions[actor_id] = plain
        if old != plain:
            self.tell(
                ReactionChanged(chat=chat, message=message, actor_id=actor_id, old=old, new=plain)
            )
        return message

    def mark_read(self, account_id: int, chat: Chat, message_id: int) -> None:
        """Mark everything up to this message as read."""
        if message_id > chat.read.get(account_id, 0):
            chat.read[account_id] = message_id
            self.tell(ChatListChanged(account_id=account_id, chat=chat))

    def unread(self, account_id: int, chat: Chat) -> int:
        """Number of unread messages of others."""
        seen = max(chat.read.get(account_id, 0), chat.cleared.get(account_id, 0))
        count = 0
        for message in reversed(chat.messages.values()):
            if message.id <= seen:
                break
            count += not message.outgoing(account_id)
        return count

    def clear(self, account_id: int, chat: Chat) -> None:
        """Clear a chat for one side only."""
        mine = tuple(message.id for message in self.messages(account_id, chat))
        newest = chat.newest()
        chat.cleared[account_id] = newest.id if newest else 0
        self.tell(MessagesDeleted(chat=chat, message_ids=mine, only_for=account_id))
        self.tell(ChatListChanged(account_id=account_id, chat=chat))
