"""The inbox: what the audience writes reaches the bot's owner, whose replies go back."""

from tenants.bot.features.inbox.feature import KEY, InboxOptions, build_inbox

__all__ = ["KEY", "InboxOptions", "build_inbox"]
