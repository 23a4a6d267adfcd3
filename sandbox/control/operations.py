"""Faults on demand, the log of calls, health, the demo's facts, files."""

from __future__ import annotations

from aiohttp import web

from sandbox.control.body import Body, query_number
from sandbox.control.desk import DONE, Desk, answer
from sandbox.control.problems import Unknown, WrongBody
from sandbox.doors import DOORS
from sandbox.faults import KINDS, PROTOCOLS, Fault
from sandbox.seed import demo_facts

_TEXTS = ("method", "token", "phone", "description")
_WHOLE = ("bot", "times", "status", "error_code")


class Operations:
    """``/sandbox/faults``, ``log``, ``health``, ``demo``, ``files``."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def add_fault(self, request: web.Request) -> web.Response:
        body = (await Body.read(request)).allow("protocol", "kind", "seconds", *_TEXTS, *_WHOLE)
        fault = Fault(
            protocol=_one_of(body, "protocol", PROTOCOLS, "bot"),
            kind=_one_of(body, "kind", tuple(KINDS), None),
            seconds=_seconds(body),
            method=body.text_or_none("method"),
            token=body.text_or_none("token"),
            phone=body.text_or_none("phone"),
            description=body.text_or_none("description"),
            bot=body.number_or_none("bot"),
            times=body.number_or_none("times"),
            status=body.number_or_none("status"),
            error_code=body.number_or_none("error_code"),
        )
        if fault.times is not None and fault.times < 1:
            raise WrongBody("times", "'times' must be at least 1; leave it out for ever.")
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
        doors = request.app[DOORS]
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
        """A file as a phone shows it. A document can't run anything in this page's name."""
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


def _one_of(body: Body, name: str, allowed: tuple[str, ...], default: str | None) -> str:
    value = body.text_or_none(name) or default
    if value not in allowed:
        raise WrongBody(name, f"'{name}' must be one of: {', '.join(allowed)}.")
    return value


def _seconds(body: Body) -> float | None:
    value = body.everything().get("seconds")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise WrongBody("seconds", "'seconds' must be a number, not negative.")
    return float(value)
