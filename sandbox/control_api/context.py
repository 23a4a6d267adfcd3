"""Context of every endpoint: the world, and look-ups of the peers a request names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web

from sandbox.botapi import BotApi
from sandbox.call_log import CallLog
from sandbox.control_api.errors import Unknown
from sandbox.control_api.event_feed import Feeds
from sandbox.control_api.request_body import Body, reference, whole
from sandbox.control_api.serializers import Json, message_json
from sandbox.fault_injection import Faults
from sandbox.world import Account, ApiError, Bot, Channel, Chat, Group, Message, User, World

P = TypeVar("P", Account, Bot)


@dataclass(frozen=True, slots=True)
class ControlContext:
    """Passed to each group of endpoints."""

    world: World
    faults: Faults
    log: CallLog
    feeds: Feeds
    bots: BotApi

    def account(self, request: web.Request) -> Account:
        """The person in the path. Raises Unknown."""
        return self.person(request.match_info["id"])

    def person(self, text: str | int) -> Account:
        found = _by_id(self.world.state.accounts, text)
        if found is None:
            raise Unknown(f"There is no person with the id {text}.")
        return found

    def user(self, user_id: int) -> User:
        """A person or a bot. Raises Unknown."""
        state = self.world.state
        found: User | None = state.accounts.get(user_id) or state.bots.get(user_id)
        if found is None:
            raise Unknown(f"There is no person or bot with the id {user_id}.")
        return found

    def room(self, ref: int | str) -> Group | Channel:
        """A group or channel. Raises Unknown."""
        try:
            found = self.world.peer(ref)
        except ApiError:
            found = None
        if not isinstance(found, Group | Channel):
            raise Unknown(f"There is no group or channel {ref}.")
        return found

    def bot(self, request: web.Request) -> Bot:
        """The bot in the path. Raises Unknown."""
        text = request.match_info["id"]
        found = _by_id(self.world.state.bots, text)
        if found is None or found.deleted or not found.token:
            raise Unknown(f"There is no bot with the id {text}.")
        return found

    def chat(self, viewer_id: int, ref: int | str) -> Chat:
        """The chat a person means. Raises Unknown."""
        try:
            return self.world.chat(viewer_id, ref)
        except ApiError:
            raise Unknown(f"There is no chat {ref}.") from None

    def chat_in_path(self, request: web.Request, viewer_id: int) -> Chat:
        return self.chat(viewer_id, reference(request.match_info["chat"]))

    def chat_in_body(self, body: Body, viewer_id: int, name: str = "chat") -> Chat:
        return self.chat(viewer_id, body.reference(name))

    def here(self, request: web.Request) -> tuple[Account, Chat]:
        """The person and the chat in the path. Raises Unknown."""
        account = self.account(request)
        return account, self.chat_in_path(request, account.id)

    def message(self, request: web.Request) -> tuple[Account, Chat, Message]:
        """The person, the chat and the message in the path. Raises Unknown."""
        account, chat = self.here(request)
        number = whole("message", request.match_info["message"])
        return account, chat, self.found(account, chat, number)

    def found(self, account: Account, chat: Chat, message_id: int) -> Message:
        """A message the person has. Raises Unknown."""
        message = self.world.message(chat, message_id)
        if message is None or message_id <= chat.cleared.get(account.id, 0):
            raise Unknown(f"There is no message {message_id} in this chat.")
        return message

    def shown(self, account: Account, chat: Chat, *messages: Message) -> list[Json]:
        """Messages as the person sees them."""
        return [message_json(self.world, account.id, chat, one) for one in messages]


def _by_id(shelf: dict[int, P], text: str | int) -> P | None:
    try:
        return shelf.get(int(text))
    except ValueError:
        return None


def answer(value: Any, status: int = 200) -> web.Response:
    """JSON without ASCII escapes."""
    text = json.dumps(value, ensure_ascii=False)
    return web.json_response(text=text, status=status)


DONE = {"ok": True}
