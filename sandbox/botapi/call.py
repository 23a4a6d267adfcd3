"""A call on its way to its method, and the table of methods."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.botapi.mailbox import Mailbox
from sandbox.botapi.params import Params
from sandbox.botapi.render import message as render
from sandbox.botapi.render.references import resolved
from sandbox.world import Bot, Chat, Message, World
from sandbox.world.business_values import BusinessConnection
from sandbox.world.errors import ApiError, bad_request, chat_not_found, forbidden

if TYPE_CHECKING:
    from sandbox.botapi.door import BotApi

Handler = Callable[["Call"], Any]
METHODS: dict[str, Handler] = {}
"""By lower-case name: method names are case-insensitive."""


def method(*names: str) -> Callable[[Handler], Handler]:
    """Register a handler under the Bot API's names for it."""

    def register(handler: Handler) -> Handler:
        for name in names:
            METHODS[name.lower()] = handler
        return handler

    return register


@dataclass(frozen=True, slots=True)
class Described:
    """A result with the ``description`` some answers carry."""

    result: Any
    description: str


@dataclass(frozen=True, slots=True)
class Raw:
    """A result that is JSON already."""

    json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of one bot."""

    api: BotApi
    bot: Bot
    method: str
    params: Params

    @property
    def world(self) -> World:
        return self.api.world

    @property
    def mailbox(self) -> Mailbox:
        return self.api.mailboxes.of(self.bot.id)

    async def answer(self) -> Any:
        """Do it.

        Raises:
            ApiError: Telegram refuses.
        """
        handler = METHODS.get(self.method.lower())
        if handler is None:
            raise ApiError(404, "Not Found: method not found")
        result = handler(self)
        return await result if isinstance(result, Awaitable) else result

    # --- What many methods ask ----------------------------------------------------------------

    @property
    def connection(self) -> BusinessConnection | None:
        """The business connection the call goes by, if it names one.

        Raises:
            ApiError: 400, there is none, or it does not let the bot write.
        """
        if not self.params.has("business_connection_id"):
            return None
        connection_id = self.params.text("business_connection_id")
        return self.world.business.usable(self.bot.id, connection_id, "can_reply")

    @property
    def actor_id(self) -> int:
        """Who acts: the bot, or the person in whose name it does."""
        connection = self.connection
        return self.bot.id if connection is None else connection.account_id

    def chat(self, name: str = "chat_id") -> Chat:
        """The chat a parameter names, if the bot may see it.

        Raises:
            ApiError: 400 chat not found, 403 not a member, kicked.
        """
        text = self.params.text(name).strip()
        if not text:
            raise bad_request("chat_id is empty")
        if name == "chat_id" and self.params.has("business_connection_id"):
            connection = self.connection
            assert connection is not None
            return self.world.business.chat(connection, self.params.number(name))
        if text.startswith("@"):
            chat = self.world.chat(self.bot.id, text)
        elif text.lstrip("-").isdigit():
            chat = self.world.chat(self.bot.id, int(text))
        else:
            raise chat_not_found()
        if text.startswith("@") and chat.private:
            raise chat_not_found()
        self._check_sees(chat)
        return chat

    def _check_sees(self, chat: Chat) -> None:
        room = self.world.room_of(chat)
        if room is None:
            return
        member = room.members.get(self.bot.id)
        if member is not None and member.status == "kicked":
            raise forbidden(f"bot was kicked from the {room.kind} chat")
        if member is None and not room.username:
            raise chat_not_found()
        if member is not None and not member.inside and not room.username:
            raise forbidden(f"bot is not a member of the {room.kind} chat")

    def user_id(self, name: str = "user_id") -> int:
        """Raises ApiError: 400, it is missing or nobody's."""
        user_id = self.params.number(name)
        if user_id <= 0:
            raise bad_request("invalid user_id specified")
        return self.world.user(user_id).id

    def message_id(self, name: str = "message_id") -> int:
        """Raises ApiError: 400 message identifier is not specified."""
        if not self.params.has(name):
            raise bad_request("message identifier is not specified")
        return self.params.number(name)

    def message_ids(self) -> list[int]:
        """The identifiers of a method for several messages, 1 to 100, in growing order.

        Raises:
            ApiError: 400.
        """
        given = self.params.array("message_ids", "message identifiers")
        if not given:
            raise bad_request("message identifiers are not specified")
        if len(given) > 100:
            raise bad_request("too many message identifiers specified")
        try:
            return [int(one) for one in given]
        except (TypeError, ValueError):
            raise bad_request("can't parse message identifier as a Number") from None

    def resolved(self, value: Any) -> Any:
        """A value with references (:class:`~sandbox.world.Special`) as this bot sees it."""
        return resolved(self.world, value, self.bot.id, render)

    def shown(self, message: Message) -> dict[str, Any]:
        """A message as this bot sees it."""
        return render(self.world, message, self.bot.id, business=self.connection)
