"""Text widgets in the user's language."""

from __future__ import annotations

import html
import re
from string import Formatter
from typing import Any, Final

from aiogram_dialog import DialogManager
from aiogram_dialog.widgets.common import WhenCondition
from aiogram_dialog.widgets.text import Multi, Text

from controlbot.bot.context import context_of

_TAG: Final = re.compile(r"<[^<>]*>")


class TranslatedText(Text):
    """A catalog text; its parameters are filled from the window's data.

    ``TranslatedText(_("Hello, {name}."))`` – HTML, so for a window's text.
    """

    def __init__(self, msgid: str, when: WhenCondition = None) -> None:
        super().__init__(when=when)
        self.msgid = msgid
        self._gaps = tuple(field for _, field, _, _ in Formatter().parse(msgid) if field)

    async def _render_text(self, data: dict[str, Any], manager: DialogManager) -> str:
        params = {gap: data[gap] for gap in self._gaps}
        return str(context_of(manager).tr(self.msgid, **params))


class ButtonText(TranslatedText):
    """The same for buttons, which take no HTML."""

    async def _render_text(self, data: dict[str, Any], manager: DialogManager) -> str:
        return plain(await super()._render_text(data, manager))


class DataText(Text):
    """A text formatted by the getter (HTML). Hidden if empty or absent."""

    def __init__(self, key: str, when: WhenCondition = None) -> None:
        super().__init__(when=when)
        self._key = key

    async def _render_text(self, data: dict[str, Any], _manager: DialogManager) -> str:
        return str(data.get(self._key) or "")


class Item(Text):
    """An attribute of a Select item, as plain text for its button."""

    def __init__(self, attribute: str) -> None:
        super().__init__()
        self._attribute = attribute

    async def _render_text(self, data: dict[str, Any], _manager: DialogManager) -> str:
        return plain(str(getattr(data["item"], self._attribute)))


def plain(markup: str) -> str:
    """A translation without its HTML escapes, for buttons and alerts."""
    return html.unescape(markup)


def Lines(*texts: Text, when: WhenCondition = None) -> Multi:  # noqa: N802 - reads as a widget
    """Texts one below the other; hidden ones leave no blank line."""
    return Multi(*texts, sep="\n", when=when)


def Paragraphs(*texts: Text) -> Multi:  # noqa: N802 - reads as a widget
    return Multi(*texts, sep="\n\n")


def without_tags(markup: str) -> str:
    """An HTML text as plain text."""
    return html.unescape(_TAG.sub("", markup))
