"""Predefined reasons: stored as a code, shown in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from controlbot.texts.messages import THROTTLES
from tenants.domain.model import Throttle
from tenants.i18n.translator import Translator
from tenants.i18n.translator import mark as _

SUSPENSIONS: Final[Mapping[str, str]] = {
    "reason:spam": _("Spam"),
    "reason:complaints": _("Complaints from people"),
    "reason:rules": _("Against the rules"),
    "reason:security": _("To protect the bot: it looks taken over"),
}
"""Reasons offered when a bot is suspended. Codes are in the audit log: don't reuse them."""

MAINTENANCE: Final = "reason:maintenance"
_OTHERS: Final[Mapping[str, str]] = {MAINTENANCE: _("To get it working again")}

_SPEEDS: Final[Mapping[str, str]] = {
    f"speed:{level.value}": meaning for level, (_label, meaning) in THROTTLES.items()
}


def speed_reason(level: Throttle) -> str:
    """The code of a throttle level."""
    return f"speed:{level.value}"


def read_reason(tr: Translator, reason: str) -> str:
    """A code in the reader's language, any other text unchanged."""
    words = SUSPENSIONS.get(reason) or _OTHERS.get(reason) or _SPEEDS.get(reason)
    return tr(words) if words else reason
