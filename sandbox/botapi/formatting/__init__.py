"""Texts with ``parse_mode`` or ``entities``, parsed as by Telegram, with its error descriptions.

https://core.telegram.org/bots/api#formatting-options
"""

from __future__ import annotations

from sandbox.botapi.formatting.parse import formatted

__all__ = ["formatted"]
