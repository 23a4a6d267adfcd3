"""``parse_mode=HTML``. The grammar and complaints are TDLib's ``parse_html``.

https://core.telegram.org/bots/api#html-style
https://github.com/tdlib/td/blob/master/td/telegram/MessageEntity.cpp
"""

from __future__ import annotations

import re
from dataclasses import replace

from sandbox.botapi.formatting.builder import Builder, Open, cannot_parse
from sandbox.world.content_models import Entity

_SIMPLE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
_TAGS = {*_SIMPLE, "a", "pre", "code", "blockquote", "tg-emoji", "tg-time"}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x(?P<hex>[0-9a-fA-F]*)|#(?P<dec>[0-9]*)|(?P<name>[A-Za-z]+));?")
_TAG_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE_NAME = re.compile(r"[^\s=>/\"']*")
_NAME_TOKEN = re.compile(r"[A-Za-z0-9.\-]*")
_SPACE = re.compile(r"\s*")


def parse_html(source: str) -> tuple[str, tuple[Entity, ...]]:
    """Plain text and entities.

    Raises:
        ApiError: 400 can't parse entities.
    """
    return _Html(source).parse()


class _Html(Builder):
    def parse(self) -> tuple[str, tuple[Entity, ...]]:
        index = 0
        while index < len(self.source):
            index = self._step(index)
        if self.open:
            raise cannot_parse(
                f'Can\'t find end tag corresponding to start tag "{self.open[-1].kind}"'
            )
        plain, entities = self.result()
        if any(0xD800 <= ord(sign) <= 0xDFFF for sign in plain):
            raise cannot_parse(
                "Text contains invalid Unicode characters after decoding HTML entities, check "
                "for unmatched surrogate code units"
            )
        return plain, entities

    def _step(self, index: int) -> int:
        sign = self.source[index]
        if sign == "<":
            return self._end_tag(index) if self.at(index + 1) == "/" else self._start_tag(index)
        if sign == "&":
            character, after = _reference(self.source, index)
            self.put(character)
            return after
        self.put(sign)
        return index + 1

    # --- Start tags ---------------------------------------------------------------------------

    def _start_tag(self, begin: int) -> int:
        match = _TAG_NAME.match(self.source, begin + 1)
        assert match is not None
        if match.end() >= len(self.source):
            raise cannot_parse(f"Unclosed start tag at byte offset {self.byte(begin)}")
        tag = match.group().lower()
        if tag not in _TAGS:
            raise cannot_parse(f'Unsupported start tag "{tag}" at byte offset {self.byte(begin)}')
        attributes, end = self._attributes(tag, begin, match.end())
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise cannot_parse(
                f'Tag "span" must have class "tg-spoiler" at byte offset {self.byte(begin)}'
            )
        self.begin(tag, begin, _argument(tag, attributes), _number(attributes.get("unix", "")))
        return end + 1

    def _attributes(self, tag: str, begin: int, index: int) -> tuple[dict[str, str], int]:
        found: dict[str, str] = {}
        while True:
            index = self._skip(index)
            if self.at(index) == ">":
                return found, index
            match = _ATTRIBUTE_NAME.match(self.source, index)
            assert match is not None
            name = match.group()
            if not name:
                raise cannot_parse(
                    f'Empty attribute name in the tag "{tag}" at byte offset {self.byte(begin)}'
                )
            index = self._skip(match.end())
            if self.at(index) != "=":
                self._need_more(tag, begin, index)
                found[name] = ""
                continue
            index = self._skip(index + 1)
            self._need_more(tag, begin, index)
            found[name], index = self._value(index)
            if index >= len(self.source):
                raise cannot_parse(f"Unclosed start tag at byte offset {self.byte(begin)}")

    def _value(self, index: int) -> tuple[str, int]:
        quote = self.source[index]
        if quote not in "'\"":
            match = _NAME_TOKEN.match(self.source, index)
            assert match is not None
            after = self.at(match.end())
            if after and after != ">" and not after.isspace():
                raise cannot_parse(
                    f"Unexpected end of name token at byte offset {self.byte(index)}"
                )
            return match.group().lower(), match.end()
        value: list[str] = []
        index += 1
        while index < len(self.source) and self.source[index] != quote:
            if self.source[index] == "&":
                character, index = _reference(self.source, index)
                value.append(character)
                continue
            value.append(self.source[index])
            index += 1
        return "".join(value), min(index + 1, len(self.source))

    def _need_more(self, tag: str, begin: int, index: int) -> None:
        if index >= len(self.source):
            raise cannot_parse(f'Unclosed start tag "{tag}" at byte offset {self.byte(begin)}')

    def _skip(self, index: int) -> int:
        match = _SPACE.match(self.source, index)
        return match.end() if match else index

    # --- End tags -----------------------------------------------------------------------------

    def _end_tag(self, begin: int) -> int:
        if not self.open:
            raise cannot_parse(f"Unexpected end tag at byte offset {self.byte(begin)}")
        match = _TAG_NAME.match(self.source, begin + 2)
        assert match is not None
        name = match.group().lower()
        end = self._skip(match.end())
        if self.at(end) != ">":
            raise cannot_parse(f"Unclosed end tag at byte offset {self.byte(begin)}")
        mark = self.open[-1]
        if name and name != mark.kind:
            raise cannot_parse(
                f"Unmatched end tag at byte offset {self.byte(begin)}, "
                f'expected "</{mark.kind}>", found "</{name}>"'
            )
        self.open.pop()
        if self.offset > mark.offset:
            self._close(mark)
        return end + 1

    def _close(self, mark: Open) -> None:
        match mark.kind:
            case "a":
                self.add_link(mark.offset, mark.argument or self.text_since(mark))
            case "pre":
                self._close_pre(mark)
            case "code":
                self._close_code(mark)
            case "blockquote":
                kind = "expandable_blockquote" if mark.argument else "blockquote"
                self.add(kind, mark.offset)
            case "tg-emoji":
                if not _number(mark.argument):
                    raise cannot_parse("Invalid custom emoji identifier specified")
                self.add("custom_emoji", mark.offset, custom_emoji_id=mark.argument)
            case "tg-time":
                self.add_date(mark.offset, mark.date, mark.argument)
            case simple:
                self.add(_SIMPLE[simple], mark.offset)

    def _close_pre(self, mark: Open) -> None:
        """``<pre><code class="language-x">`` is one block with a language."""
        inner = self.entities[-1] if self.entities else None
        if (
            inner is not None
            and inner.type == "code"
            and inner.language
            and self._same(mark, inner)
        ):
            self.entities[-1] = replace(inner, type="pre")
        else:
            self.add("pre", mark.offset)

    def _close_code(self, mark: Open) -> None:
        inner = self.entities[-1] if self.entities else None
        if inner is not None and inner.type == "pre" and mark.argument and self._same(mark, inner):
            self.entities[-1] = replace(inner, language=mark.argument)
        else:
            self.add("code", mark.offset, language=mark.argument)

    def _same(self, mark: Open, inner: Entity) -> bool:
        return inner.offset == mark.offset and inner.length == self.offset - mark.offset

    def result(self) -> tuple[str, tuple[Entity, ...]]:
        plain, entities = super().result()
        return plain, tuple(
            replace(one, language="") if one.type == "code" else one for one in entities
        )


def _argument(tag: str, attributes: dict[str, str]) -> str:
    match tag:
        case "a":
            return attributes.get("href", "")
        case "code":
            named = attributes.get("class", "")
            return named.removeprefix("language-") if named.startswith("language-") else ""
        case "blockquote":
            return "1" if "expandable" in attributes else ""
        case "tg-emoji":
            return attributes.get("emoji-id", "")
        case "tg-time":
            return attributes.get("format", "")
    return ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _reference(source: str, index: int) -> tuple[str, int]:
    """The character a reference names and what comes after; an unknown one is left unchanged."""
    match = _REFERENCE.match(source, index)
    if match is None:
        return "&", index + 1
    if match["name"] is not None:
        named = _NAMED.get(match["name"])
        return (named, match.end()) if named else ("&", index + 1)
    digits = match["hex"] if match["hex"] is not None else match["dec"]
    code = int(digits or "0", 16 if match["hex"] is not None else 10)
    if code == 0 or code >= 0x10FFFF or len(match.group().rstrip(";")) >= 10:
        return "&", index + 1
    return chr(code), match.end()
