"""Events as server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from aiohttp import web

from sandbox.control_api.event_feed import Feeds, Item, Queue

HEARTBEAT = 15.0
"""Seconds between the comments that keep an idle stream open."""
RETRY_MS = 1_000


async def stream(request: web.Request, feeds: Feeds, accounts: Sequence[int]) -> web.StreamResponse:
    """Answer with these people's events until the client disconnects.

    ``Last-Event-ID`` (or ``?since=``) returns missed events, or an event ``reset``.
    """
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    last, queue = feeds.watch(accounts)
    try:
        await response.prepare(request)
        await response.write(f"retry: {RETRY_MS}\n\n".encode())
        since = request.headers.get("Last-Event-ID") or request.query.get("since")
        await response.write(_greeting(feeds, accounts, since, last))
        await _pump(response, feeds, queue)
    except ConnectionError:
        pass  # the client disconnected
    finally:
        feeds.unwatch(accounts, queue)
    return response


def _greeting(feeds: Feeds, accounts: Sequence[int], since: str | None, last: int) -> bytes:
    missed = feeds.missed(accounts, since) if since else []
    if missed is None:
        return _line(feeds.id_of(last), "reset", {})
    text = b"".join(_event(feeds, item) for item in missed)
    return text + _line(feeds.id_of(last), "ready", {})


async def _pump(response: web.StreamResponse, feeds: Feeds, queue: Queue) -> None:
    while True:
        try:
            item = await asyncio.wait_for(queue.get(), HEARTBEAT)
        except TimeoutError:
            await response.write(b": still here\n\n")
            continue
        if item is None:
            return
        await response.write(_event(feeds, item))


def _event(feeds: Feeds, item: Item) -> bytes:
    return _line(feeds.id_of(item.number), item.kind, item.data)


def _line(event_id: str, kind: str, data: object) -> bytes:
    plain = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"id: {event_id}\nevent: {kind}\ndata: {plain}\n\n".encode()
