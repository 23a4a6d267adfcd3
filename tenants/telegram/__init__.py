"""Telegram's Bot API as the platform uses it: shared sessions, outgoing limits, probing."""
