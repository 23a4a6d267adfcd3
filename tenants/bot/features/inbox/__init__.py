"""The inbox: relays the audience's messages to the bot's owner, and the owner's replies back."""

from tenants.bot.features.inbox.feature import KEY, InboxOptions, build_inbox

__all__ = ["KEY", "InboxOptions", "build_inbox"]
