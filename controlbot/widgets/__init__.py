"""Widgets that all dialogs share."""

from controlbot.widgets.buttons import ActionButton, Confirm, back, go, link
from controlbot.widgets.layout import clear_notice, set_notice, window
from controlbot.widgets.text import ButtonText, DataText, Lines, TranslatedText

__all__ = [
    "ActionButton",
    "ButtonText",
    "Confirm",
    "DataText",
    "Lines",
    "TranslatedText",
    "back",
    "clear_notice",
    "go",
    "link",
    "set_notice",
    "window",
]
