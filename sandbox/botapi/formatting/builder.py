"""Base of all markup parsers: collects plain text, entities and open entities."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.world.content_models import Entity
from sandbox.world.errors import ApiError, bad_request
from sandbox.world.text_entities import utf16

USER_LINK = re.compile(r"(?i)tg:(?://)?user/?\?id=(\d+)(?:#.*)?")
_LINK = re.compile(r"(?i)(?:[a-z][a-z0-9+.-]*:)?(?://)?[^\s/?#@]+\.[^\s.][^\s]*")
_DEEP_LINK = re.compile(r"(?i)(?:tg|ton|tonsite):(?://)?\S+")
_DATE_FORMAT = re.compile(r"(?:r|w?[dD]?[tT]?)")


def cannot_parse(words: str) -> ApiError:
    return bad_request(f"can't parse entities: {words}")


@dataclass(frozen=True, slots=True)
class Open:
    """An entity that has begun."""

    kind: str
    offset: int
    begin: int
    """Its start in the plain text, in characters."""
    at: int
    """Its start in the markup, in characters."""
    argument: str = ""
    date: int = 0


class Builder:
    """Reads ``source`` and collects plain text and entities."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.plain: list[str] = []
        self.offset = 0
        """In UTF-16 code units."""
        self.entities: list[Entity] = []
        self.open: list[Open] = []

    def put(self, text: str) -> None:
        self.plain.extend(text)
        self.offset += utf16(text)

    def begin(self, kind: str, at: int, argument: str = "", date: int = 0) -> None:
        self.open.append(Open(kind, self.offset, len(self.plain), at, argument, date))

    def text_since(self, mark: Open) -> str:
        return "".join(self.plain[mark.begin :])

    def at(self, index: int) -> str:
        """The character there; an empty string past the end."""
        return self.source[index] if index < len(self.source) else ""

    def byte(self, index: int) -> int:
        """Telegram counts bytes of UTF-8 in its error descriptions."""
        return len(self.source[:index].encode("utf-8", "surrogatepass"))

    def add(self, kind: str, since: int, **more: object) -> None:
        if self.offset > since:
            self.entities.append(
                Entity(type=kind, offset=since, length=self.offset - since, **more)  # type: ignore[arg-type]
            )

    def add_link(self, since: int, url: str) -> None:
        """A link, or a mention when it is of a person; an invalid one is left out."""
        person = USER_LINK.fullmatch(url)
        if person:
            self.add("text_mention", since, user_id=int(person[1]))
            return
        checked = checked_link(url)
        if checked:
            self.add("text_link", since, url=checked)

    def add_date(self, since: int, when: int, form: str) -> None:
        if not _DATE_FORMAT.fullmatch(form):
            raise cannot_parse("Invalid date-time format specified")
        if when > 0:
            self.add("date_time", since, unix_time=when, date_time_format=form)

    def result(self) -> tuple[str, tuple[Entity, ...]]:
        ordered = sorted(self.entities, key=lambda one: (one.offset, -one.length))
        return "".join(self.plain), tuple(ordered)


def checked_link(url: str) -> str:
    """The link as Telegram keeps it, or nothing when it is invalid."""
    url = url.strip()
    if _DEEP_LINK.fullmatch(url):
        return url
    if not _LINK.fullmatch(url):
        return ""
    full = url if "://" in url else f"http://{url}"
    scheme, _, rest = full.partition("://")
    host, slash, path = rest.partition("/")
    if not slash and not any(sign in rest for sign in "?#"):
        return f"{scheme.lower()}://{host.lower()}/"
    return f"{scheme.lower()}://{host}{slash}{path}"
