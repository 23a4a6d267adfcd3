"""Texts of BotFather."""

from __future__ import annotations

MENU = (
    ("newbot", "create a new bot"),
    ("mybots", "edit your bots"),
    ("token", "get authorization token"),
    ("revoke", "revoke bot access token"),
    ("setname", "change a bot's name"),
    ("setdescription", "change bot description"),
    ("setcommands", "change the list of commands"),
    ("setmanagement", "switch bot management mode"),
    ("cancel", "cancel the current operation"),
    ("help", "what I can do"),
)

HELP = """I can help you create and manage Telegram bots. If you're new to the Bot API, please see \
the manual: https://core.telegram.org/bots

You can control me by sending these commands:

/newbot - create a new bot
/mybots - edit your bots

Edit Bots
/setname - change a bot's name
/setdescription - change bot description
/setcommands - change the list of commands

Bot Settings
/token - get authorization token
/revoke - revoke bot access token
/setmanagement - switch bot management mode, in which a bot may create bots for its users"""

ASK_NAME = "Alright, a new bot. How are we going to call it? Please choose a name for your bot."
ASK_USERNAME = (
    "Good. Now let's choose a username for your bot. It must end in `bot`. Like this, for example: "
    "TetrisBot or tetris_bot."
)
NAME_TOO_LONG = "Sorry, the name must be from 1 to 64 characters long. Please try again."
MUST_END_IN_BOT = "Sorry, the username must end in 'bot'. E.g. 'Tetris_bot' or 'Tetrisbot'"
INVALID_USERNAME = "Sorry, this username is invalid."
TAKEN = "Sorry, this username is already taken. Please try something different."
TOO_MANY = "That I cannot do. You can have at most 20 bots."
NO_BOTS = "You don't have any bots yet. Use the /newbot command to create a new bot first."
WHICH_BOT = "Choose a bot."
TOKEN = (
    "You can use this token to access HTTP API:\n{token}\n\nFor a description of the Bot API, see "
    "this page: https://core.telegram.org/bots/api"
)
REVOKED = (
    "Your token was replaced with a new one. You can use this token to access HTTP API:\n{token}"
)
ASK_NEW_NAME = "OK. Send me the new name for your bot."
NAME_DONE = "Success! Name updated. You will be able to see the changes within a few minutes. /help"
ASK_DESCRIPTION = (
    "OK. Send me the new description for the bot. People will see this description when they open "
    "a chat with your bot, in a block titled 'What can this bot do?'. Use /empty to remove it."
)
DESCRIPTION_DONE = (
    "Success! Description updated. You will be able to see the changes within a few minutes. /help"
)
ASK_COMMANDS = """OK. Send me a list of commands for your bot. Please use this format:

command1 - Description
command2 - Another description

Send /empty to keep the list empty."""
BAD_COMMANDS = (
    "Sorry, the list of commands is invalid. Please use this format:\n\ncommand1 - Description"
)
COMMANDS_DONE = "Success! Command list updated. /help"
MANAGE_ON = (
    "Bot management mode is on for @{username}: it may offer people to create bots and will "
    "manage them."
)
MANAGE_OFF = "Bot management mode is off for @{username}."
CANCELLED = (
    "The command has been cancelled. Anything else I can do for you?\n\n"
    "Send /help for a list of commands."
)
NOTHING_TO_CANCEL = "No active command to cancel. I wasn't doing anything anyway. Zzzzz..."
UNKNOWN = "Unrecognized command. Say what?"


def done(username: str) -> str:
    """The message with the token at ``{token}``."""
    return (
        "Done! Congratulations on your new bot. You will find it at "
        f"t.me/{username}. You can now add a description, about section and profile picture for "
        "your bot, see /help for a list of commands. By the way, when you've finished creating "
        "your cool bot, ping our Bot Support if you want a better username for it. Just make sure "
        "the bot is fully operational before you do this.\n\n"
        "Use this token to access the HTTP API:\n{token}\n"
        "Keep your token secure and store it safely, it can be used by anyone to control your bot."
        "\n\nFor a description of the Bot API, see this page: https://core.telegram.org/bots/api"
    )
