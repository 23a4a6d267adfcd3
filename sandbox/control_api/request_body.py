"""Parses a request: each value is checked, and an error names the wrong one."""

from __future__ import annotations

import base64
import binascii
import json
import mimetypes
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiohttp import BodyPartReader, web

from sandbox.control_api.errors import WrongBody

T = TypeVar("T")

FILE_KINDS = (
    "photo",
    "document",
    "video",
    "voice",
    "audio",
    "animation",
    "sticker",
    "video_note",
)
FILE_FORM = (
    "'file' is a multipart part, or an object {name, data (base64), mime?, kind?, width?, "
    f"height?, duration?, title?, performer?, emoji?, spoiler?}}; kinds are {', '.join(FILE_KINDS)}"
)
FILE_DETAILS: dict[str, type] = {
    "width": int,
    "height": int,
    "duration": int,
    "title": str,
    "performer": str,
    "emoji": str,
    "spoiler": bool,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file a person attaches."""

    name: str
    mime: str
    data: bytes
    kind: str
    details: dict[str, Any] = field(default_factory=dict)
    """Of :data:`FILE_DETAILS`."""


class Body:
    """The object a request carries. Getters raise :class:`WrongBody` with the field's name."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    @classmethod
    async def read(cls, request: web.Request) -> Body:
        """JSON, or multipart whose part ``file`` has a file name.

        Raises:
            WrongBody: the body is neither, or not an object.
        """
        if request.content_type == "multipart/form-data":
            return cls(await _parts(request))
        raw = await request.read()
        if not raw:
            return cls({})
        try:
            fields = json.loads(raw)
        except ValueError:
            raise WrongBody("body", "The body is not JSON.") from None
        if not isinstance(fields, dict):
            raise WrongBody("body", "The body must be a JSON object.")
        return cls(fields)

    def allow(self, *names: str) -> Body:
        """Refuse unknown fields, so that a misspelt one is an error."""
        for name in self._fields:
            if name not in names:
                known = ", ".join(names) or "none"
                raise WrongBody(name, f"Unknown field '{name}'. Fields here: {known}.")
        return self

    def has(self, name: str) -> bool:
        return self._fields.get(name) is not None

    def text(self, name: str, *, longest: int = 4096) -> str:
        """A required string that is not blank."""
        value = self.text_or_none(name, longest=longest)
        if value is None or not value.strip():
            raise WrongBody(name, f"'{name}' is required and must not be empty.")
        return value

    def text_or_none(self, name: str, *, longest: int = 4096) -> str | None:
        value = self._typed(name, str, "a string")
        if value is not None and len(value) > longest:
            raise WrongBody(name, f"'{name}' is longer than {longest} characters.")
        return value

    def number(self, name: str) -> int:
        value = self.number_or_none(name)
        if value is None:
            raise WrongBody(name, f"'{name}' is required and must be a whole number.")
        return value

    def number_or_none(self, name: str) -> int | None:
        value = self._fields.get(name)
        if value is None:
            return None
        return whole(name, value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self._typed(name, bool, "true or false")
        return default if value is None else value

    def reference(self, name: str) -> int | str:
        """A required id or @username."""
        value = self._fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
            raise WrongBody(name, f"'{name}' is required: an id or an @username.")
        return reference(value)

    def object_or_none(self, name: str) -> Body | None:
        value = self._typed(name, dict, "an object")
        return None if value is None else Body(value)

    def upload(self, name: str = "file") -> Upload | None:
        """The attached file, from a multipart part or from base64 in JSON."""
        value = self._fields.get(name)
        if value is None or isinstance(value, Upload):
            return value
        if not isinstance(value, dict):
            raise WrongBody(name, FILE_FORM)
        part = Body(value)
        try:
            data = base64.b64decode(part.text("data", longest=70_000_000), validate=True)
        except (WrongBody, binascii.Error):
            raise WrongBody(name, FILE_FORM) from None
        file_name = part.text_or_none("name", longest=255) or "file"
        mime = part.text_or_none("mime") or _mime_of(file_name)
        return Upload(
            name=file_name,
            mime=mime,
            data=data,
            kind=_kind(name, part.text_or_none("kind"), mime),
            details=_details(part),
        )

    def objects(self, name: str) -> list[Body]:
        """A list of objects; empty when it is not given."""
        given = self._typed(name, list, "a list") or []
        if any(not isinstance(one, dict) for one in given):
            raise WrongBody(name, f"'{name}' must be a list of objects.")
        return [Body(one) for one in given]

    def numbers(self, name: str) -> list[int]:
        """A list of whole numbers; empty when it is not given."""
        return [whole(name, one) for one in self._typed(name, list, "a list") or []]

    def names(self, name: str, known: Iterable[str]) -> tuple[str, ...]:
        """A list of names, each a known one; empty when it is not given."""
        given = self._typed(name, list, "a list") or []
        known = tuple(known)
        for one in given:
            if one not in known:
                raise WrongBody(name, f"'{name}' holds names among: {', '.join(known)}.")
        return tuple(given)

    def everything(self) -> dict[str, Any]:
        return dict(self._fields)

    def _typed(self, name: str, kind: type[T], words: str) -> T | None:
        value = self._fields.get(name)
        if value is None:
            return None
        if not isinstance(value, kind):
            raise WrongBody(name, f"'{name}' must be {words}.")
        return value


def whole(name: str, value: object) -> int:
    """A whole number, also as the text of one (paths, queries and forms carry text)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.removeprefix("-").isascii():
        try:
            return int(value)
        except ValueError:
            pass
    raise WrongBody(name, f"'{name}' must be a whole number.")


def reference(value: int | str) -> int | str:
    """An id if it reads as one, else an @username."""
    if isinstance(value, int):
        return value
    try:
        return int(value)
    except ValueError:
        return value if value.startswith("@") else f"@{value}"


def query_number(request: web.Request, name: str, default: int) -> int:
    value = request.query.get(name)
    return default if value is None else whole(name, value)


async def _parts(request: web.Request) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    upload: tuple[str, str, bytes] | None = None
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise WrongBody("body", "Nested multipart is not taken.")
        if part.filename is None:
            fields[part.name] = await part.text()
        else:
            mime = part.headers.get("Content-Type") or _mime_of(part.filename)
            upload = (part.filename, mime, bytes(await part.read()))
    if upload is not None:
        name, mime, data = upload
        kind = _kind("kind", fields.pop("kind", None), mime)
        fields["file"] = Upload(name=name, mime=mime, data=data, kind=kind)
    return fields


def _details(part: Body) -> dict[str, Any]:
    given = part.everything()
    for name, kind in FILE_DETAILS.items():
        if not isinstance(given.get(name), kind | None):
            raise WrongBody("file", FILE_FORM)
    return {name: given[name] for name in FILE_DETAILS if given.get(name) is not None}


def _mime_of(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _kind(field: str, given: str | None, mime: str) -> str:
    if given is not None:
        if given not in FILE_KINDS:
            raise WrongBody(field, FILE_FORM)
        return given
    family = mime.partition("/")[0]
    if mime in {"image/jpeg", "image/png", "image/webp"}:
        return "photo"
    if mime == "image/gif":
        return "animation"
    return {"video": "video", "audio": "audio"}.get(family, "document")
