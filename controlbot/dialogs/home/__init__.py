"""Home: the card of the person's bot."""

from controlbot.dialogs.home.windows import build_home

__all__ = ["build_home"]
