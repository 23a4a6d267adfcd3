"""The admin panel."""

from controlbot.dialogs.admin.windows import build_admin

__all__ = ["build_admin"]
