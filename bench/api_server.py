"""A minimal Bot API over TLS for benchmarks: it holds long polls and answers the rest immediately.

The sandbox does much more; on two cores its own CPU time would dominate the figures.
Run as ``python -m bench.api_server FOLDER``: prints its port, serves until
its standard input closes.
"""

from __future__ import annotations

import asyncio
import gc
import ssl
import sys
import time
from collections import defaultdict, deque
from pathlib import Path
from typing import Any

import uvloop
from aiohttp import web

from bench.certificate import write_certificate
from bench.sample_updates import text_update

Json = dict[str, Any]


class LeanBotApi:
    """Bots exist as soon as they are asked about; updates are put in by ``/bench/put``."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._queues: dict[str, deque[Json]] = defaultdict(deque)
        self._asked: dict[str, float] = {}
        self._latencies: list[float] = []
        self._loads: set[asyncio.Task[None]] = set()
        self._next_update = 1

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/bench/polls", self.polls),
            web.post("/bench/load", self.load),
            web.get("/bench/latencies", self.latencies),
            web.route("*", "/bot{token}/{method}", self.method),
        ]

    async def polls(self, _: web.Request) -> web.Response:
        return web.json_response({"held": len(self._waiting)})

    async def load(self, request: web.Request) -> web.Response:
        """Put updates into the bots' queues for some seconds: ``{bots, rate, seconds, mark}``.

        ``rate`` is updates a second for each bot. Latency ends with an answer that repeats the
        update's text, which begins with ``mark``.
        """
        wanted = await request.json()
        task = asyncio.get_running_loop().create_task(self._load(**wanted))
        self._loads.add(task)
        task.add_done_callback(self._loads.discard)
        return web.json_response({})

    async def _load(self, bots: list[str], rate: float, seconds: float, mark: str) -> None:
        began, due = time.monotonic(), 0
        total = int(rate * seconds) * len(bots)
        while due < total:
            ready = min(total, int((time.monotonic() - began) * rate * len(bots)))
            for index in range(due, ready):
                self._put(bots[index % len(bots)], f"{mark}{self._next_update}")
            due = ready
            await asyncio.sleep(0.002)

    def _put(self, bot_id: str, text: str) -> None:
        number = self._next_update
        self._next_update += 1
        self._asked[text] = time.monotonic()
        self._queues[bot_id].append(text_update(number, 1 + number % 500, text))
        waiting = self._waiting.get(bot_id)
        if waiting and not waiting.done():
            waiting.set_result(None)

    async def latencies(self, _: web.Request) -> web.Response:
        """Milliseconds from put to answered, of everything answered since the last call."""
        taken, self._latencies = self._latencies, []
        return web.json_response(taken)

    async def method(self, request: web.Request) -> web.Response:
        bot_id = request.match_info["token"].partition(":")[0]
        method = request.match_info["method"].lower()
        params: Json = dict(request.query)
        if request.content_type == "application/json":
            params |= await request.json()
        else:
            params |= dict(await request.post())
        result: object = True
        if method == "getupdates":
            result = await self._updates(bot_id, params)
        elif method == "getme":
            result = {
                "id": int(bot_id),
                "is_bot": True,
                "first_name": "b",
                "username": f"b{bot_id}",
            }
        elif method == "getwebhookinfo":
            result = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        elif method == "sendmessage":
            result = self._message(params)
        return web.json_response({"ok": True, "result": result})

    def _message(self, params: Json) -> Json:
        asked = self._asked.pop(str(params.get("text")), None)
        if asked is not None:
            self._latencies.append((time.monotonic() - asked) * 1000)
        chat = {"id": int(params.get("chat_id", 1)), "type": "private", "first_name": "p"}
        return {"message_id": 1, "date": 1_700_000_000, "chat": chat, "text": "ok"}

    async def _updates(self, bot_id: str, params: Json) -> list[Json]:
        queue = self._queues[bot_id]
        offset = int(params.get("offset") or 0)
        while queue and queue[0]["update_id"] < offset:
            queue.popleft()
        if not queue:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting[bot_id] = waiting
            try:
                await asyncio.wait_for(waiting, float(params.get("timeout") or 0))
            except TimeoutError:
                return []
            finally:
                self._waiting.pop(bot_id, None)
        return list(queue)[: int(params.get("limit") or 100)]


async def serve(folder: Path) -> None:
    certificate, key = write_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.add_routes(LeanBotApi().routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context, backlog=4096)
    await site.start()
    # A garbage collector's pause here would be measured as latency.
    gc.collect()
    gc.freeze()
    print(runner.addresses[0][1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1])))
