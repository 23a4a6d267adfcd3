"""The small parts all windows are built of."""

from controlbot.kit.buttons import Confirm, Press, back, go, link
from controlbot.kit.frame import clear_notice, set_notice, window
from controlbot.kit.text import Label, Lines, Say, Show

__all__ = [
    "Confirm",
    "Label",
    "Lines",
    "Press",
    "Say",
    "Show",
    "back",
    "clear_notice",
    "go",
    "link",
    "set_notice",
    "window",
]
