"""Changes of bots that owners make with BotFather: name, transfer, deletion."""

from __future__ import annotations

from aiohttp import web

from sandbox.control_api.context import DONE, ControlContext, answer
from sandbox.control_api.request_body import Body
from sandbox.control_api.serializers import bot_json

FLAGS = (
    "can_manage_bots",
    "privacy",
    "joins_groups",
    "topics_enabled",
    "inline",
    "inline_feedback",
    "business",
    "join_queries",
    "verifier",
)


class BotSettings:
    """``PATCH`` and ``DELETE /sandbox/bots/{id}``, ``…/transfer``, ``…/revoke``."""

    def __init__(self, desk: ControlContext) -> None:
        self._desk = desk
        self._world = desk.world

    async def change(self, request: web.Request) -> web.Response:
        bot = self._desk.bot(request)
        body = (await Body.read(request)).allow("name", "username", *FLAGS)
        if body.has("username"):
            self._world.set_username(bot, body.text("username", longest=33))
        if body.has("name"):
            bot.name = body.text("name", longest=64)
        for name in FLAGS:
            if body.has(name):
                setattr(bot, name, body.flag(name))
        self._world.profile_changed(bot.id)
        return answer(bot_json(bot))

    async def delete(self, request: web.Request) -> web.Response:
        self._world.delete_bot(self._desk.bot(request).id)
        return answer(DONE)

    async def transfer(self, request: web.Request) -> web.Response:
        """Another owner; the bot's manager gets ``managed_bot``. The token stays."""
        bot = self._desk.bot(request)
        body = (await Body.read(request)).allow("owner")
        self._world.transfer_bot(bot.id, self._desk.person(body.number("owner")).id)
        return answer(bot_json(bot))

    async def revoke(self, request: web.Request) -> web.Response:
        return answer({"token": self._world.revoke_token(self._desk.bot(request).id)})

    def routes(self) -> list[web.RouteDef]:
        one = "/sandbox/bots/{id}"
        return [
            web.patch(one, self.change),
            web.delete(one, self.delete),
            web.post(one + "/transfer", self.transfer),
            web.post(one + "/revoke", self.revoke),
        ]
