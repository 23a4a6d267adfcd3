"""The built-in features."""

from __future__ import annotations

from tenants.bot.features.api import Feature
from tenants.bot.features.help import build_help
from tenants.bot.features.inbox import build_inbox
from tenants.bot.features.inbox_off_notice import build_unread
from tenants.bot.features.privacy import build_privacy
from tenants.bot.features.start import build_start
from tenants.bot.features.unknown_buttons import build_old_buttons


def our_features() -> list[Feature]:
    return [
        build_start(),
        build_privacy(),
        build_help(),
        build_inbox(),
        build_unread(),
        build_old_buttons(),
    ]
