"""Faults on demand, the log of calls, health, the demo's values, files."""

from __future__ import annotations

from aiohttp import web

from sandbox.botapi.request import METHODS
from sandbox.control_api.context import DONE, ControlContext, answer
from sandbox.control_api.errors import Unknown, WrongBody
from sandbox.control_api.request_body import Body, query_number
from sandbox.endpoints import ENDPOINTS
from sandbox.fault_injection import Fault, WrongFault
from sandbox.seed import demo_facts


class Operations:
    """``/sandbox/faults``, ``log``, ``health``, ``demo``, ``files``."""

    def __init__(self, desk: ControlContext) -> None:
        self._desk = desk

    async def add_fault(self, request: web.Request) -> web.Response:
        given = (await Body.read(request)).everything()
        try:
            fault = Fault.from_json(given)
            _check_method(fault)
        except WrongFault as wrong:
            raise WrongBody(wrong.field, f"{wrong.words[0].upper()}{wrong.words[1:]}.") from None
        number = self._desk.faults.add(fault)
        return answer({"id": number, **fault.to_json()}, 201)

    async def faults(self, _: web.Request) -> web.Response:
        return answer(self._desk.faults.list())

    async def clear_faults(self, _: web.Request) -> web.Response:
        self._desk.faults.clear()
        return answer(DONE)

    async def log(self, request: web.Request) -> web.Response:
        bot = query_number(request, "bot", 0) or None
        calls = self._desk.log.list(bot, request.query.get("method"))
        return answer([call.to_json() for call in calls])

    async def health(self, request: web.Request) -> web.Response:
        doors = request.app[ENDPOINTS]
        return answer(
            {
                "ok": True,
                "url": doors.url,
                "mtproto": doors.mtproto,
                "public_key": doors.public_key_pem,
                "run": self._desk.feeds.run,
            }
        )

    async def demo(self, _: web.Request) -> web.Response:
        facts = demo_facts(self._desk.world)
        if facts is None:
            raise Unknown("This world was not seeded with the demo.")
        return answer(facts)

    async def file(self, request: web.Request) -> web.Response:
        """A file for the web page; its headers keep a document from running scripts here."""
        files = self._desk.world.files
        stored = files.files.get(request.match_info["unique_id"])
        if stored is None:
            raise Unknown("There is no such file.")
        return web.Response(
            body=files.data(stored),
            content_type=stored.mime.partition(";")[0],
            headers={
                "Cache-Control": "private, max-age=31536000, immutable",
                "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'",
                "X-Content-Type-Options": "nosniff",
            },
        )

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/sandbox/faults", self.add_fault),
            web.get("/sandbox/faults", self.faults),
            web.delete("/sandbox/faults", self.clear_faults),
            web.get("/sandbox/log", self.log),
            web.get("/sandbox/health", self.health),
            web.get("/sandbox/demo", self.demo),
            web.get("/sandbox/files/{unique_id}/{name}", self.file),
        ]


def _check_method(fault: Fault) -> None:
    """A method of the Bot API that is misspelt. (Those of MTProto are Telegram's schema.)"""
    name = (fault.method or "*").lower()
    if fault.protocol == "bot" and name not in {"*", "download", "webhook", *METHODS}:
        raise WrongFault("method", f"there is no method '{fault.method}'")
