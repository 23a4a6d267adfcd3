"""Feature settings, generated from the features' options models."""

from controlbot.dialogs.features.windows import build_features

__all__ = ["build_features"]
