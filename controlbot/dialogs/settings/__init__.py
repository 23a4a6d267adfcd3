"""Settings, privacy and help."""

from controlbot.dialogs.settings.help import build_help
from controlbot.dialogs.settings.preferences import build_preferences
from controlbot.dialogs.settings.privacy import build_privacy

__all__ = ["build_help", "build_preferences", "build_privacy"]
