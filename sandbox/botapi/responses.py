"""Answers in Telegram's format. https://core.telegram.org/bots/api#making-requests"""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web

from sandbox.botapi.request import Described, Raw
from sandbox.world.errors import ApiError


def success(result: Any) -> web.Response:
    if isinstance(result, Raw):
        return _json(f'{{"ok":true,"result":{result.json}}}'.encode())
    if isinstance(result, Described):
        body = {"ok": True, "result": result.result, "description": result.description}
        return _json(msgspec.json.encode(body))
    return _json(msgspec.json.encode({"ok": True, "result": result}))


def refusal(error: ApiError) -> web.Response:
    body: dict[str, Any] = {
        "ok": False,
        "error_code": error.code,
        "description": error.description,
    }
    headers = {}
    if error.retry_after is not None:
        body["parameters"] = {"retry_after": error.retry_after}
        headers["Retry-After"] = str(error.retry_after)
    if error.migrate_to is not None:
        body["parameters"] = {"migrate_to_chat_id": error.migrate_to}
    return _json(msgspec.json.encode(body), status=error.code, headers=headers)


def _json(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)
