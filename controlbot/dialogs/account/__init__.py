"""Step 2 of 3: the person's own Telegram account, by QR or by phone."""

from controlbot.dialogs.account.windows import build_account

__all__ = ["build_account"]
