"""Applies faults to calls of the Bot API."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from aiohttp import web

from sandbox.botapi.malformed_responses import altered
from sandbox.botapi.request_params import Params
from sandbox.botapi.responses import refusal
from sandbox.fault_injection import ON_ANSWERS, Fault
from sandbox.world.errors import ApiError, too_many_requests
from sandbox.world.refusals import refused

FLOOD_SECONDS = 5
LISTS = ("message_ids", "media")
UPGRADED_TO = -1_001_000_999_999
"""The supergroup a group has become, when a fault does not say which."""


def reset(request: web.Request) -> web.Response:
    """Reset the connection. The returned response is not sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)


async def apply_fault(fault: Fault, request: web.Request) -> web.Response | None:
    """Apply a fault. None: the call continues (after a delay)."""
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


def shortened(fault: Fault | None, params: Params) -> Params:
    """Parameters of which only a part is done.

    Telegram's servers skip messages of a list, or refuse after some of them:
    https://github.com/tdlib/telegram-bot-api/issues/714
    https://github.com/tdlib/telegram-bot-api/issues/741
    """
    if fault is None or fault.kind != "partial":
        return params
    several = {
        name: params.json(name, name)[: fault.count]
        for name in LISTS
        if isinstance(params.json(name, name), list)
    }
    return Params({**params.values, **several}, params.files)


async def answered(
    fault: Fault, request: web.Request, response: web.StreamResponse
) -> web.StreamResponse:
    """Apply a fault to a call's answer."""
    if fault.kind in ("refused_after", "partial") and fault.refusal and response.status == 200:
        return refusal(_named(fault))
    match fault.kind:
        case "answer_lost":
            return reset(request)
        case "answer_late":
            await asyncio.sleep(fault.seconds or 0)
        case "answer_cut":
            return await _cut(request, response)
    if fault.kind in ON_ANSWERS and isinstance(response, web.Response):
        response.body = altered(fault, bytes(response.body or b""))  # type: ignore[arg-type]
    return response


async def _cut(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Half of the answer, then the end of the connection."""
    whole = bytes(response.body or b"") if isinstance(response, web.Response) else b""  # type: ignore[arg-type]
    half = web.StreamResponse(status=response.status, headers={"Content-Length": str(len(whole))})
    half.content_type = "application/json"
    await half.prepare(request)
    await half.write(whole[: len(whole) // 2])
    if request.transport is not None:
        request.transport.abort()
    return half


def error_of(fault: Fault) -> ApiError | None:
    match fault.kind:
        case "refusal":
            return _named(fault)
        case "retry_after":
            return too_many_requests(int(fault.seconds or FLOOD_SECONDS))
        case "token_revoked" | "session_revoked" | "unknown_key":
            return ApiError(401, "Unauthorized")
        case "conflict":
            words = fault.description
            return ApiError(409, words) if words else refused("other_poller")
        case "error":
            return ApiError(fault.error_code or 400, fault.description or "Bad Request")
    return None


def _named(fault: Fault) -> ApiError:
    """A refusal by its name; 429 and the upgrade of a group with their parameters."""
    name = fault.refusal or ""
    if name == "flood":
        return too_many_requests(int(fault.seconds or FLOOD_SECONDS))
    error = refused(name)
    if name == "group_upgraded":
        error.migrate_to = fault.migrate_to or UPGRADED_TO
    return error


def _page(status: int) -> web.Response:
    """The error page of a proxy in front of Telegram."""
    try:
        words = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        words = str(status)
    html = (
        f"<html>\r\n<head><title>{words}</title></head>\r\n<body>\r\n<center><h1>{words}</h1>"
        "</center>\r\n<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n"
    )
    return web.Response(status=status, text=html, content_type="text/html")
