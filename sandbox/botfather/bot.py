"""BotFather: creates and manages bots by messages.

Texts are those of the real one as far as they are known.
https://core.telegram.org/bots/features#botfather
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.botfather.texts import (
    ASK_COMMANDS,
    ASK_DESCRIPTION,
    ASK_NAME,
    ASK_NEW_NAME,
    ASK_USERNAME,
    BAD_COMMANDS,
    CANCELLED,
    COMMANDS_DONE,
    DESCRIPTION_DONE,
    HELP,
    INVALID_USERNAME,
    MANAGE_OFF,
    MANAGE_ON,
    MENU,
    MUST_END_IN_BOT,
    NAME_DONE,
    NAME_TOO_LONG,
    NO_BOTS,
    NOTHING_TO_CANCEL,
    REVOKED,
    TAKEN,
    TOKEN,
    TOO_MANY,
    UNKNOWN,
    WHICH_BOT,
    done,
)
from sandbox.world import (
    BOTFATHER,
    Account,
    ApiError,
    Bot,
    Button,
    Command,
    Content,
    Entity,
    Markup,
    MessageSent,
    ProfileChanged,
    World,
    WorldEvent,
)
from sandbox.world.commands import list_key
from sandbox.world.text_entities import utf16

USERNAME = re.compile(r"(?i)[a-z][a-z0-9_]{1,28}bot")
COMMAND_LINE = re.compile(r"/?([a-z0-9_]{1,32})\s*[-–—]\s*(.{1,256})")
NAME_LIMIT = 64
DESCRIPTION_LIMIT = 512

Step = Callable[[Account, str], None]


@dataclass(slots=True)
class Talk:
    """State of a conversation: what the next message answers."""

    next: Step
    name: str = ""
    bot: Bot | None = field(default=None, repr=False)


class BotFather:
    """Listens to the world and answers in it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._talks: dict[int, Talk] = {}
        self._commands: dict[str, Callable[[Account], None]] = {
            "/start": lambda person: self._say(person, HELP),
            "/help": lambda person: self._say(person, HELP),
            "/newbot": self._new_bot,
            "/mybots": self._my_bots,
            "/token": lambda person: self._choose(person, self._show_token),
            "/revoke": lambda person: self._choose(person, self._revoke),
            "/setname": lambda person: self._choose(
                person, self._ask(ASK_NEW_NAME, self._set_name)
            ),
            "/setdescription": lambda person: self._choose(
                person, self._ask(ASK_DESCRIPTION, self._set_description)
            ),
            "/setcommands": lambda person: self._choose(
                person, self._ask(ASK_COMMANDS, self._set_commands)
            ),
            "/setmanagement": lambda person: self._choose(person, self._toggle_management),
            "/cancel": self._cancel,
        }
        father = world.bot(BOTFATHER)
        father.commands[list_key(None, "")] = [Command(command=c, description=d) for c, d in MENU]
        self._stop = world.hub.listen(self._hear)

    def close(self) -> None:
        """Stop listening."""
        self._stop()

    def _hear(self, event: WorldEvent) -> None:
        if not isinstance(event, MessageSent) or event.chat.pair is None:
            return
        person = self._world.state.accounts.get(event.message.sender_id)
        if person is None or event.chat.id_for(person.id) != BOTFATHER:
            return
        self._answer(person, event.message.content.text.strip())

    def _answer(self, person: Account, text: str) -> None:
        command = self._commands.get(text.partition(" ")[0].partition("@")[0].lower())
        talk = self._talks.get(person.id)
        if command is not None:
            if text != "/cancel":
                self._talks.pop(person.id, None)
            command(person)
        elif talk is not None:
            talk.next(person, text)
        else:
            self._say(person, UNKNOWN)

    # --- A new bot ----------------------------------------------------------------------------

    def _new_bot(self, person: Account) -> None:
        self._talks[person.id] = Talk(self._take_name)
        self._say(person, ASK_NAME)

    def _take_name(self, person: Account, text: str) -> None:
        if not text or len(text) > NAME_LIMIT:
            self._say(person, NAME_TOO_LONG)
            return
        self._talks[person.id] = Talk(self._take_username, name=text)
        self._say(person, ASK_USERNAME)

    def _take_username(self, person: Account, text: str) -> None:
        username = text.removeprefix("@")
        if not username.lower().endswith("bot"):
            self._say(person, MUST_END_IN_BOT)
        elif not USERNAME.fullmatch(username):
            self._say(person, INVALID_USERNAME)
        elif self._world.username_taken(username):
            self._say(person, TAKEN)
        else:
            self._make(person, self._talks.pop(person.id).name, username)

    def _make(self, person: Account, name: str, username: str) -> None:
        try:
            bot = self._world.add_bot(owner_id=person.id, name=name, username=username)
        except ApiError:
            self._say(person, TOO_MANY)
            return
        self._say_token(person, done(bot.username), bot)

    # --- Managing bots ------------------------------------------------------------------------

    def _my_bots(self, person: Account) -> None:
        bots = self._world.bots_of(person.id)
        listed = "\n".join(f"{bot.name} — @{bot.username}" for bot in bots)
        self._say(person, f"Choose a bot from the list below:\n\n{listed}" if bots else NO_BOTS)

    def _choose(self, person: Account, then: Callable[[Account, Bot], None]) -> None:
        """Ask which bot, by a keyboard of its usernames."""
        bots = self._world.bots_of(person.id)
        if not bots:
            self._say(person, NO_BOTS)
            return

        def chosen(person: Account, text: str) -> None:
            wanted = text.removeprefix("@").lower()
            bots = self._world.bots_of(person.id)
            bot = next((one for one in bots if one.username.lower() == wanted), None)
            if bot is None:
                self._say(person, "Invalid bot selected.")
                return
            self._talks.pop(person.id, None)
            then(person, bot)

        self._talks[person.id] = Talk(chosen)
        rows = tuple((Button(text=f"@{bot.username}"),) for bot in bots)
        keyboard = Markup(kind="reply", rows=rows, resize=True, one_time=True)
        self._say(person, WHICH_BOT, markup=keyboard)

    def _ask(
        self, question: str, then: Callable[[Account, Bot, str], None]
    ) -> Callable[[Account, Bot], None]:
        """A step that asks something about the chosen bot."""

        def ask(person: Account, bot: Bot) -> None:
            self._talks[person.id] = Talk(lambda person, text: then(person, bot, text))
            self._say(person, question, markup=Markup(kind="remove"))

        return ask

    def _show_token(self, person: Account, bot: Bot) -> None:
        self._say_token(person, TOKEN, bot)

    def _revoke(self, person: Account, bot: Bot) -> None:
        self._world.revoke_token(bot.id)
        self._say_token(person, REVOKED, bot)

    def _toggle_management(self, person: Account, bot: Bot) -> None:
        bot.can_manage_bots = not bot.can_manage_bots
        words = MANAGE_ON if bot.can_manage_bots else MANAGE_OFF
        self._say(person, words.format(username=bot.username), markup=Markup(kind="remove"))

    def _set_name(self, person: Account, bot: Bot, text: str) -> None:
        if not text or len(text) > NAME_LIMIT:
            self._say(person, NAME_TOO_LONG)
            return
        bot.name = text
        self._changed(person, bot, NAME_DONE)

    def _set_description(self, person: Account, bot: Bot, text: str) -> None:
        bot.descriptions[""] = "" if text == "/empty" else text[:DESCRIPTION_LIMIT]
        self._changed(person, bot, DESCRIPTION_DONE)

    def _set_commands(self, person: Account, bot: Bot, text: str) -> None:
        lines = [] if text == "/empty" else text.splitlines()
        matches = [COMMAND_LINE.fullmatch(line.strip()) for line in lines if line.strip()]
        if not all(matches) or (not matches and text != "/empty"):
            self._say(person, BAD_COMMANDS)
            return
        bot.commands[list_key(None, "")] = [
            Command(command=match[1], description=match[2]) for match in matches if match
        ]
        self._changed(person, bot, COMMANDS_DONE)

    def _changed(self, person: Account, bot: Bot, words: str) -> None:
        self._talks.pop(person.id, None)
        self._world.tell(ProfileChanged(peer_id=bot.id))
        self._say(person, words)

    def _cancel(self, person: Account) -> None:
        talk = self._talks.pop(person.id, None)
        words = CANCELLED if talk else NOTHING_TO_CANCEL
        self._say(person, words, markup=Markup(kind="remove"))

    # --- Sending ------------------------------------------------------------------------------

    def _say_token(self, person: Account, words: str, bot: Bot) -> None:
        """``words`` hold the token's place as ``{token}``; it is shown as code."""
        before = words.partition("{token}")[0]
        text = words.replace("{token}", bot.token)
        code = Entity(type="code", offset=utf16(before), length=utf16(bot.token))
        self._say(person, text, entities=(code,), markup=Markup(kind="remove"))

    def _say(
        self,
        person: Account,
        text: str,
        *,
        entities: tuple[Entity, ...] = (),
        markup: Markup | None = None,
    ) -> None:
        chat = self._world.chat(person.id, BOTFATHER)
        self._world.send(BOTFATHER, chat, Content(text=text, entities=entities), markup=markup)
