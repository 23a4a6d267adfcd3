"""Step 2 of 3: log in to the user's Telegram account, by QR code or phone."""

from controlbot.dialogs.account.windows import build_account

__all__ = ["build_account"]
