"""Sending: new messages, deep links, buttons of reply keyboards."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from sandbox.world.chats import Chat, Message
from sandbox.world.content_models import Contact, Content, Forward, Location, Markup, ReplyTo
from sandbox.world.entities import nested, normalised
from sandbox.world.errors import bad_request
from sandbox.world.events import MessageSent
from sandbox.world.peers import Account, Bot, Channel
from sandbox.world.refusals import refused
from sandbox.world.send_rules import check_content, check_may_send, check_topic
from sandbox.world.text_entities import detect, trimmed
from sandbox.world.users import Roster

_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")


class Talk(Roster):
    """New messages."""

    def send(
        self,
        sender_id: int,
        chat: Chat,
        content: Content,
        *,
        reply_to: ReplyTo | int | None = None,
        topic: int | None = None,
        markup: Markup | None = None,
        forward: Forward | None = None,
        silent: bool = False,
        protected: bool = False,
        media_group_id: str = "",
        effect_id: str = "",
        via_bot_id: int | None = None,
        business_bot_id: int | None = None,
        extra: dict[str, Any] | None = None,
        as_it_is: bool = False,
    ) -> Message:
        """Send a message to a chat.

        Args:
            as_it_is: forwarded or copied by Telegram's servers, where the long caption of
                somebody with Telegram Premium stays.

        Raises:
            ApiError: 400 or 403, with Telegram's description: an empty or too long text, no
                recipient, blocked, no rights, an unknown reply or topic.
        """
        content = self.read(content)
        check_may_send(self, sender_id, chat, content)
        check_content(content, premium=as_it_is or self.premium(sender_id))
        answered = ReplyTo(message_id=reply_to) if isinstance(reply_to, int) else reply_to
        topic = self._topic(sender_id, chat, answered, topic)
        self._check_reply(sender_id, chat, answered)
        return self.say(
            Message(
                id=0,
                chat=chat.key,
                sender_id=sender_id,
                date=self.time(),
                content=content,
                markup=markup,
                reply_to=answered,
                topic=topic,
                forward=forward,
                silent=silent,
                protected=protected or self.protects(chat),
                media_group_id=media_group_id,
                effect_id=effect_id,
                via_bot_id=via_bot_id,
                business_bot_id=business_bot_id,
                extra=extra or {},
            ),
            chat,
        )

    def say(self, message: Message, chat: Chat) -> Message:
        """Add a message to its chat and publish events. Checks nothing."""
        room = self.room_of(chat)
        if isinstance(room, Channel) and message.sender_id != room.id:
            author = self.user(message.sender_id)
            message.author_id, message.sender_id = author.id, room.id
            message.signature = author.name if room.signatures else ""
            message.views = 1
        elif chat.private and message.sender_id in self.state.accounts:
            chat.open = True
        message.id = self.next_message_id(chat)
        chat.messages[message.id] = message
        chat.read[message.author_id or message.sender_id] = message.id
        self.tell(MessageSent(chat=chat, message=message))
        return message

    def start(self, account_id: int, bot_id: int, payload: str = "") -> Message:
        """Press a bot's Start, perhaps by a deep link ``?start=payload``; unblocks it.

        https://core.telegram.org/bots/features#deep-linking
        """
        if not _PAYLOAD.fullmatch(payload):
            raise bad_request("START_PARAM_INVALID")
        self.unblock(account_id, bot_id)
        text = f"/start {payload}".strip()
        return self.send(account_id, self.chat(account_id, bot_id), Content(text=text))

    def share_contact(self, account_id: int, chat: Chat, *, reply_to: int | None = None) -> Message:
        """Press a ``request_contact`` button: the person's own number."""
        account = self.account(account_id)
        own = Contact(
            phone_number=account.phone,
            first_name=account.first_name,
            last_name=account.last_name,
            user_id=account.id,
        )
        return self.send(account_id, chat, Content(contact=own), reply_to=reply_to)

    def share_location(
        self,
        account_id: int,
        chat: Chat,
        latitude: float,
        longitude: float,
        *,
        reply_to: int | None = None,
    ) -> Message:
        """Press a ``request_location`` button."""
        point = Location(latitude=latitude, longitude=longitude)
        return self.send(account_id, chat, Content(location=point), reply_to=reply_to)

    def protects(self, chat: Chat) -> bool:
        room = self.room_of(chat)
        return room is not None and room.protected

    def _topic(
        self, sender_id: int, chat: Chat, reply_to: ReplyTo | None, topic: int | None
    ) -> int | None:
        if topic is None and reply_to is not None and not reply_to.chat:
            answered = chat.messages.get(reply_to.message_id)
            topic = answered.topic if answered else None
        room = self.room_of(chat)
        check_topic(chat, room is not None and room.member(sender_id).admin, topic)
        return topic

    def _check_reply(self, sender_id: int, chat: Chat, reply_to: ReplyTo | None) -> None:
        if reply_to is None:
            return
        where = self.state.chats.get(reply_to.chat) if reply_to.chat else chat
        if where is None or not self.sees(sender_id, where):
            raise bad_request("chat not found")
        if reply_to.message_id not in where.messages:
            raise refused("reply_not_found")

    def premium(self, user_id: int) -> bool:
        account = self.state.accounts.get(user_id)
        return account is not None and account.premium

    def read(self, content: Content) -> Content:
        """Content as Telegram stores it: text cleaned, links and commands detected.

        Raises:
            ApiError: 400, an empty text, or entities that don't fit it (in strict mode).
        """
        if not self.strict:
            text, entities = trimmed(content.text, content.entities)
            return replace(content, text=text, entities=detect(text, entities))
        text, entities = normalised(
            content.text, content.entities, may_be_empty=not content.is_text
        )
        found = detect(text, entities)
        return replace(
            content, text=text, entities=found if found == entities else tuple(nested(found))
        )

    def display_name(self, peer_id: int) -> str:
        """Display name of a peer in a list."""
        peer = self.peer(peer_id)
        return peer.name if isinstance(peer, Account | Bot) else peer.title
