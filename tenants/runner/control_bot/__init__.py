"""Intake of the control bot's updates, which never touch the disk."""
