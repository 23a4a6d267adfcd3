"""Games and their scores. https://core.telegram.org/bots/games"""

from __future__ import annotations

from dataclasses import replace

from sandbox.seed_images import landscape
from sandbox.world.chats import Chat, Message
from sandbox.world.content_models import Special
from sandbox.world.errors import bad_request
from sandbox.world.events import MessageEdited
from sandbox.world.lookups import Core
from sandbox.world.peers import Bot, Game

NEIGHBOURS = 2
"""How many better and worse scores are shown. https://core.telegram.org/bots/api#getgamehighscores"""


class Games:
    """Games are made with BotFather (the control API); scores are by game and person."""

    def __init__(self, world: Core) -> None:
        self._world = world

    def find(self, bot: Bot, short_name: str) -> Game:
        """Raises ApiError: 400."""
        if not short_name:
            raise bad_request('parameter "game_short_name" is required')
        if short_name not in bot.games:
            raise bad_request("wrong game short name specified")
        return bot.games[short_name]

    def special(self, bot: Bot, short_name: str) -> Special:
        """Content of a message with the game."""
        game = self.find(bot, short_name)
        data, _, _ = landscape("sea")
        picture = self._world.files.put(data, "game.png", "image/png")
        clip = self._world.files.put(b"a clip of the game", "game.mp4", kind="animation")
        value = {
            "title": game.title,
            "description": game.description,
            "photo": {"$photo": picture.unique_id},
            "animation": {"$media": {"kind": "animation", "file": clip.unique_id}},
        }
        return Special(
            kind="game", value=value | self._scores_text(bot, short_name), key=short_name
        )

    def _scores_text(self, bot: Bot, short_name: str) -> dict[str, str]:
        """High scores in the message. https://core.telegram.org/bots/api#game (``text``)"""
        scores = self._world.state.game_scores.get(f"{bot.id}:{short_name}")
        if not scores:
            return {}
        ranked = sorted(scores.items(), key=lambda item: -item[1])
        named = ((self._world.account(person).first_name, score) for person, score in ranked)
        names = enumerate(named, start=1)
        return {"text": "\n".join(f"{place}. {name} – {score}" for place, (name, score) in names)}

    def set_score(
        self,
        bot: Bot,
        chat: Chat,
        message: Message,
        user_id: int,
        score: int,
        *,
        force: bool,
        edit: bool,
    ) -> None:
        """Store a score, and with ``edit`` show it in the message.

        https://core.telegram.org/bots/api#setgamescore

        Raises:
            ApiError: 400, no game there, or not more than before.
        """
        scores = self._scores(bot, message)
        if score < 0:
            raise bad_request("BOT_SCORE_INVALID")
        known = scores.get(user_id)
        if known is not None and (score == known or (score < known and not force)):
            raise bad_request("BOT_SCORE_NOT_MODIFIED")
        scores[user_id] = score
        special = message.content.special
        if edit and special is not None:
            text = self._scores_text(bot, special.key)
            shown = replace(special, value=special.value | text)
            message.content = replace(message.content, special=shown)
            self._world.tell(MessageEdited(chat=chat, message=message, editor_id=bot.id))

    def high_scores(self, bot: Bot, message: Message, user_id: int) -> list[tuple[int, int, int]]:
        """(position, person, score) of a person and those around them."""
        scores = self._scores(bot, message)
        ranked = sorted(scores.items(), key=lambda item: -item[1])
        rows = [(place, person, score) for place, (person, score) in enumerate(ranked, start=1)]
        own = next((at for at, row in enumerate(rows) if row[1] == user_id), None)
        if own is None:
            return []
        return rows[max(own - NEIGHBOURS, 0) : own + NEIGHBOURS + 1]

    def _scores(self, bot: Bot, message: Message) -> dict[int, int]:
        special = message.content.special
        if special is None or special.kind != "game":
            raise bad_request("MESSAGE_ID_INVALID")
        key = f"{bot.id}:{special.key}"
        return self._world.state.game_scores.setdefault(key, {})
