"""Paying, Stars, gifts, games."""

from __future__ import annotations

from aiohttp import web

from sandbox.control_api.context import DONE, ControlContext, answer
from sandbox.control_api.errors import WrongBody
from sandbox.control_api.request_body import Body
from sandbox.world import Game

SUBSCRIPTION_STATES = ("canceled", "active", "failed")


class Commerce:
    """``/sandbox/accounts/{id}/pay``, ``/sandbox/stars``, ``/sandbox/bots/{id}/games``."""

    def __init__(self, desk: ControlContext) -> None:
        self._desk = desk
        self._world = desk.world

    async def pay(self, request: web.Request) -> web.Response:
        """An invoice's message or link, or paid media. The bot gets the queries as on Telegram."""
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("chat", "message_id", "link")
        payments = self._world.payments
        if body.has("link"):
            paid = await payments.pay(account, payments.by_link(body.text("link")))
        else:
            chat = self._desk.chat_in_body(body, account.id)
            message = self._desk.found(account, chat, body.number("message_id"))
            special = message.content.special
            if special is not None and special.kind == "paid_media":
                paid = payments.buy_media(account, message)
            else:
                paid = await payments.pay(account, payments.of(message))
        return answer({"charge_id": paid.charge_id or None, "error": paid.error or None})

    async def change_subscription(self, request: web.Request) -> web.Response:
        """The person ends, renews or fails to pay a subscription; the bot gets it."""
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("charge_id", "state")
        state = body.text("state")
        if state not in SUBSCRIPTION_STATES:
            known = ", ".join(SUBSCRIPTION_STATES)
            raise WrongBody("state", f"'state' must be one of: {known}.")
        self._world.payments.change_subscription(account.id, body.text("charge_id"), state)
        return answer(DONE)

    async def set_stars(self, request: web.Request) -> web.Response:
        body = (await Body.read(request)).allow("id", "stars")
        owner, stars = self._desk.user(body.number("id")), body.number("stars")
        if stars < 0:
            raise WrongBody("stars", "'stars' must not be negative.")
        self._world.payments.set_balance(owner.id, stars)
        return answer({"id": owner.id, "stars": stars})

    async def add_game(self, request: web.Request) -> web.Response:
        """As BotFather's /newgame."""
        bot = self._desk.bot(request)
        body = (await Body.read(request)).allow("short_name", "title", "description")
        game = Game(
            title=body.text("title", longest=128),
            description=body.text_or_none("description", longest=512) or "",
        )
        bot.games[body.text("short_name", longest=64)] = game
        return answer(DONE, 201)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/sandbox/accounts/{id}/pay", self.pay),
            web.post("/sandbox/accounts/{id}/subscription", self.change_subscription),
            web.post("/sandbox/stars", self.set_stars),
            web.post("/sandbox/bots/{id}/games", self.add_game),
        ]
