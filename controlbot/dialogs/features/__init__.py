"""What the bot can do, drawn from the features' own options models."""

from controlbot.dialogs.features.windows import build_features

__all__ = ["build_features"]
