"""HTTP endpoints of the Bot API: ``/bot<token>/<method>`` and ``/file/bot<token>/<path>``."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.botapi.fault_responses import answered, apply_fault, reset, shortened
from sandbox.botapi.flood_limits import Flood
from sandbox.botapi.foreign_pollers import OtherPollers
from sandbox.botapi.malformed_responses import altered
from sandbox.botapi.poll_timer import PollTimer
from sandbox.botapi.request import Call
from sandbox.botapi.request_params import Params
from sandbox.botapi.responses import refusal, success
from sandbox.botapi.update_builder import UpdateBuilder
from sandbox.botapi.update_queue import Mailboxes
from sandbox.botapi.web_files import fetch_local
from sandbox.botapi.webhook_delivery import WebhookSender
from sandbox.call_log import CallLog, masked
from sandbox.fault_injection import Fault, Faults
from sandbox.world import Bot, World
from sandbox.world.errors import ApiError

log = logging.getLogger(__name__)

TOKEN = re.compile(r"([0-9]{1,19}):[A-Za-z0-9_-]{10,}")
LOGGED_OUT_SECONDS = 600.0
TOO_BIG = ApiError(413, "Request Entity Too Large")


class BotApi:
    """Serves a world's bots over HTTP.

    Args:
        pace: pauses of webhooks are multiplied by it.
        limits: apply Telegram's flood limits.
    """

    def __init__(
        self, world: World, faults: Faults, log: CallLog, *, pace: float = 1.0, limits: bool = False
    ) -> None:
        self.world = world
        self.mailboxes = Mailboxes(world.now)
        self.logged_out: dict[int, float] = {}
        """Until when a bot that logged out is refused, seconds of the epoch."""
        self._faults = faults
        self._log = log
        self._pace = pace
        self._flood = Flood() if limits else None
        self._postman = UpdateBuilder(world, self.mailboxes)
        self._couriers: dict[int, WebhookSender] = {}
        self._session: aiohttp.ClientSession | None = None
        self._live: set[asyncio.Transport] = set()
        """Connections with a call on them."""
        self._shut_until = 0.0
        self.other_pollers = OtherPollers(self.mailboxes.of)

    async def run(self, _app: web.Application) -> AsyncIterator[None]:
        """Webhooks are delivered while the application runs."""
        connector = aiohttp.TCPConnector(limit=0)
        polls = PollTimer(self.world)
        async with aiohttp.ClientSession(connector=connector) as session:
            self._session = session
            polls.start()
            for bot_id, box in self.mailboxes.all():
                if box.webhook is not None:
                    await self.deliver(bot_id)
            yield
            polls.close()
            for courier in self._couriers.values():
                await courier.stop()
            await self.other_pollers.close()
            self._end_polls()

    def _end_polls(self) -> None:
        for _, box in self.mailboxes.all():
            box.end_poll(ApiError(500, "Internal Server Error: restart"))

    async def stop_polls(self, _app: web.Application) -> None:
        """A stopping server ends its held polls."""
        self._end_polls()

    # --- Calls --------------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """``/bot<token>/<method>``"""
        token, method = request.match_info["token"], request.match_info["method"]
        if self._shut():
            return reset(request)
        transport = request.transport
        if transport is None:
            return reset(request)
        self._live.add(transport)
        try:
            return await self._handle(request, token, method)
        finally:
            self._live.discard(transport)

    async def _handle(self, request: web.Request, token: str, method: str) -> web.StreamResponse:
        bot_id = _bot_id(token)
        fault: Fault | None = None
        params = Params({})
        try:
            params = await Params.read(request)
            fault = self._faults.take(
                "bot", method, token=token, bot_id=bot_id, chat_id=params.number("chat_id")
            )
            response = await self._meet(fault, request)
            if response is None:
                bot = self.admit(token)
                params = shortened(fault, params)
                response = success(await self._do(bot, method, params))
        except ApiError as error:
            response = refusal(error)
        except web.HTTPRequestEntityTooLarge:
            response = refusal(TOO_BIG)
        except Exception:
            log.exception("%s failed", method)
            response = refusal(ApiError(500, "Internal Server Error"))
        self._log.record(bot_id, method, masked(params.values), response.status)
        self.mailboxes.changed()
        return response if fault is None else await answered(fault, request, response)

    def _alter(self, bot_id: int, body: bytes) -> bytes:
        """An update as a webhook gets it."""
        fault = self._faults.take("bot", "webhook", bot_id=bot_id)
        return body if fault is None else altered(fault, body)

    async def _meet(self, fault: Fault | None, request: web.Request) -> web.Response | None:
        if fault is None:
            return None
        if fault.kind == "restart":
            self.restart(fault.seconds or 0.0)
            return reset(request)
        return await apply_fault(fault, request)

    async def _do(self, bot: Bot, method: str, params: Params) -> Any:
        if self._session is not None:
            await fetch_local(params, self._session)
        if self._flood is not None:
            self._flood.check(bot.id, method, params.number("chat_id"))
        return await Call(api=self, bot=bot, method=method, params=params).answer()

    def admit(self, token: str) -> Bot:
        """Whose token this is.

        Raises:
            ApiError: 404, it is none; 401, it is not valid (any more); 400, logged out.
        """
        bot = self.world.bot_by_token(token)
        if bot is None:
            raise ApiError(401, "Unauthorized") if TOKEN.fullmatch(token) else NOT_FOUND
        if self.logged_out.get(bot.id, 0.0) > self.world.now():
            raise ApiError(400, "Logged out")
        return bot

    # --- Webhooks -----------------------------------------------------------------------------

    async def deliver(self, bot_id: int) -> None:
        """Start or stop webhook delivery of a bot, by its mailbox's settings."""
        old = self._couriers.pop(bot_id, None)
        if old is not None:
            await old.stop()
        box = self.mailboxes.of(bot_id)
        if box.webhook is None or self._session is None:
            return

        async def answer(call: dict[str, Any]) -> None:
            await self._answer_webhook(bot_id, call)

        courier = WebhookSender(
            box,
            self._session,
            answer=answer,
            alter=lambda body: self._alter(bot_id, body),
            changed=self.mailboxes.changed,
            pace=self._pace,
        )
        self._couriers[bot_id] = courier
        courier.start()

    async def _answer_webhook(self, bot_id: int, call: dict[str, Any]) -> None:
        """Call the method of a webhook's response; its result is only logged."""
        method, params = str(call["method"]), Params(call)
        status = 200
        try:
            await self._do(self.world.bot(bot_id), method, params)
        except ApiError as error:
            status = error.code
        self._log.record(bot_id, method, masked(params.values), status)

    # --- Restart ------------------------------------------------------------------------------

    def restart(self, seconds: float) -> None:
        """Reset every connection and accept none for a while."""
        self._shut_until = asyncio.get_running_loop().time() + seconds
        for transport in tuple(self._live):
            transport.abort()

    def _shut(self) -> bool:
        return asyncio.get_running_loop().time() < self._shut_until

    # --- Files --------------------------------------------------------------------------------

    async def download(self, request: web.Request) -> web.StreamResponse:
        """``/file/bot<token>/<path>``"""
        if self._shut():
            return reset(request)
        token, path = request.match_info["token"], request.match_info["path"]
        fault = self._faults.take("bot", "download", token=token, bot_id=_bot_id(token))
        response = await self._meet(fault, request)
        if response is not None:
            return response
        try:
            self.admit(token)
        except ApiError as error:
            return refusal(error)
        file = self.world.files.by_path(path)
        if file is None:
            return refusal(NOT_FOUND)
        return web.Response(
            body=self.world.files.data(file), content_type="application/octet-stream"
        )


NOT_FOUND = ApiError(404, "Not Found")


def _bot_id(token: str) -> int | None:
    match = TOKEN.fullmatch(token)
    return int(match[1]) if match else None
