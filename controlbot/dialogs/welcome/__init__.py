"""The first steps: language, what this is and what it stores, consent."""

from controlbot.dialogs.welcome.windows import build_welcome

__all__ = ["build_welcome"]
