"""Inline queries, prepared messages, Web Apps, guests: messages by way of a bot."""

from __future__ import annotations

import asyncio

from aiohttp import web

from sandbox.control_api.chat_serializers import kind_of
from sandbox.control_api.context import ControlContext, answer
from sandbox.control_api.errors import Unknown, WrongBody
from sandbox.control_api.request_body import Body
from sandbox.world import Bot, Content, Peer
from sandbox.world.inline import INLINE_SECONDS, InlineResult
from sandbox.world.queries import Query

WEB_APP_SECONDS = 3600.0
GUEST_SECONDS = 60.0


class InlineMode:
    """``/sandbox/accounts/{id}/`` ``inline``, ``choose``, ``prepared``, ``web-app``, ``guest``."""

    def __init__(self, desk: ControlContext) -> None:
        self._desk = desk
        self._world = desk.world
        self._queries: dict[str, Query] = {}

    async def ask(self, request: web.Request) -> web.Response:
        """Type ``@bot query`` and wait for its results."""
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("bot", "chat", "query", "offset", "wait")
        chat = self._desk.chat_in_body(body, account.id)
        query = self._world.inline.ask(
            account.id,
            self._bot(body),
            body.text_or_none("query", longest=256) or "",
            _chat_kind(self._world.peer(chat.id_for(account.id))),
            body.text_or_none("offset", longest=64) or "",
        )
        self._queries[query.id] = query
        wait = body.number_or_none("wait")
        try:
            found = await asyncio.wait_for(
                asyncio.shield(query.answered), INLINE_SECONDS if wait is None else wait
            )
        except TimeoutError:
            return answer({"query": query.id, "results": None})
        return answer(
            {
                "query": query.id,
                "results": [one.shown for one in found["results"]],
                "next_offset": found["next_offset"] or None,
                "button": found["button"],
            }
        )

    async def choose(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("chat", "query", "result")
        chat = self._desk.chat_in_body(body, account.id)
        query = self._queries.get(body.text("query"))
        if query is None or not query.answered.done():
            raise Unknown("There is no such answered query.")
        wanted = body.text("result")
        results: list[InlineResult] = query.answered.result()["results"]
        result = next((one for one in results if one.id == wanted), None)
        if result is None:
            raise WrongBody("result", f"The query has no result {wanted!r}.")
        message = self._world.inline.choose(account.id, chat, query, result)
        return answer(self._desk.shown(account, chat, message)[0], 201)

    async def send_prepared(self, request: web.Request) -> web.Response:
        """Share a message that a bot prepared for this person (savePreparedInlineMessage)."""
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("chat", "prepared")
        chat = self._desk.chat_in_body(body, account.id)
        prepared = self._world.inline.prepared(account.id, body.text("prepared"))
        if prepared.result is None:
            raise WrongBody("prepared", "This is a button, not a message.")
        message = self._world.inline.post(account.id, chat, prepared.bot_id, prepared.result)
        return answer(self._desk.shown(account, chat, message)[0], 201)

    async def open_web_app(self, request: web.Request) -> web.Response:
        """The query id of a Web App, for answerWebAppQuery."""
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("bot", "chat")
        chat = self._desk.chat_in_body(body, account.id)
        query = self._world.queries.ask(
            "web_app_query",
            self._bot(body).id,
            account.id,
            {},
            seconds=WEB_APP_SECONDS,
            update="",
            chat=chat.key,
        )
        return answer({"query": query.id}, 201)

    async def call_guest(self, request: web.Request) -> web.Response:
        """Mention a bot in a chat it is not in; it gets ``guest_message``."""
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("bot", "chat", "text")
        bot, chat = self._bot(body), self._desk.chat_in_body(body, account.id)
        text = body.text("text")
        message = self._world.send(account.id, chat, Content(text=text))
        query = self._world.queries.ask(
            "guest_message",
            bot.id,
            account.id,
            {"$message": {"chat": chat.key, "id": message.id}},
            seconds=GUEST_SECONDS,
            id_field="guest_query_id",
            chat=chat.key,
        )
        return answer({"query": query.id, "message_id": message.id}, 201)

    def _bot(self, body: Body) -> Bot:
        found = self._desk.user(body.number("bot"))
        if not isinstance(found, Bot):
            raise WrongBody("bot", "'bot' must be a bot's id.")
        return found

    def routes(self) -> list[web.RouteDef]:
        account = "/sandbox/accounts/{id}"
        return [
            web.post(account + "/inline", self.ask),
            web.post(account + "/choose", self.choose),
            web.post(account + "/prepared", self.send_prepared),
            web.post(account + "/web-app", self.open_web_app),
            web.post(account + "/guest", self.call_guest),
        ]


def _chat_kind(peer: Peer) -> str:
    """https://core.telegram.org/bots/api#inlinequery"""
    kind = kind_of(peer)
    return "private" if kind == "bot" else kind
