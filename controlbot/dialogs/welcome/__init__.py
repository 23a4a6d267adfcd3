"""The first steps: language, description, stored data, consent."""

from controlbot.dialogs.welcome.windows import build_welcome

__all__ = ["build_welcome"]
