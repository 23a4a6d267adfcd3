"""Chats: the list, reading, pressing buttons."""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import web

from sandbox.control_api.button_press import WAIT, ButtonPress, press
from sandbox.control_api.chat_serializers import full_json, row_json
from sandbox.control_api.context import DONE, ControlContext, answer
from sandbox.control_api.errors import Unknown, WrongBody
from sandbox.control_api.request_body import Body, query_number
from sandbox.control_api.serializers import message_json
from sandbox.world import Account, Chat, Message, MessageSent, WorldEvent

PAGE = 100
LONGEST_WAIT = 60


class Chats:
    """``/sandbox/accounts/{id}/chats``: chats, reading, buttons, search."""

    def __init__(self, desk: ControlContext) -> None:
        self._desk = desk
        self._world = desk.world

    async def all(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        chats = self._world.chats_of(account.id)
        return answer([row_json(self._world, account.id, chat) for chat in chats])

    async def one(self, request: web.Request) -> web.Response:
        account, chat = self._desk.here(request)
        return answer(full_json(self._world, account.id, chat))

    async def clear(self, request: web.Request) -> web.Response:
        account, chat = self._desk.here(request)
        if "both" in request.query:
            if not chat.private:
                raise WrongBody("both", "Only a private chat is deleted for both sides.")
            self._world.forget(chat, list(chat.messages))
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

    # --- Buttons ------------------------------------------------------------------------------

    async def press(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("chat", "message_id", "text", "data", "wait")
        chat = self._desk.chat_in_body(body, account.id)
        message = self._desk.found(account, chat, body.number("message_id"))
        wait = body.number_or_none("wait")
        seconds = WAIT if wait is None else min(wait, LONGEST_WAIT)
        return answer(await press(ButtonPress(self._world, account, chat, message), body, seconds))

    async def stop_draft(self, request: web.Request) -> web.Response:
        """Press the button that stops a message the bot is still writing."""
        account, chat = self._desk.here(request)
        self._world.drafts.stop(account.id, chat)
        return answer(DONE)

    # --- Finding ------------------------------------------------------------------------------

    def _readable(self, request: web.Request) -> tuple[Account, Chat]:
        """People read public channels and groups without being members."""
        account, chat = self._desk.here(request)
        room = self._world.room_of(chat)
        if room is not None and not room.username and not room.has(account.id):
            raise Unknown(f"{account.first_name} is not in {room.title}.")
        return account, chat

    def routes(self) -> list[web.RouteDef]:
        account = "/sandbox/accounts/{id}"
        one = account + "/chats/{chat}"
        return [
            web.get(account + "/chats", self.all),
            web.get(one, self.one),
            web.delete(one, self.clear),
            web.get(one + "/messages", self.messages),
            web.post(one + "/stop-draft", self.stop_draft),
            web.post(account + "/press", self.press),
            web.post(account + "/read", self.read),
        ]
