"""``parse_mode=Markdown``, Telegram's first one, supported for old programs.

https://core.telegram.org/bots/api#markdown-style
https://github.com/tdlib/td/blob/master/td/telegram/MessageEntity.cpp (``parse_markdown``)
"""

from __future__ import annotations

from sandbox.botapi.formatting.builder import Builder, cannot_parse
from sandbox.botapi.formatting.markdown import LANGUAGE, NEWLINE
from sandbox.world.content_models import Entity

_SIGNS = "_*`["
_TYPES = {"_": "italic", "*": "bold", "`": "code"}


def parse_markdown(source: str) -> tuple[str, tuple[Entity, ...]]:
    """Plain text and entities; nothing nests.

    Raises:
        ApiError: 400 can't parse entities.
    """
    return _Markdown(source).parse()


class _Markdown(Builder):
    def parse(self) -> tuple[str, tuple[Entity, ...]]:
        index = 0
        while index < len(self.source):
            sign = self.source[index]
            if sign == "\\" and self.at(index + 1) and self.at(index + 1) in _SIGNS:
                self.put(self.source[index + 1])
                index += 2
            elif sign not in _SIGNS:
                self.put(sign)
                index += 1
            elif self.source.startswith("```", index):
                index = self._block(index)
            else:
                index = self._entity(index, sign)
        return self.result()

    def _entity(self, begin: int, sign: str) -> int:
        end = self._find("]" if sign == "[" else sign, begin, begin + 1)
        since, text = self.offset, self.source[begin + 1 : end]
        self.put(text)
        if sign != "[":
            self.add(_TYPES[sign], since)
            return end + 1
        if self.at(end + 1) != "(":
            self.add_link(since, text)
            return end + 1
        close = self.source.find(")", end)
        close = len(self.source) if close < 0 else close
        self.add_link(since, self.source[end + 2 : close])
        return close + 1

    def _block(self, begin: int) -> int:
        start, language = begin + 3, ""
        match = LANGUAGE.match(self.source, start)
        if match is not None and self.at(match.end()) not in ("", "`"):
            language, start = match.group(), match.end()
        newline = NEWLINE.match(self.source, start)
        start = newline.end() if newline else start
        end = self._find("```", begin, start)
        since = self.offset
        self.put(self.source[start:end])
        self.add("pre", since, language=language)
        return end + 3

    def _find(self, end: str, begin: int, start: int) -> int:
        found = self.source.find(end, start)
        if found < 0:
            raise cannot_parse(
                f"Can't find end of the entity starting at byte offset {self.byte(begin)}"
            )
        return found
