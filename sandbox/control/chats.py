"""Chats: the list, reading, writing, editing, deleting, forwarding."""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import web

from sandbox.control.body import Body, query_number, whole
from sandbox.control.content import read_content
from sandbox.control.desk import DONE, Desk, answer
from sandbox.control.press import WAIT, Tap, press
from sandbox.control.problems import Unknown, WrongBody
from sandbox.control.shape import message_json
from sandbox.control.shape_chats import full_json, row_json
from sandbox.world import Account, Chat, Content, Message, MessageSent, WorldEvent

PAGE = 100
LONGEST_WAIT = 60


class Chats:
    """``/sandbox/accounts/{id}/chats`` and what is done in them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._world = desk.world

    async def all(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        chats = self._world.chats_of(account.id)
        return answer([row_json(self._world, account.id, chat) for chat in chats])

    async def one(self, request: web.Request) -> web.Response:
        account, chat = self._here(request)
        return answer(full_json(self._world, account.id, chat))

    async def clear(self, request: web.Request) -> web.Response:
        account, chat = self._here(request)
        self._world.clear(account.id, chat)
        return answer(DONE)

    async def read(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("chat", "message_id")
        chat = self._desk.chat_in_body(body, account.id)
        self._world.mark_read(account.id, chat, body.number("message_id"))
        return answer({"unread": self._world.unread(account.id, chat)})

    # --- Reading ------------------------------------------------------------------------------

    async def messages(self, request: web.Request) -> web.Response:
        account, chat = self._readable(request)
        wait = min(query_number(request, "wait", 0), LONGEST_WAIT)
        found = self._page(request, account, chat)
        if not found and wait > 0:
            await self._until_said(chat, wait)
            found = self._page(request, account, chat)
        return answer([message_json(self._world, account.id, chat, one) for one in found])

    def _page(self, request: web.Request, account: Account, chat: Chat) -> list[Message]:
        after = query_number(request, "after", 0)
        before = query_number(request, "before", 0)
        limit = query_number(request, "limit", PAGE)
        if not 1 <= limit <= 1000:
            raise WrongBody("limit", "'limit' must be from 1 to 1000.")
        found = self._world.messages(account.id, chat, after)
        if before:
            found = [message for message in found if message.id < before]
        if "topic" in request.query:
            topic = query_number(request, "topic", 0)
            found = [message for message in found if (message.topic or 1) == topic]
        oldest_first = after and not before
        return found[:limit] if oldest_first else found[-limit:]

    async def _until_said(self, chat: Chat, seconds: float) -> None:
        said = asyncio.Event()

        def hear(event: WorldEvent) -> None:
            if isinstance(event, MessageSent) and event.chat.key == chat.key:
                said.set()

        stop = self._world.hub.listen(hear)
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(said.wait(), seconds)
        finally:
            stop()

    # --- Writing ------------------------------------------------------------------------------

    async def send(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        body = (await Body.read(request)).allow(
            "chat", "text", "file", "reply_to", "topic", "contact", "location"
        )
        chat = self._desk.chat_in_body(body, account.id)
        message = self._world.send(
            account.id,
            chat,
            read_content(body, account, self._world),
            reply_to=body.number_or_none("reply_to"),
            topic=body.number_or_none("topic"),
        )
        return self._told(account, chat, message, 201)

    async def edit(self, request: web.Request) -> web.Response:
        account, chat, message = self._message(request)
        text = (await Body.read(request)).allow("text").text("text")
        if message.content.media is not None:
            raise WrongBody("text", "The text of a picture or file is not edited here.")
        changed = self._world.edit(account.id, chat, message.id, content=Content(text=text))
        return self._told(account, chat, changed)

    async def delete(self, request: web.Request) -> web.Response:
        account, chat, message = self._message(request)
        self._world.delete(account.id, chat, [message.id])
        return answer(DONE)

    async def forward(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("chat", "from_chat", "message_ids", "topic")
        here = self._desk.chat_in_body(body, account.id)
        there = self._desk.chat_in_body(body, account.id, "from_chat")
        ids = body.everything().get("message_ids")
        if not isinstance(ids, list) or not ids:
            raise WrongBody("message_ids", "'message_ids' must be a list of message ids.")
        numbers = [whole("message_ids", one) for one in ids]
        topic = body.number_or_none("topic")
        said = self._world.forward(account.id, here, there, numbers, topic=topic)
        return answer([message_json(self._world, account.id, here, one) for one in said], 201)

    async def vote(self, request: web.Request) -> web.Response:
        account, chat, message = self._message(request)
        options = (await Body.read(request)).allow("options").everything().get("options")
        if not isinstance(options, list):
            raise WrongBody("options", "'options' must be a list of option numbers, from 0.")
        numbers = tuple(whole("options", one) for one in options)
        changed = self._world.vote(account.id, chat, message.id, numbers)
        return self._told(account, chat, changed)

    async def react(self, request: web.Request) -> web.Response:
        account, chat, message = self._message(request)
        emoji = (await Body.read(request)).allow("emoji").text_or_none("emoji", longest=16)
        changed = self._world.react(account.id, chat, message.id, (emoji,) if emoji else ())
        return self._told(account, chat, changed)

    async def press(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("chat", "message_id", "text", "data", "wait")
        chat = self._desk.chat_in_body(body, account.id)
        message = self._found(chat, body.number("message_id"), account)
        wait = body.number_or_none("wait")
        seconds = WAIT if wait is None else min(wait, LONGEST_WAIT)
        return answer(await press(Tap(self._world, account, chat, message), body, seconds))

    # --- Finding ------------------------------------------------------------------------------

    def _here(self, request: web.Request) -> tuple[Account, Chat]:
        account = self._desk.account(request)
        return account, self._desk.chat_in_path(request, account.id)

    def _readable(self, request: web.Request) -> tuple[Account, Chat]:
        """People read public channels and groups without being in them."""
        account, chat = self._here(request)
        room = self._world.room_of(chat)
        if room is not None and not room.username and not room.has(account.id):
            raise Unknown(f"{account.first_name} is not in {room.title}.")
        return account, chat

    def _message(self, request: web.Request) -> tuple[Account, Chat, Message]:
        account, chat = self._here(request)
        number = whole("message", request.match_info["message"])
        return account, chat, self._found(chat, number, account)

    def _found(self, chat: Chat, message_id: int, account: Account) -> Message:
        message = self._world.message(chat, message_id)
        if message is None or message_id <= chat.cleared.get(account.id, 0):
            raise Unknown(f"There is no message {message_id} in this chat.")
        return message

    def _told(
        self, account: Account, chat: Chat, message: Message, status: int = 200
    ) -> web.Response:
        return answer(message_json(self._world, account.id, chat, message), status)

    def routes(self) -> list[web.RouteDef]:
        account = "/sandbox/accounts/{id}"
        one = account + "/chats/{chat}"
        message = one + "/messages/{message}"
        return [
            web.get(account + "/chats", self.all),
            web.get(one, self.one),
            web.delete(one, self.clear),
            web.get(one + "/messages", self.messages),
            web.patch(message, self.edit),
            web.delete(message, self.delete),
            web.post(message + "/vote", self.vote),
            web.post(message + "/react", self.react),
            web.post(account + "/send", self.send),
            web.post(account + "/forward", self.forward),
            web.post(account + "/press", self.press),
            web.post(account + "/read", self.read),
        ]
