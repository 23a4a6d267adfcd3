"""Impersonation: the confirmation that enables changes."""

from controlbot.dialogs.impersonation.windows import build_viewing

__all__ = ["build_viewing"]
