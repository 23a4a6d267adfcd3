"""A call's parameters, however they came: query, JSON, form or multipart.

https://core.telegram.org/bots/api#making-requests
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import msgspec
from aiohttp import web

from sandbox.botapi.fields import LONG
from sandbox.botapi.multipart import read_parts
from sandbox.world.entities import check_utf8
from sandbox.world.errors import bad_request

TRUE = ("true", "1", "yes", "on")
BIGGEST_FORM = 60 * 2**20
"""Bytes of all parts of a form; Telegram accepts files of 50 MB."""
_NUMBER = re.compile(r"-?[0-9]{1,30}", re.ASCII)
_FRACTION = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    name: str
    mime: str
    data: bytes


class Params:
    """Values by name; getters read text and JSON alike."""

    def __init__(
        self, values: Mapping[str, Any], files: Mapping[str, Upload] | None = None
    ) -> None:
        self.values = values
        self.files: dict[str, Upload] = dict(files or {})

    @classmethod
    async def read(cls, request: web.Request) -> Params:
        """Read a request's query and body.

        Raises:
            ApiError: 400, the body is broken, or a text is not UTF-8.
        """
        values: dict[str, Any] = dict(request.query)
        files: dict[str, Upload] = {}
        if request.can_read_body:
            await _read_body(request, values, files)
        _check_texts(values)
        return cls(values, files)

    def has(self, name: str) -> bool:
        return self.values.get(name) not in (None, "")

    def text(self, name: str) -> str:
        """The value as text; empty when it is not given."""
        value = self.values.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value) if isinstance(value, int | float) else json.dumps(value)

    def required(self, name: str) -> str:
        """Raises ApiError: 400 parameter is required."""
        value = self.text(name)
        if not value:
            raise bad_request(f'parameter "{name}" is required')
        return value

    def number(self, name: str, default: int = 0) -> int:
        """A whole number of 64 bits; one that cannot be read counts as the digits it begins
        with, or 0."""
        text = self.text(name).strip()
        if not text:
            return default
        match = _NUMBER.match(text)
        return min(max(int(match.group()), -LONG), 2 * LONG - 1) if match else 0

    def number_or_none(self, name: str) -> int | None:
        return self.number(name) if self.has(name) else None

    def real(self, name: str) -> float:
        """Raises ApiError: 400, it is missing or no number."""
        text = self.text(name).strip()
        value = float(text) if _FRACTION.fullmatch(text) else None
        if value is None or not isfinite(value):
            raise bad_request(f"{name} is empty")
        return value

    def flag(self, name: str) -> bool:
        return self.text(name).strip().lower() in TRUE

    def json(self, name: str, what: str) -> Any:
        """A JSON value, None when it is not given.

        Raises:
            ApiError: 400 can't parse ``what`` JSON object.
        """
        value = self.values.get(name)
        if value in (None, ""):
            return None
        if not isinstance(value, str):
            return value
        try:
            found = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            raise bad_request(f"can't parse {what} JSON object") from None
        _check_texts(found)
        return found

    def array(self, name: str, what: str) -> list[Any]:
        """A JSON array, empty when it is not given. Raises ApiError: 400."""
        value = self.json(name, what)
        if value is None:
            return []
        if not isinstance(value, list):
            raise bad_request(f"expected an Array of {what}")
        return value


async def _read_body(
    request: web.Request, values: dict[str, Any], files: dict[str, Upload]
) -> None:
    kind = request.content_type
    if kind == "application/json":
        values.update(_json_object(await request.read()))
    elif kind == "application/x-www-form-urlencoded":
        try:
            values.update({name: str(value) for name, value in (await request.post()).items()})
        except ValueError as error:
            raise bad_request("failed to parse request body") from error
    elif kind == "multipart/form-data":
        for part in await read_parts(request, BIGGEST_FORM):
            if part.filename is None:
                values[part.name] = part.data.decode("utf-8", "surrogateescape")
            else:
                files[part.name] = Upload(name=part.filename, mime=part.mime, data=part.data)


def _json_object(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise bad_request("failed to parse request JSON")
    return found


def _check_texts(value: Any) -> None:
    """Raises ApiError: 400, somewhere in it is a text that is not UTF-8."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            check_utf8(one)
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one
