"""Bots, managed bots, groups and channels."""

from __future__ import annotations

from aiohttp import web

from sandbox.control_api.content import read_content
from sandbox.control_api.context import ControlContext, answer
from sandbox.control_api.errors import Unknown, WrongBody
from sandbox.control_api.request_body import Body
from sandbox.control_api.serializers import bot_json, message_json, room_json
from sandbox.world import Account, Bot, Channel
from sandbox.world.chats import room_key


class Bots:
    """``/sandbox/bots``, ``/sandbox/channels``, ``/sandbox/groups``, ``create-managed-bot``."""

    def __init__(self, desk: ControlContext) -> None:
        self._desk = desk
        self._world = desk.world

    async def add(self, request: web.Request) -> web.Response:
        body = (await Body.read(request)).allow("owner", "name", "username", "can_manage_bots")
        bot = self._world.add_bot(
            owner_id=self._owner(body).id,
            name=body.text("name", longest=64),
            username=body.text("username", longest=33),
            can_manage_bots=body.flag("can_manage_bots"),
        )
        return answer(bot_json(bot) | {"token": bot.token}, 201)

    async def all(self, _: web.Request) -> web.Response:
        bots = [bot for bot in self._world.state.bots.values() if not bot.deleted]
        return answer([bot_json(bot) for bot in bots])

    async def create_managed(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("chat", "request_id", "name", "username")
        chat = self._desk.chat_in_body(body, account.id)
        manager = self._world.peer(chat.id_for(account.id))
        if not isinstance(manager, Bot):
            raise WrongBody("chat", "'chat' must be the bot that is to manage the new one.")
        bot = self._world.create_managed_bot(
            account.id,
            manager.id,
            name=body.text("name", longest=64),
            username=body.text("username", longest=33),
            request_id=body.number_or_none("request_id"),
        )
        return answer(bot_json(bot), 201)

    async def add_channel(self, request: web.Request) -> web.Response:
        body = (await Body.read(request)).allow("owner", "title", "username")
        channel = self._world.add_channel(
            self._owner(body).id,
            body.text("title", longest=128),
            username=body.text_or_none("username", longest=33),
        )
        return answer(room_json(channel), 201)

    async def post(self, request: web.Request) -> web.Response:
        channel = self._channel(request.match_info["id"])
        body = (await Body.read(request)).allow("text", "file")
        owner = self._world.account(channel.creator_id)
        chat = self._world.state.chats[room_key(channel.id)]
        message = self._world.send(owner.id, chat, read_content(body, owner, chat, self._world))
        return answer(message_json(self._world, owner.id, chat, message), 201)

    async def add_group(self, request: web.Request) -> web.Response:
        body = (await Body.read(request)).allow(
            "owner", "title", "username", "forum", "basic", "members", "direct_messages_of"
        )
        owner = self._owner(body)
        members = body.everything().get("members") or []
        if not isinstance(members, list):
            raise WrongBody("members", "'members' must be a list of ids.")
        invited = [self._world.user(one) for one in members if isinstance(one, int)]
        group = self._world.add_group(
            owner.id,
            body.text("title", longest=128),
            username=body.text_or_none("username", longest=33),
            forum=body.flag("forum"),
            basic=body.flag("basic"),
        )
        if body.has("direct_messages_of"):
            group.direct_messages_of = self._desk.room(body.reference("direct_messages_of")).id
        for user in invited:
            self._world.join(user.id, group.id, by=owner.id)
        return answer(room_json(group), 201)

    def _owner(self, body: Body) -> Account:
        return self._desk.person(body.number("owner"))

    def _channel(self, text: str) -> Channel:
        channels = self._world.state.channels
        found = next(
            (one for one in channels.values() if text in (str(one.id), one.username)), None
        )
        if found is None:
            raise Unknown(f"There is no channel with the id {text}.")
        return found

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/sandbox/bots", self.add),
            web.get("/sandbox/bots", self.all),
            web.post("/sandbox/accounts/{id}/create-managed-bot", self.create_managed),
            web.post("/sandbox/channels", self.add_channel),
            web.post("/sandbox/channels/{id}/posts", self.post),
            web.post("/sandbox/groups", self.add_group),
        ]
