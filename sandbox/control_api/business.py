"""People connect bots to their accounts. https://core.telegram.org/bots/api#businessconnection"""

from __future__ import annotations

from aiohttp import web

from sandbox.control_api.context import DONE, ControlContext, answer
from sandbox.control_api.errors import Unknown, WrongBody
from sandbox.control_api.request_body import Body
from sandbox.control_api.serializers import Json
from sandbox.world import Bot
from sandbox.world.business_models import RIGHTS, BusinessConnection


class BusinessConnections:
    """``/sandbox/accounts/{id}/business``"""

    def __init__(self, desk: ControlContext) -> None:
        self._desk = desk
        self._business = desk.world.business

    async def connect(self, request: web.Request) -> web.Response:
        """Connect a bot, or change the rights of the one that is connected."""
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("bot", "rights")
        bot = self._desk.user(body.number("bot"))
        if not isinstance(bot, Bot):
            raise WrongBody("bot", "'bot' must be a bot's id.")
        given = body.names("rights", RIGHTS)
        rights = given if body.has("rights") else RIGHTS
        return answer(_shown(self._business.connect(account.id, bot.id, rights)), 201)

    async def one(self, request: web.Request) -> web.Response:
        return answer(_shown(self._connection(request)))

    async def disconnect(self, request: web.Request) -> web.Response:
        self._business.disconnect(self._connection(request))
        return answer(DONE)

    def _connection(self, request: web.Request) -> BusinessConnection:
        account = self._desk.account(request)
        found = self._business.of(account.id)
        if found is None:
            raise Unknown(f"{account.first_name} has connected no bot.")
        return found

    def routes(self) -> list[web.RouteDef]:
        root = "/sandbox/accounts/{id}/business"
        return [
            web.post(root, self.connect),
            web.get(root, self.one),
            web.delete(root, self.disconnect),
        ]


def _shown(connection: BusinessConnection) -> Json:
    return {
        "id": connection.id,
        "bot": connection.bot_id,
        "rights": list(connection.rights),
        "enabled": connection.enabled,
    }
