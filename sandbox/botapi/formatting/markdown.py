"""``parse_mode=MarkdownV2``. The grammar and complaints are TDLib's ``parse_markdown_v2``.

https://core.telegram.org/bots/api#markdownv2-style
https://github.com/tdlib/td/blob/master/td/telegram/MessageEntity.cpp
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from sandbox.botapi.formatting.builder import Builder, Open, cannot_parse
from sandbox.world.content_models import Entity

_RESERVED = "_*[]()~`>#+-=|{}.!\n"
_CODE = ("Code", "Pre", "PreCode")
_TYPES = {
    "Bold": "bold",
    "Italic": "italic",
    "Underline": "underline",
    "Strikethrough": "strikethrough",
    "Spoiler": "spoiler",
    "Code": "code",
    "Pre": "pre",
    "PreCode": "pre",
}
"""By the names the complaints use."""
_ENDS = {
    "Bold": "*",
    "Code": "`",
    "Pre": "```",
    "PreCode": "```",
    "TextUrl": "]",
    "Underline": "__",
    "Strikethrough": "~",
    "Spoiler": "||",
    "CustomEmoji": "]",
}
_STARTS = {
    "__": "Underline",
    "_": "Italic",
    "*": "Bold",
    "~": "Strikethrough",
    "||": "Spoiler",
    "![": "CustomEmoji",
    "[": "TextUrl",
    "`": "Code",
}
"""The longer ones first."""
LANGUAGE = re.compile(r"[^\s`]+(?=[^`])")
NEWLINE = re.compile(r"\r\n|\n\r|\n|\r")


def parse_markdown_v2(source: str) -> tuple[str, tuple[Entity, ...]]:
    """Plain text and entities.

    Raises:
        ApiError: 400 can't parse entities.
    """
    return _MarkdownV2(source).parse()


class _MarkdownV2(Builder):
    def __init__(self, source: str) -> None:
        super().__init__(source)
        self._quoting = False
        self._line_begins = True
        """A ``>`` here begins a quotation."""

    def parse(self) -> tuple[str, tuple[Entity, ...]]:
        index = 0
        while index < len(self.source):
            index = self._step(index)
        if self._quoting:
            self._end_quote_at_end()
        if self.open:
            raise self._endless()
        return self.result()

    def _step(self, index: int) -> int:
        sign = self.source[index]
        escaped = self.at(index + 1)
        if sign == "\\" and "\x00" < escaped <= "~":
            self._put(escaped)
            return index + 2
        inner = self.open[-1].kind if self.open else ""
        if sign not in ("`" if inner in _CODE else _RESERVED):
            self._put(sign)
            return index + 1
        if self._ends(index, inner):
            return self._end(index)
        return self._begin(index)

    def _put(self, sign: str) -> None:
        self.put(sign)
        if sign != "\r":
            self._line_begins = sign == "\n"

    # --- Beginnings ---------------------------------------------------------------------------

    def _begin(self, index: int) -> int:
        sign = self.source[index]
        if self.source.startswith("```", index):
            return self._open_block(index)
        for start, kind in _STARTS.items():
            if self.source.startswith(start, index):
                return self._open(kind, index, len(start))
        if sign == "\n":
            self._put(sign)
            return index + 1
        if sign == ">" and self._line_begins:
            return self._open_quote(index)
        raise cannot_parse(
            f"Character '{sign}' is reserved and must be escaped with the preceding '\\'"
        )

    def _open(self, kind: str, index: int, length: int, argument: str = "") -> int:
        self.begin(kind, index, argument)
        return index + length

    def _open_block(self, index: int) -> int:
        after = index + 3
        language = LANGUAGE.match(self.source, after)
        if language is not None and self.at(language.end()) not in ("", "`"):
            self.begin("PreCode", index, language.group())
            after = language.end()
        else:
            self.begin("Pre", index)
        newline = NEWLINE.match(self.source, after)
        return newline.end() if newline else after

    def _open_quote(self, index: int) -> int:
        """The first ``>`` begins a quotation, those of the next lines continue it."""
        if not self._quoting:
            self.begin("BlockQuote", index)
            self._quoting = True
        return index + 1

    # --- Endings ------------------------------------------------------------------------------

    def _ends(self, index: int, inner: str) -> bool:
        if not inner:
            return False
        if self._quoting and self.source[index] == "\n" and self.at(index + 1) != ">":
            return True
        if inner == "Italic":
            return self.source[index] == "_" and self.at(index + 1) != "_"
        return inner in _ENDS and self.source.startswith(_ENDS[inner], index)

    def _end(self, index: int) -> int:
        if self.source[index] == "\n" and self._quoting:
            return self._end_quote(index)
        mark = self.open.pop()
        if mark.kind == "TextUrl":
            return self._end_link(mark, index)
        if mark.kind == "CustomEmoji":
            return self._end_emoji(mark, index)
        self.add(_TYPES[mark.kind], mark.offset, language=mark.argument)
        return index + len(_ENDS.get(mark.kind, "_"))

    def _end_quote(self, index: int) -> int:
        kind = "blockquote"
        if self.open[-1].kind == "Spoiler" and self._just_opened(index):
            self.open.pop()
            kind = "expandable_blockquote"
        if self.open[-1].kind != "BlockQuote":
            raise self._endless()
        mark = self.open.pop()
        self._quoting = False
        self._put("\n")
        self.add(kind, mark.offset)
        return index + 1

    def _just_opened(self, index: int) -> bool:
        """A ``||`` right before the line's end marks the quotation as expandable."""
        return self.source[self.open[-1].at : index].rstrip("\r") == "||"

    def _end_quote_at_end(self) -> None:
        kind = "blockquote"
        if self.open[-1].kind == "Spoiler" and self._just_opened(len(self.source)):
            self.open.pop()
            kind = "expandable_blockquote"
        if self.open[-1].kind == "BlockQuote":
            self.add(kind, self.open.pop().offset)

    def _end_link(self, mark: Open, index: int) -> int:
        if self.at(index + 1) != "(":
            self.add_link(mark.offset, self.text_since(mark))
            return index + 1
        url, after = self._url(index + 2)
        self.add_link(mark.offset, url)
        return after

    def _end_emoji(self, mark: Open, index: int) -> int:
        if self.at(index + 1) != "(":
            raise cannot_parse("The entity must contain a tg://emoji or tg://time URL")
        url, after = self._url(index + 2)
        parts = urlsplit(url)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.scheme == "tg" and parts.netloc == "emoji" and given.get("id", "").isdigit():
            self.add("custom_emoji", mark.offset, custom_emoji_id=given["id"])
        elif parts.scheme == "tg" and parts.netloc == "time" and given.get("unix", "").isdigit():
            self.add_date(mark.offset, int(given["unix"]), given.get("format", ""))
        else:
            raise cannot_parse("Invalid tg://emoji or tg://time URL specified")
        return after

    def _url(self, begin: int) -> tuple[str, int]:
        url: list[str] = []
        index = begin
        while index < len(self.source) and self.source[index] != ")":
            if self.source[index] == "\\" and "\x00" < self.at(index + 1) <= "~":
                index += 1
            url.append(self.source[index])
            index += 1
        if index >= len(self.source):
            raise cannot_parse(f"Can't find end of a URL at byte offset {self.byte(begin)}")
        return "".join(url), index + 1

    def _endless(self) -> Exception:
        mark = self.open[-1]
        return cannot_parse(
            f"Can't find end of {mark.kind} entity at byte offset {self.byte(mark.at)}"
        )

    def result(self) -> tuple[str, tuple[Entity, ...]]:
        plain, entities = super().result()
        return plain, tuple(
            one if one.type == "pre" else replace(one, language="") for one in entities
        )
