"""A call, and the table of methods."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.botapi.access import check_access
from sandbox.botapi.fields import whole
from sandbox.botapi.request_params import Params
from sandbox.botapi.serializers import message as render
from sandbox.botapi.serializers.references import resolved
from sandbox.botapi.update_queue import Mailbox
from sandbox.world import Bot, Chat, Message, World
from sandbox.world.business_models import BusinessConnection
from sandbox.world.errors import ApiError, bad_request, chat_not_found

if TYPE_CHECKING:
    from sandbox.botapi.server import BotApi

Handler = Callable[["Call"], Any]
MOST_MESSAGES = 100
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
        """Run the method.

        Raises:
            ApiError: Telegram refuses.
        """
        handler = METHODS.get(self.method.lower())
        if handler is None:
            raise ApiError(404, "Not Found: method not found")
        result = handler(self)
        return await result if isinstance(result, Awaitable) else result

    # --- Helpers of methods -------------------------------------------------------------------

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
        """Who acts: the bot, or the person on whose behalf it does."""
        connection = self.connection
        return self.bot.id if connection is None else connection.account_id

    def chat(self, name: str = "chat_id", access: str = "write") -> Chat:
        """The chat a parameter names, if the bot may do that in it.

        Args:
            access: ``read``, ``members`` (read who is in it), ``edit`` or ``write``, as in
                https://github.com/tdlib/telegram-bot-api (``Client::check_chat_access``).

        Raises:
            ApiError: 400 chat not found, group upgraded; 403 not a member, kicked, deactivated.
        """
        text = self.params.text(name).strip()
        if not text:
            raise bad_request("chat_id is empty")
        if name == "chat_id" and self.params.has("business_connection_id"):
            connection = self.connection
            assert connection is not None
            return self.world.business.chat(connection, self.params.number(name))
        return self.chat_of(text, access)

    def chat_of(self, ref: str, access: str = "read") -> Chat:
        """The chat an id or ``@username`` means, as :meth:`chat` finds it."""
        if ref.startswith("@"):
            chat = self.world.chat(self.bot.id, ref)
            if chat.private:
                raise chat_not_found()
        else:
            chat = self.world.chat(self.bot.id, Params({"id": ref}).number("id"))
        check_access(self.world, self.bot, chat, access)
        return chat

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
        return max(self.params.number(name), 0)

    def message_ids(self) -> list[int]:
        """The identifiers of a method for several messages, 1 to 100, in growing order.

        Raises:
            ApiError: 400.
        """
        given = self.params.json("message_ids", "message_ids")
        if given is None or given == []:
            raise bad_request("message identifiers are not specified")
        if not isinstance(given, list):
            raise bad_request("expected an Array of message identifiers")
        if len(given) > MOST_MESSAGES:
            raise bad_request("too many message identifiers specified")
        return [_message_id(one) for one in given]

    def resolved(self, value: Any) -> Any:
        """A value with references (:class:`~sandbox.world.Special`) as this bot sees it."""
        return resolved(self.world, value, self.bot.id, render)

    def shown(self, message: Message) -> dict[str, Any]:
        """A message as this bot sees it."""
        return render(self.world, message, self.bot.id, business=self.connection)


def _message_id(given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise bad_request("message identifier must be a Number")
    found = whole(given)
    if found is None:
        raise bad_request("can't parse message identifier as a Number")
    if found <= 0:
        raise bad_request("invalid message identifier specified")
    return found
