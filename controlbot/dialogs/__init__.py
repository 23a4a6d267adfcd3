"""The control bot's dialogs, one folder per topic."""
