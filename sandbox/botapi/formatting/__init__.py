"""Texts with ``parse_mode`` or ``entities``, as Telegram reads them, with its complaints.

https://core.telegram.org/bots/api#formatting-options
"""

from __future__ import annotations

from sandbox.botapi.formatting.parse import formatted

__all__ = ["formatted"]
