"""Faults at the Bot API's door."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from aiohttp import web

from sandbox.botapi.answers import refusal
from sandbox.faults import Fault
from sandbox.world.errors import ApiError, conflict, too_many_requests

FLOOD_SECONDS = 5
OTHER_POLLER = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)


def reset(request: web.Request) -> web.Response:
    """Cut the connection. The response is for nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)


async def befall(fault: Fault, request: web.Request) -> web.Response | None:
    """Let a fault happen. None: the call goes on (after a delay)."""
    match fault.kind:
        case "http_status":
            return _page(fault.status or 502)
        case "garbage":
            return web.Response(text='{"ok":true,"result":', content_type="application/json")
        case "reset":
            return reset(request)
        case "hang":
            await asyncio.sleep(fault.seconds if fault.seconds is not None else 10**6)
            return reset(request)
        case "delay":
            await asyncio.sleep(fault.seconds or 0)
    error = error_of(fault)
    return None if error is None else refusal(error)


def error_of(fault: Fault) -> ApiError | None:
    match fault.kind:
        case "retry_after":
            return too_many_requests(int(fault.seconds or FLOOD_SECONDS))
        case "token_revoked" | "session_revoked" | "unknown_key":
            return ApiError(401, "Unauthorized")
        case "conflict":
            return ApiError(409, fault.description) if fault.description else conflict(OTHER_POLLER)
        case "error":
            return ApiError(fault.error_code or 400, fault.description or "Bad Request")
    return None


def _page(status: int) -> web.Response:
    """What a proxy in front of Telegram answers."""
    try:
        words = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        words = str(status)
    html = (
        f"<html>\r\n<head><title>{words}</title></head>\r\n<body>\r\n<center><h1>{words}</h1>"
        "</center>\r\n<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n"
    )
    return web.Response(status=status, text=html, content_type="text/html")
