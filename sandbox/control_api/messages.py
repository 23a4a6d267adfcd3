"""Messages of people: texts, albums, forwards, edits, deletions, votes, reactions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aiohttp import web

from sandbox.botapi.methods.direct_messages import suggested_post
from sandbox.control_api.content import keep, read_content
from sandbox.control_api.context import DONE, ControlContext, answer
from sandbox.control_api.errors import WrongBody
from sandbox.control_api.message_context import read_entities, read_origin, read_reply
from sandbox.control_api.message_kinds import KINDS, read_service
from sandbox.control_api.request_body import Body
from sandbox.world import Account, Chat, Content, Group, Message

AROUND = (
    "reply_to",
    "reply_chat",
    "quote",
    "topic",
    "origin",
    "protected",
    "silent",
    "suggested_post",
)
"""Fields beside the content of a message; see :mod:`sandbox.control_api.message_context`."""
CONTENT = ("text", "entities", "file", "caption_above", *KINDS)
LARGEST_ALBUM = 10


class Messages:
    """``/sandbox/accounts/{id}/send`` and actions on messages."""

    def __init__(self, desk: ControlContext) -> None:
        self._desk = desk
        self._world = desk.world

    async def send(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("chat", *CONTENT, *AROUND)
        chat = self._desk.chat_in_body(body, account.id)
        content = read_content(body, account, chat, self._world)
        message = self._world.send(account.id, chat, content, **self._around(body, account, chat))
        return self._one(account, chat, message, 201)

    async def send_album(self, request: web.Request) -> web.Response:
        """Several files as one album: ``items`` are ``{file, text?, entities?}``."""
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("chat", "items", *AROUND)
        chat = self._desk.chat_in_body(body, account.id)
        items = body.objects("items")
        if not 1 <= len(items) <= LARGEST_ALBUM:
            raise WrongBody("items", f"An album has 1 to {LARGEST_ALBUM} items.")
        contents = [self._album_item(item, account, chat) for item in items]
        around = self._around(body, account, chat)
        album = str(13_000_000_000_000_000 + self._world.serial())
        said = [
            self._world.send(account.id, chat, one, media_group_id=album, **around)
            for one in contents
        ]
        return answer(self._desk.shown(account, chat, *said), 201)

    def _album_item(self, item: Body, account: Account, chat: Chat) -> Content:
        item.allow("file", "text", "entities", "caption_above")
        if not item.has("file"):
            raise WrongBody("items", "Each item of an album needs a 'file'.")
        return read_content(item, account, chat, self._world)

    def _around(self, body: Body, account: Account, chat: Chat) -> dict[str, Any]:
        return {
            "reply_to": read_reply(self._desk, body, account, chat),
            "topic": body.number_or_none("topic"),
            "forward": read_origin(self._desk, body),
            "protected": body.flag("protected"),
            "silent": body.flag("silent"),
            "extra": self._direct(body, account, chat),
        }

    def _direct(self, body: Body, account: Account, chat: Chat) -> dict[str, Any] | None:
        """In a channel's direct messages: the person's topic, and a suggested post."""
        room = self._world.room_of(chat)
        if not isinstance(room, Group) or room.direct_messages_of is None:
            return None
        topic = {"topic_id": account.id, "user": {"$user": account.id}}
        fields: dict[str, Any] = {"direct_messages_topic": topic}
        if body.has("suggested_post"):
            given = body.everything()["suggested_post"]
            fields["suggested_post_info"] = suggested_post({} if given is True else given)
        return fields

    async def service(self, request: web.Request) -> web.Response:
        """A service message: a timer set, a video chat, a shared chat …"""
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("chat", "kind", "value")
        chat = self._desk.chat_in_body(body, account.id)
        service = read_service(body, account, chat, self._world)
        return self._one(account, chat, self._world.announce(account.id, chat, service), 201)

    async def edit(self, request: web.Request) -> web.Response:
        """``text`` replaces the text or the caption, ``file`` the media."""
        account, chat, message = self._desk.message(request)
        body = (await Body.read(request)).allow("text", "entities", "file", "caption_above")
        content = self._edited(body, message.content)
        return self._one(
            account, chat, self._world.edit(account.id, chat, message.id, content=content)
        )

    def _edited(self, body: Body, before: Content) -> Content:
        upload = body.upload()
        if upload is None and before.media is None:
            return Content(text=body.text("text"), entities=read_entities(body))
        if upload is None and not body.has("text"):
            raise WrongBody("text", "Nothing to change: 'text' or 'file' is required.")
        after = before if upload is None else replace(before, media=keep(upload, self._world))
        if body.has("text"):
            text = body.text_or_none("text") or ""
            after = replace(after, text=text, entities=read_entities(body))
        return replace(
            after, caption_above=body.flag("caption_above", default=before.caption_above)
        )

    async def delete(self, request: web.Request) -> web.Response:
        account, chat, message = self._desk.message(request)
        self._world.delete(account.id, chat, [message.id])
        return answer(DONE)

    async def forward(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("chat", "from_chat", "message_ids", "topic")
        here = self._desk.chat_in_body(body, account.id)
        there = self._desk.chat_in_body(body, account.id, "from_chat")
        ids = body.numbers("message_ids")
        if not ids:
            raise WrongBody("message_ids", "'message_ids' must be a list of message ids.")
        topic = body.number_or_none("topic")
        said = self._world.forward(account.id, here, there, ids, topic=topic)
        return answer(self._desk.shown(account, here, *said), 201)

    async def vote(self, request: web.Request) -> web.Response:
        account, chat, message = self._desk.message(request)
        body = (await Body.read(request)).allow("options")
        if not isinstance(body.everything().get("options"), list):
            raise WrongBody("options", "'options' must be a list of option numbers, from 0.")
        options = tuple(body.numbers("options"))
        return self._one(account, chat, self._world.vote(account.id, chat, message.id, options))

    async def react(self, request: web.Request) -> web.Response:
        account, chat, message = self._desk.message(request)
        emoji = (await Body.read(request)).allow("emoji").text_or_none("emoji", longest=16)
        changed = self._world.react(account.id, chat, message.id, (emoji,) if emoji else ())
        return self._one(account, chat, changed)

    async def pin(self, request: web.Request) -> web.Response:
        account, chat, message = self._desk.message(request)
        body = (await Body.read(request)).allow("silent")
        self._world.pin(account.id, chat, message.id, silent=body.flag("silent"))
        return self._one(account, chat, message)

    async def unpin(self, request: web.Request) -> web.Response:
        account, chat, message = self._desk.message(request)
        self._world.unpin(account.id, chat, message.id)
        return self._one(account, chat, message)

    def _one(
        self, account: Account, chat: Chat, message: Message, status: int = 200
    ) -> web.Response:
        return answer(self._desk.shown(account, chat, message)[0], status)

    def routes(self) -> list[web.RouteDef]:
        account = "/sandbox/accounts/{id}"
        message = account + "/chats/{chat}/messages/{message}"
        return [
            web.post(account + "/send", self.send),
            web.post(account + "/send-album", self.send_album),
            web.post(account + "/service", self.service),
            web.post(account + "/forward", self.forward),
            web.patch(message, self.edit),
            web.delete(message, self.delete),
            web.post(message + "/vote", self.vote),
            web.post(message + "/react", self.react),
            web.post(message + "/pin", self.pin),
            web.post(message + "/unpin", self.unpin),
        ]
