"""A call's parameters, however they came: query, JSON, form or multipart.

https://core.telegram.org/bots/api#making-requests
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from sandbox.world.errors import bad_request

TRUE = ("true", "1", "yes", "on")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


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
        self.files = files or {}

    @classmethod
    async def read(cls, request: web.Request) -> Params:
        """Read a request's query and body.

        Raises:
            ApiError: 400, the body is broken.
        """
        values: dict[str, Any] = dict(request.query)
        if not request.can_read_body:
            return cls(values)
        if request.content_type == "application/json":
            return cls({**values, **_json_object(await request.read())})
        if request.content_type not in _FORMS:
            return cls(values)
        files: dict[str, Upload] = {}
        try:
            form = await request.post()
        except (ValueError, web.HTTPBadRequest) as error:
            raise bad_request("failed to parse request body") from error
        for name, part in form.items():
            if isinstance(part, web.FileField):
                with part.file as file:
                    files[name] = Upload(
                        name=part.filename, mime=part.content_type, data=file.read()
                    )
            else:
                values[name] = part.decode() if isinstance(part, bytes | bytearray) else part
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
        return str(value) if isinstance(value, int | float) else _to_json(value)

    def required(self, name: str) -> str:
        """Raises ApiError: 400 parameter is required."""
        value = self.text(name)
        if not value:
            raise bad_request(f'parameter "{name}" is required')
        return value

    def number(self, name: str, default: int = 0) -> int:
        """A whole number; one that cannot be read counts as the digits it begins with, or 0."""
        text = self.text(name).strip()
        if not text:
            return default
        digits = text.lstrip("-")
        length = next(
            (at for at, sign in enumerate(digits) if sign not in "0123456789"), len(digits)
        )
        value = int(digits[:length] or 0)
        return -value if text.startswith("-") else value

    def number_or_none(self, name: str) -> int | None:
        return self.number(name) if self.has(name) else None

    def real(self, name: str) -> float:
        """Raises ApiError: 400, it is missing or no number."""
        try:
            return float(self.text(name))
        except ValueError:
            raise bad_request(f"{name} is empty") from None

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
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            raise bad_request(f"can't parse {what} JSON object") from None

    def array(self, name: str, what: str) -> list[Any]:
        """A JSON array, empty when it is not given. Raises ApiError: 400."""
        value = self.json(name, what)
        if value is None:
            return []
        if not isinstance(value, list):
            raise bad_request(f"expected an Array of {what}")
        return value


def _json_object(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        found = None
    if not isinstance(found, dict):
        raise bad_request("failed to parse request JSON")
    return found


def _to_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
