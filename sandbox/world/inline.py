"""Messages people send by way of a bot: inline results, prepared messages, Web Apps, guests.

https://core.telegram.org/bots/inline
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from sandbox.world.chats import Chat, Message
from sandbox.world.content_models import Content, Markup
from sandbox.world.errors import bad_request
from sandbox.world.events import BotTold
from sandbox.world.messages import Talk
from sandbox.world.peers import Bot
from sandbox.world.queries import Queries, Query

INLINE_SECONDS = 30.0
"""How long a bot may take over an inline query."""
PREPARED_SECONDS = 3600
"""How long a prepared message can be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineResult:
    """One result: what is sent when it is chosen. ``shown`` is as the bot gave it."""

    id: str
    content: Content
    markup: Markup | None = None
    shown: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A message or button a bot prepared for a person."""

    id: str
    bot_id: int
    account_id: int
    until: int
    result: InlineResult | None = None
    button: dict[str, Any] = field(default_factory=dict)


class Inline:
    """Inline queries and their results."""

    def __init__(self, world: Talk, queries: Queries) -> None:
        self._world = world
        self._queries = queries
        self._prepared: dict[str, Prepared] = {}

    def ask(self, account_id: int, bot: Bot, text: str, chat_kind: str, offset: str = "") -> Query:
        """Type ``@bot text``. Needs a running loop.

        Raises:
            ApiError: 400 BOT_INLINE_DISABLED.
        """
        if not bot.inline:
            raise bad_request("BOT_INLINE_DISABLED")
        asked = {
            "from": {"$user": account_id},
            "chat_type": chat_kind,
            "query": text,
            "offset": offset,
        }
        return self._queries.ask("inline_query", bot.id, account_id, asked, seconds=INLINE_SECONDS)

    def choose(self, account_id: int, chat: Chat, query: Query, result: InlineResult) -> Message:
        """Send a result of an inline query; the bot may get it (inline feedback)."""
        message = self.post(account_id, chat, query.bot_id, result)
        if self._world.bot(query.bot_id).inline_feedback:
            value = {
                "result_id": result.id,
                "from": {"$user": account_id},
                "query": query.asked["query"],
            }
            if message.inline_id:
                value["inline_message_id"] = message.inline_id
            self._world.tell(
                BotTold(
                    bot_id=query.bot_id,
                    kind="chosen_inline_result",
                    value=value,
                    chat_id=account_id,
                )
            )
        return message

    def post(self, sender_id: int, chat: Chat, bot_id: int, result: InlineResult) -> Message:
        """Send a result in a chat, by way of the bot, which may edit it by its inline id.

        A guest bot posts where it is not a member: rights are not checked.
        """
        if sender_id == bot_id:
            message = self._world.say(
                Message(
                    id=0,
                    chat=chat.key,
                    sender_id=bot_id,
                    date=self._world.time(),
                    content=self._world.read(result.content),
                    markup=result.markup,
                    via_bot_id=bot_id,
                ),
                chat,
            )
        else:
            message = self._world.send(
                sender_id, chat, result.content, markup=result.markup, via_bot_id=bot_id
            )
        message.inline_id = f"AgAA{secrets.token_urlsafe(15)}"
        self._world.state.inline_messages[message.inline_id] = (chat.key, message.id)
        return message

    def message(self, bot_id: int, inline_id: str) -> tuple[Chat, Message]:
        """Raises ApiError: 400 MESSAGE_ID_INVALID."""
        key, message_id = self._world.state.inline_messages.get(inline_id, ("", 0))
        chat = self._world.state.chats.get(key)
        message = chat.messages.get(message_id) if chat else None
        if chat is None or message is None or message.via_bot_id != bot_id:
            raise bad_request("MESSAGE_ID_INVALID")
        return chat, message

    def prepare(self, bot_id: int, account_id: int, **what: Any) -> Prepared:
        """Store a result or a button for a person, for an hour."""
        prepared = Prepared(
            id=secrets.token_urlsafe(12),
            bot_id=bot_id,
            account_id=account_id,
            until=self._world.time() + PREPARED_SECONDS,
            **what,
        )
        self._prepared[prepared.id] = prepared
        return prepared

    def prepared(self, account_id: int, prepared_id: str) -> Prepared:
        """Raises ApiError: 400 RESULT_ID_INVALID."""
        found = self._prepared.get(prepared_id)
        if found is None or found.account_id != account_id or found.until < self._world.now():
            raise bad_request("RESULT_ID_INVALID")
        return found
