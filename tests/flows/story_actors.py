"""Who plays in the story, and what they do over and over."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.support.platform_env import Stage
from tests.support.sandbox_client import ControlApi, Message, NewBot, Person
from tests.support.translated_texts import Words

BOTFATHER = "@BotFather"
TELEGRAM = 777000
"""Telegram's own chat, where login codes arrive."""
PASSWORD = "correct horse battery staple"


@dataclass(kw_only=True)
class Cast:
    """A newcomer, somebody of the audience, the platform's owner; and how the bot speaks."""

    stage: Stage
    newcomer: Person
    stranger: Person
    say: Words
    bot: NewBot | None = None
    mark: str = ""
    """What tells this cast from others of the same world."""
    seen: dict[str, int] = field(default_factory=dict)
    """Ids of messages that a later act looks back to, by what they are."""

    @property
    def api(self) -> ControlApi:
        return self.stage.api

    @property
    def owner(self) -> Person:
        return self.stage.owner

    @property
    def desk(self) -> str:
        """The control bot's chat."""
        return self.stage.chat

    @property
    def shop(self) -> str:
        """The newcomer's own bot's chat."""
        assert self.bot is not None
        return f"@{self.bot.username}"

    async def press(self, text: str) -> None:
        """The newcomer presses a button of the control bot, named by its English text."""
        await self.newcomer.press(self.desk, self.say(text))

    async def reads(self, text: str) -> Message:
        """The newcomer reads this in the control bot's chat."""
        return await self.newcomer.see(self.desk, *self.say.parts(text))


async def gather_cast(
    stage: Stage, *, language: str = "en", password: str | None = PASSWORD
) -> Cast:
    """Bring the newcomer and the stranger into the world."""
    newcomer = await stage.api.person(
        "Ada",
        phone="+15550100",
        username="ada_baker",
        language_code=language,
        **({"password": password} if password else {}),
    )
    stranger = await stage.api.person("Nadia", username="nadia_reads", language_code="ru")
    return Cast(
        stage=stage, newcomer=newcomer, stranger=stranger, say=Words(language, "controlbot")
    )


async def make_bot_with_botfather(
    person: Person, name: str, username: str
) -> tuple[NewBot, Message]:
    """Talk to @BotFather as a person does. Returns the bot and the message with its token."""
    await person.send(BOTFATHER, "/newbot")
    await person.see(BOTFATHER, "name")
    await person.send(BOTFATHER, name)
    await person.see(BOTFATHER, "username")
    sent = await person.send(BOTFATHER, username)
    answer = await person.see(BOTFATHER, "token", username, after=sent.id)
    token = next(word for word in answer.text.split() if ":" in word and word[0].isdigit())
    return NewBot(id=int(token.partition(":")[0]), username=username, token=token), answer


async def tap_code(person: Person, chat: str, code: str) -> None:
    """Tap a login code on the keypad, digit by digit."""
    for digit in code:
        await person.press(chat, digit)
