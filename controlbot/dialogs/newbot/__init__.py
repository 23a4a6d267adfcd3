"""Connect a bot: created in one tap, or by its token."""

from controlbot.dialogs.newbot.windows import build_newbot

__all__ = ["build_newbot"]
