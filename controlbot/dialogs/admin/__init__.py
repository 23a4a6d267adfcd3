"""The desk of the platform's own people."""

from controlbot.dialogs.admin.windows import build_admin

__all__ = ["build_admin"]
